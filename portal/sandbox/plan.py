"""The file plan of Harrow Vale, a maker of medical devices, as its tenant holds it before anyone uses Fileplan.

The labels stand in `plan.csv`, each below the one it hands over to; what their columns mean is told in `seed`.
"""

STAGES = {
    "secretary": ("Company secretary", ["secretary@harrowvale.example"]),
    "finance": ("Finance control", ["finance-records@harrowvale.example"]),
    "legal": ("Legal counsel", ["legal@harrowvale.example", "dpo@harrowvale.example"]),
    "hr": ("HR records", ["hr-records@harrowvale.example"]),
    "safety": ("Health and safety", ["safety@harrowvale.example"]),
    "security": ("Information security", ["ciso@harrowvale.example"]),
    "owner": ("Business owner", ["business-owners@harrowvale.example"]),
    "quality": ("Quality assurance", ["qa@harrowvale.example", "qa-deputy@harrowvale.example"]),
    "regulatory": ("Regulatory affairs", ["regulatory@harrowvale.example"]),
    "projects": ("Project office", ["pmo@harrowvale.example"]),
    "rnd": ("Research records", ["rnd-records@harrowvale.example"]),
}

EVENT_TYPES = {
    "Employee Activity (event type)": "Hiring, change of duties or separation of an employee.",
    "Contract or Agreement Expiration (event type)": "End of a contract or an agreement.",
    "Product Lifetime (event type)": "Last manufacture, sale or support of a product.",
    "Employee separation": "The last day of employment, as the HR system reports it.",
    "Fiscal year ends": "31 March; created by Finance once a year.",
    "Contract ends": "Expiry, termination or full performance.",
    "Case closed": "Final decision or settlement, no appeal possible.",
    "Product withdrawn": "Last unit placed on the market.",
    "Project completed": "Closing report signed.",
    "Trial ended": "Last visit of the last subject.",
    "Right expires": "Patent, design or trade mark lapsed.",
    "System retired": None,
    "Asset disposed of": None,
    "Company dissolved": None,
    "Grant closed": None,
}

CITATIONS = {
    "Companies Act 2006 s 113": ("https://www.legislation.gov.uk/ukpga/2006/46/section/113", "United Kingdom"),
    "Companies Act 2006 s 355": ("https://www.legislation.gov.uk/ukpga/2006/46/section/355", "United Kingdom"),
    "Companies Act 2006 s 388": ("https://www.legislation.gov.uk/ukpga/2006/46/section/388", "United Kingdom"),
    "VAT Act 1994 Sch 11": ("https://www.legislation.gov.uk/ukpga/1994/23/schedule/11", "United Kingdom"),
    "TMA 1970 s 12B": ("https://www.legislation.gov.uk/ukpga/1970/9/section/12B", "United Kingdom"),
    "Limitation Act 1980 s 5": ("https://www.legislation.gov.uk/ukpga/1980/58/section/5", "England and Wales"),
    "Limitation Act 1980 s 8": ("https://www.legislation.gov.uk/ukpga/1980/58/section/8", "England and Wales"),
    "Pensions Act 2008 s 60": ("https://www.legislation.gov.uk/ukpga/2008/30/section/60", "United Kingdom"),
    "Patents Act 1977 s 25": ("https://www.legislation.gov.uk/ukpga/1977/37/section/25", "United Kingdom"),
    "COSHH 2002 reg 11": ("https://www.legislation.gov.uk/uksi/2002/2677/regulation/11", "United Kingdom"),
    "NIS 2018 reg 11": ("https://www.legislation.gov.uk/uksi/2018/506/regulation/11", "United Kingdom"),
    "UK GDPR art 5": ("https://www.legislation.gov.uk/eur/2016/679/article/5", "United Kingdom"),
    "UK EMIR art 9": ("https://www.legislation.gov.uk/eur/2012/648/article/9", "United Kingdom"),
    "MDR 2017-745 art 7": ("https://eur-lex.europa.eu/eli/reg/2017/745/oj", "European Union"),
    "MDR 2017-745 art 10": ("https://eur-lex.europa.eu/eli/reg/2017/745/oj", "European Union"),
    "CTR 536-2014 art 58": ("https://eur-lex.europa.eu/eli/reg/2014/536/oj", "European Union"),
    "Charities Act 2011 s 131": ("https://www.legislation.gov.uk/ukpga/2011/25/section/131", "England and Wales"),
    "ISO 13485 cl 7-6": (None, None),
    "ISO 27001 A 8-15": (None, None),
}
