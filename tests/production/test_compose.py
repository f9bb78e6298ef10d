"""compose.yaml, the image and what docs/production.md and README.md say of them belong together."""

import re
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
FILE = (ROOT / "compose.yaml").read_text()
OF_MAKE_RUN = {"DEBUG", "SANDBOX_URL", "SANDBOX_PORT", "WEB_PORT"}
POSTGRESQL = {"bookworm": 15, "trixie": 17}  # which one each Debian has


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE)["services"]
    return found


def in_the_image() -> set[str]:
    """The names that .dockerignore lets in; everything else is left out."""
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*"
    return {rule[1:] for rule in rules if rule[0] == "!"}


def test_every_setting_reaches_the_containers() -> None:
    table = (ROOT / "README.md").read_text().partition("| name | default | meaning |")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines()[1:] for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])}

    assert "SECRET_KEY" in named
    assert named - OF_MAKE_RUN == set(services()["migrations"]["environment"])
    assert named - OF_MAKE_RUN - {"OWNER_DATABASE_URL"} == set(services()["worker"]["environment"])


def test_the_document_names_what_must_be_set() -> None:
    document = (ROOT / "docs" / "production.md").read_text().partition("## By hand")[0]
    named = set(re.findall(r"^    ([A-Z_]+)=", document, flags=re.MULTILINE))

    assert set(re.findall(r"\$\{([A-Z_]+):\?", FILE)) <= named <= set(re.findall(r"\$\{([A-Z_]+)", FILE))


def test_the_image_holds_the_program_and_no_secrets() -> None:
    ours = {app.partition(".")[0] for app in settings.INSTALLED_APPS if (ROOT / app.partition(".")[0]).is_dir()}
    wanted = ours | {"templates", "static", "manage.py", "gunicorn.conf.py"}

    assert {"portal", "labels", "events"} <= ours
    assert wanted <= in_the_image()
    assert not [name for name in in_the_image() if name.startswith(".") or name in {"*", "var", "tests"}]


def test_the_image_can_back_up_the_server_beside_it() -> None:
    debian = re.findall(r"^FROM python:3\.11-slim-(\w+)$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    server = int(services()["database"]["image"].partition(":")[2])

    assert [POSTGRESQL[one] for one in debian] == [server]
