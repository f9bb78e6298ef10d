import pytest

from portal.mirror.kinds import Document, Proposal
from tests.labels.builders import (
    BLOCK,
    CONFIRM,
    WARN,
    all_findings,
    create,
    delete,
    described,
    known,
    known_label,
    make_label,
    make_plan,
    said,
    update,
)

PERSONNEL = known("category", "Personnel")
CONTRACTS = known("subcategory", "Contracts", category="Personnel")
KINDS = {
    "department": "Function",
    "category": "Category",
    "subcategory": "Subcategory",
    "authority": "Authority",
    "citation": "Citation",
    "filePlanReference": "Reference ID",
}


def new(**parts: str) -> Proposal:
    return create(make_label(descriptors=described(**parts)))


def citation(name: str = "Code art. 40", url: str = "", jurisdiction: str = "") -> Document:
    return {"displayName": name, "citationUrl": url, "citationJurisdiction": jurisdiction}


@pytest.mark.parametrize(("part", "label"), KINDS.items())
def test_vr_50_blocks_a_descriptor_of_65_characters(part: str, label: str) -> None:
    plan = make_plan(known(part, "v" * 65))

    assert said("VR-50", new(**{part: "v" * 65}), plan) == [
        (BLOCK, f"descriptors.{part}", f"{label}: 65 characters; 64 are allowed. Shorten it by 1.")
    ]


@pytest.mark.parametrize("part", KINDS)
def test_vr_50_accepts_a_descriptor_of_64_characters(part: str) -> None:
    assert said("VR-50", new(**{part: "v" * 64}), make_plan(known(part, "v" * 64))) == []


@pytest.mark.parametrize(("kind", "label"), KINDS.items())
def test_vr_50_blocks_a_value_of_65_characters(kind: str, label: str) -> None:
    assert said("VR-50", create({"displayName": "v" * 65}, kind)) == [
        (BLOCK, "displayName", f"{label}: 65 characters; 64 are allowed. Shorten it by 1.")
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_vr_50_accepts_a_value_of_64_characters(kind: str) -> None:
    assert said("VR-50", create({"displayName": "v" * 64}, kind)) == []


def test_vr_50_blocks_a_descriptor_nobody_has() -> None:
    assert said("VR-50", new(authority="Tradition")) == [
        (
            BLOCK,
            "descriptors.authority",
            "Authority: “Tradition” does not exist yet. Add it to this change or choose another.",
        )
    ]


def test_vr_50_only_warns_of_a_descriptor_whose_value_is_gone() -> None:
    base = make_label(descriptors=described(authority="Tradition"))

    assert [level for level, _, _ in said("VR-50", update(base, descriptionForAdmins="New"))] == [WARN]


def test_vr_51_blocks_a_subcategory_without_category() -> None:
    assert said("VR-51", new(subcategory="Contracts")) == [
        (BLOCK, "descriptors.subcategory", "Choose the category first.")
    ]


def test_vr_51_blocks_a_new_subcategory_without_category() -> None:
    assert said("VR-51", create({"displayName": "Contracts", "category": " "}, "subcategory")) == [
        (BLOCK, "category", "Choose the category first.")
    ]


def test_vr_51_accepts_a_subcategory_with_category() -> None:
    proposed = create({"displayName": "Contracts", "category": "Personnel"}, "subcategory")

    assert said("VR-51", new(category="Personnel", subcategory="Contracts")) == said("VR-51", proposed) == []


def test_vr_52_blocks_the_subcategory_of_another_category() -> None:
    plan = make_plan(PERSONNEL, known("category", "Finance"), CONTRACTS)

    assert said("VR-52", new(category="Finance", subcategory="contracts"), plan) == [
        (
            BLOCK,
            "descriptors.subcategory",
            "“contracts” belongs to “Personnel”. Subcategory names are unique in the tenant.",
        )
    ]


def test_vr_52_blocks_a_new_subcategory_named_as_one_elsewhere() -> None:
    change = create({"displayName": "Contracts", "category": "Finance"}, "subcategory")
    plan = make_plan(known("category", "Finance"), CONTRACTS)

    assert said("VR-52", change, plan) == [
        (BLOCK, "displayName", "“Contracts” belongs to “Personnel”. Subcategory names are unique in the tenant.")
    ]
    assert said("VR-03", change, plan) == []


def test_vr_52_accepts_the_subcategory_of_its_category() -> None:
    plan = make_plan(PERSONNEL, CONTRACTS)

    assert said("VR-52", new(category="personnel", subcategory="contracts"), plan) == []


@pytest.mark.parametrize("details", [{"url": "https://example.org"}, {"jurisdiction": "Portugal"}])
def test_vr_53_blocks_a_citation_without_name(details: dict[str, str]) -> None:
    assert said("VR-53", create(citation("", **details), "citation")) == [(BLOCK, "displayName", "Name the citation.")]


def test_vr_53_accepts_a_citation_with_name() -> None:
    assert said("VR-53", create(citation(url="https://example.org"), "citation")) == []


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (citation(url="https://example.org", jurisdiction="PT"), "with https://example.org, PT"),
        (citation(), "without web address and jurisdiction"),
    ],
)
def test_vr_54_warns_of_the_same_citation_elsewhere(held: Document, words: str) -> None:
    plan = make_plan(known("citation", "Code art. 40", **{key: held[key] for key in held if key != "displayName"}))

    assert said("VR-54", create(citation(url="https://example.com"), "citation"), plan) == [
        (WARN, "displayName", f"“Code art. 40” already exists {words}. It will not be changed by this.")
    ]


