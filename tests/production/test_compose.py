"""compose.yaml, the image and what docs/production.md and README.md say of them belong together."""

import re
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
FILE = (ROOT / "compose.yaml").read_text()
POSTGRESQL = {"bookworm": 15, "trixie": 17}  # which one each Debian has


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE)["services"]
    return found


def in_the_image() -> set[str]:
    """The names that .dockerignore lets in; everything else is left out."""
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*"
    return {rule[1:] for rule in rules if rule[0] == "!"}


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
