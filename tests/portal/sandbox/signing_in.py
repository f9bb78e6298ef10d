"""A browser without script that walks the sign-in's pages, and MSAL's way there."""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import msal
import requests
from requests.adapters import HTTPAdapter

from portal.sandbox.identity.cast import CLIENT_IDS, HARROW_VALE, ORIGIN, SECRET

TID, CLIENT = HARROW_VALE.id, CLIENT_IDS[HARROW_VALE.id]
BACK = "http://127.0.0.1:8000/signed-in/"
VERIFIER = "v" * 43
CHALLENGE = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"


class Mapped(HTTPAdapter):
    """Leads the origin that MSAL insists on to where the sandbox listens."""

    def __init__(self, root):
        super().__init__()
        self.root = root

    def send(self, request, **how):
        request = request.copy()
        request.url = request.url.replace(ORIGIN, self.root, 1)
        return super().send(request, **how)


def mapped_session(root):
    session = requests.Session()
    session.trust_env = False
    session.mount(ORIGIN, Mapped(root))
    return session


class Page(HTMLParser):
    """The form of a page: where it goes, its hidden fields, its buttons by what they say."""

    def __init__(self, answer):
        super().__init__()
        self.action, self.hidden, self.buttons, self._button = "", {}, {}, None
        self.feed(answer.text)
        self.action = urljoin(answer.url, self.action)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self.action = found["action"]
        if tag == "input" and found.get("type") == "hidden":
            self.hidden[found["name"]] = found["value"]
        if tag == "button":
            self._button = (found.get("name"), found.get("value"))

    def handle_endtag(self, tag):
        if tag == "button":
            self._button = None

    def handle_data(self, data):
        if self._button:
            self.buttons.setdefault(data, self._button)


class Browser:
    def __init__(self):
        self.session = requests.Session()
        self.session.trust_env = False

    def open(self, url, **parameters):
        return self.session.get(url, params=parameters, allow_redirects=False, timeout=5)

    def press(self, answer, button, **typed):
        page = Page(answer)
        name, value = page.buttons[button]
        sent = page.hidden | typed | ({name: value} if name else {})
        return self.session.post(page.action, data=sent, allow_redirects=False, timeout=5)

    def sign_in(self, answer, who="Eli Earl"):
        """Answer the pages that come, until one leads back: what was brought there."""
        for button in (who, "Accept"):
            if answer.status_code == 200:
                answer = self.press(answer, button)
        return brought(answer)


def brought(answer):
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


class Signing:
    """Everything a test of the sign-in needs of one sandbox."""

    def __init__(self, sandbox):
        self.sandbox, self.identity = sandbox, sandbox.identity
        self.session, self.browser = mapped_session(sandbox.root), Browser()
        self.write = f"{sandbox.root}/RecordsManagement.ReadWrite.All"
        self.read = f"{sandbox.root}/RecordsManagement.Read.All"

    def close(self):
        self.session.close()
        self.browser.session.close()

    def msal(self, *, of=msal.ConfidentialClientApplication, directory=TID, client_id=CLIENT, **given):
        """MSAL, set up as the portal does. The secret is there unless something else is given."""
        if of is msal.ConfidentialClientApplication:
            given = {"client_credential": SECRET} | given
        authority = f"{ORIGIN}/{directory}"
        return of(client_id, authority=authority, instance_discovery=False, http_client=self.session, **given)

    def authorize(self, *, directory=TID, browser=None, **changes):
        """Open the authorize page by hand; a parameter of None is left out."""
        asked = {
            "client_id": CLIENT,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "openid profile",
            "state": "s-1",
            "nonce": "n-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changes
        given = {name: value for name, value in asked.items() if value is not None}
        url = f"{self.sandbox.root}/{directory}/oauth2/v2.0/authorize"
        return (browser or self.browser).open(url, **given)

    def code(self, who="Eli Earl", **changes):
        return self.browser.sign_in(self.authorize(**changes), who)["code"]

    def token(self, *, directory=TID, **changes):
        """Ask the token endpoint by hand; a parameter of None is left out."""
        asked = {"client_id": CLIENT, "client_secret": SECRET, "grant_type": "authorization_code"} | changes
        given = {name: value for name, value in asked.items() if value is not None}
        return self.session.post(f"{ORIGIN}/{directory}/oauth2/v2.0/token", data=given, timeout=5)

    def redeem(self, code, **changes):
        return self.token(code=code, redirect_uri=BACK, code_verifier=VERIFIER, **changes)

    def tokens(self, who="Eli Earl", scope="openid profile offline_access", **changes):
        """The answer of the token endpoint after `who` signed in, whatever it is."""
        return self.redeem(self.code(who, scope=scope, **changes)).json()

    def refresh(self, token, **changes):
        return self.token(grant_type="refresh_token", refresh_token=token, **changes).json()

    def graph(self, method, path, token, body=None):
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.sandbox.root}/v1.0/security/{path}"
        return self.session.request(method, url, json=body, headers=headers, timeout=5)


def code_of(answer):
    """The AADSTS number of a refusal, from the JSON of an endpoint or what a browser brought back."""
    return int(answer["error_description"].partition("AADSTS")[2].partition(":")[0])
