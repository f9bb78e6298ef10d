"""Somebody at a browser: what they do, in the words of the pages, and what the browser complains of meanwhile."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.profiles import here

LOOKED_AT: set[tuple[str, str]] = set()
TENANT = "harrow-vale"
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WATCH_POLICY = """
  window.refusedByPolicy = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    window.refusedByPolicy.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass(frozen=True)
class House:
    """Where it runs, and the passwords of the people in it."""

    web: str
    sandbox: str
    folder: Path

    def password(self, email: str) -> str:
        lines = (self.folder / "people.txt").read_text().splitlines()
        return next(line.split()[1] for line in lines if line.startswith(email))


class Somebody:
    """One person with a browser window of their own."""

    def __init__(self, house: House, browser: Browser, name: str, *, javascript: bool) -> None:
        self.house, self.name, self.javascript = house, name, javascript
        # Without motion, so that no colour is looked at while it fades into another.
        self.context = browser.new_context(
            java_script_enabled=javascript, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
        )
        self.context.set_default_timeout(60_000)  # milliseconds that a busy machine may take
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        if javascript:
            self.context.add_init_script(WATCH_POLICY)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "violat" in message.text:
            self.complaints.append(message.text)

    def sign_in(self) -> None:
        email = f"{self.name}@harrowvale.example"
        self.page.goto(f"{self.house.web}/sign-in/")
        self.looks_right()
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(self.house.password(email))
        self.press("Sign in")
        expect(self.page.get_by_role("heading", name="Desk")).to_be_visible()

    def sign_in_at_microsoft(self, full_name: str) -> None:
        """By way of the stand-in, which asks for no password."""
        self.page.goto(f"{self.house.web}/sign-in/")
        self.looks_right()
        self.page.get_by_role("link", name="Sign in with Microsoft").click()
        self.chooses(full_name)
        expect(self.page.get_by_role("heading", name="Desk")).to_be_visible()

    def chooses(self, full_name: str) -> None:
        """Pick an account on the stand-in's page."""
        self.page.get_by_role("button", name=full_name).first.click()

    def proves(self, full_name: str = "") -> None:
        """Show that it is them who signs: type the password, or go to Microsoft and come back."""
        if full_name:
            self.page.get_by_role("link", name="Confirm that it is you").first.click()
            self.chooses(full_name)
            expect(self.page.get_by_text("You confirmed who you are at").first).to_be_visible()
        else:
            self.page.get_by_label("Your password").fill(self.house.password(f"{self.name}@harrowvale.example"))

    def goes_to(self, path: str) -> None:
        response = self.page.goto(f"{self.house.web}/t/{TENANT}/{path}")
        assert response is not None
        assert response.status == 200, f"{path}: {response.status}"

    def press(self, name: str, **where: Any) -> None:
        self.page.get_by_role("button", name=name, exact=True, **where).first.click()

    def looks_right(self) -> None:
        """No violation on this page, light or dark, and nothing the security policy refused.

        Colours and names are the same in both profiles: only one of them is asked about violations, and once about a
        page that says the same as before.
        """
        if not self.javascript:
            return
        page = (urlsplit(self.page.url).path, self.page.inner_text("body"))
        schemes = () if here() == "production" or page in LOOKED_AT else ("light", "dark")
        LOOKED_AT.add(page)
        for scheme in schemes:
            self.page.emulate_media(color_scheme=scheme)
            found = Axe().run(self.page, options=AXE)
            assert found.violations_count == 0, f"{self.page.url} {scheme}: {found.generate_report()}"
        self.page.emulate_media(color_scheme="light")
        self.complaints += self.page.evaluate("window.refusedByPolicy")

    def leave(self) -> None:
        self.context.close()
        assert self.complaints == []