def test_vr_54_accepts_a_citation_told_the_same() -> None:
    plan = make_plan(known("citation", "Code art. 40", citationUrl="", citationJurisdiction="PT"))

    assert said("VR-54", create(citation(jurisdiction="PT"), "citation"), plan) == []


@pytest.mark.parametrize(
    "url", ["example.org/code", "ftp://example.org", "javascript:alert(1)", "http://[", "https://"]
)
def test_vr_55_warns_of_what_is_no_web_address(url: str) -> None:
    assert said("VR-55", create(citation(url=url), "citation")) == [
        (WARN, "citationUrl", "Enter a full web address, such as https://example.org/law.")
    ]


@pytest.mark.parametrize("url", ["", "https://example.org/code/40", "http://example.org"])
def test_vr_55_accepts_web_addresses(url: str) -> None:
    assert said("VR-55", create(citation(url=url), "citation")) == []


def test_vr_56_asks_to_confirm_deleting_a_value_in_use() -> None:
    labels = [known_label(make_label(displayName=name)) for name in "AB"]

    assert said("VR-56", delete({"displayName": "legal"}, "authority"), make_plan(*labels)) == [
        (CONFIRM, "displayName", "2 labels use “legal”. Describe them with another value first, or confirm.")
    ]
    assert said("VR-56", delete({"displayName": "legal"}, "authority"), make_plan(labels[0])) == [
        (CONFIRM, "displayName", "1 label uses “legal”. Describe it with another value first, or confirm.")
    ]


def test_vr_56_accepts_deleting_an_unused_value() -> None:
    plan = make_plan(known_label(make_label()))

    assert said("VR-56", delete({"displayName": "Legal"}, "department"), plan) == []


@pytest.mark.parametrize("kind", KINDS)
def test_vr_03_blocks_a_value_the_tenant_has(kind: str) -> None:
    plan = make_plan(PERSONNEL, known(kind, "Legal", category="Personnel"))

    assert said("VR-03", create({"displayName": "LEGAL", "category": "Personnel"}, kind), plan) == [
        (BLOCK, "displayName", "“LEGAL” already exists. Choose another name or use the existing one.")
    ]


def test_vr_15_blocks_a_subcategory_of_a_category_nobody_has() -> None:
    assert said("VR-15", create({"displayName": "Contracts", "category": "Personnel"}, "subcategory")) == [
        (
            BLOCK,
            "category",
            "The category “Personnel” does not exist yet. Add it to this change or choose another.",
        )
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_value_has_no_findings(kind: str) -> None:
    change = create({"displayName": "Code art. 40, § 3 & 4", "category": "Personnel"}, kind)

    assert all_findings(change, make_plan(PERSONNEL)) == []
