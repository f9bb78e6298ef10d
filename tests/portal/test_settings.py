"""A bad setting stops the start with a sentence (S14), and what Django checks of a public host holds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from portal.sandbox.identity import cast
from portal.sign_in import STAND_IN, sign_in
from tests.portal.tenants.accounts.certs import certificate, key, pem

BARE = {"ALLOWED_HOSTS": "fileplan.example", "SECRET_KEY": "k9Wm2xQ7p" * 7}
PUBLIC = BARE | {"LOCAL_ACCOUNTS": "true"}
AN_ID = "11111111-2222-4333-8444-555555555555"
MICROSOFT = {
    "SIGN_IN_CLOUD": "global",
    "SIGN_IN_DIRECTORIES": AN_ID,
    "SIGN_IN_CLIENT_ID": AN_ID,
    "SIGN_IN_SECRET": "canary-secret-of-the-app",
}
SIGN_IN = (*MICROSOFT, "SIGN_IN_CERTIFICATE", "SIGN_IN_KEY", "LOCAL_ACCOUNTS")
START = ["-c", "import portal.settings"]
DEPLOY = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]


def started(data: Path, command: list[str], **given: str) -> "subprocess.CompletedProcess[str]":
    """A start with these settings and no others."""
    blank = dict.fromkeys(("DEBUG", "DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", *SIGN_IN), "")
    environment = {**os.environ, **blank, "DATA_DIR": str(data), **given}
    run = [sys.executable, *command]
    return subprocess.run(run, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (PUBLIC | {"DEBUG": "true"}, "DEBUG is on for a public host."),
        (PUBLIC | {"SECRET_KEY": "short"}, "SECRET_KEY is missing or short."),
        (PUBLIC | {"SECRET_KEY": ""}, "SECRET_KEY is missing or short."),
        ({"CHECKPOINT_KEY": "short"}, "CHECKPOINT_KEY is short."),
        ({"DEBUG": "perhaps"}, "DEBUG is “perhaps”. Set it to true or false."),
        ({"SYNC_EVERY": "0"}, "SYNC_EVERY is “0”. Set it to a whole number from 1 to 86400."),
        ({"WEB_PORT": "٨٠"}, "WEB_PORT is “٨٠”."),
        ({"TRUSTED_PROXIES": "10.0.0.0/24, proxy"}, "TRUSTED_PROXIES names “proxy”."),
        ({"DATABASE_URL": "nonsense"}, "A database URL names no PostgreSQL and no SQLite."),
        ({"DATABASE_URL": "mysql://me@host/fileplan"}, "A database URL names no PostgreSQL and no SQLite."),
        ({"DATABASE_URL": "postgres://me@host:port/fileplan"}, "A database URL cannot be read."),
        ({"OWNER_DATABASE_URL": "nonsense"}, "A database URL names no PostgreSQL and no SQLite."),
        ({"REDIS_URL": "127.0.0.1:6379"}, "REDIS_URL is no address of a Redis."),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is “LOUD”."),
        (BARE, "Nobody could sign in. Set SIGN_IN_CLOUD and what belongs to it, or LOCAL_ACCOUNTS=true."),
        ({"SIGN_IN_CLOUD": "none", "LOCAL_ACCOUNTS": "false"}, "Nobody could sign in."),
        ({"LOCAL_ACCOUNTS": "perhaps"}, "LOCAL_ACCOUNTS is “perhaps”. Set it to true or false."),
        (PUBLIC | {"SIGN_IN_CLOUD": "sandbox"}, "SIGN_IN_CLOUD is “sandbox” for a public host"),
        (MICROSOFT | {"SIGN_IN_CLOUD": "moon"}, "SIGN_IN_CLOUD is “moon”."),
        (MICROSOFT | {"SIGN_IN_CLOUD": "china"}, "Microsoft does not offer records management"),
        (MICROSOFT | {"SIGN_IN_CLOUD": "none"}, "SIGN_IN_DIRECTORIES is set, and SIGN_IN_CLOUD is not."),
        (MICROSOFT | {"SIGN_IN_DIRECTORIES": ""}, "SIGN_IN_DIRECTORIES is missing."),
        (MICROSOFT | {"SIGN_IN_DIRECTORIES": f"{AN_ID}, common"}, "SIGN_IN_DIRECTORIES names “common”"),
        (MICROSOFT | {"SIGN_IN_CLIENT_ID": "fileplan"}, "SIGN_IN_CLIENT_ID is no application id."),
        (MICROSOFT | {"SIGN_IN_SECRET": ""}, "Set SIGN_IN_SECRET, or both SIGN_IN_CERTIFICATE and SIGN_IN_KEY."),
        (MICROSOFT | {"SIGN_IN_KEY": "key.pem"}, "Set SIGN_IN_SECRET, or both SIGN_IN_CERTIFICATE and SIGN_IN_KEY."),
        (
            MICROSOFT | {"SIGN_IN_SECRET": "", "SIGN_IN_KEY": "no.pem", "SIGN_IN_CERTIFICATE": "no.pem"},
            "SIGN_IN_CERTIFICATE names a file that cannot be read.",
        ),
        (
            MICROSOFT | {"SIGN_IN_SECRET": "", "SIGN_IN_KEY": "README.md", "SIGN_IN_CERTIFICATE": "README.md"},
            "SIGN_IN_CERTIFICATE and SIGN_IN_KEY must be PEM files",
        ),
    ],
    ids=lambda value: next(reversed(value)) if isinstance(value, dict) else "",
)
def test_a_bad_setting_stops_the_start(given: dict[str, str], sentence: str, tmp_path: Path) -> None:
    start = started(tmp_path, START, **given)

    assert start.returncode == 1
    assert sentence in start.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "given",
    [{}, {"DEBUG": "true"}, PUBLIC, BARE | MICROSOFT],
    ids=["by itself", "DEBUG here", "a public host", "a public host with Microsoft"],
)
def test_good_settings_start(given: dict[str, str], tmp_path: Path) -> None:
    assert started(tmp_path, START, **given).stderr == ""


def test_a_public_host_has_nothing_to_warn_of(tmp_path: Path) -> None:
    """S14, as `make check` asks it."""
    checked = started(tmp_path, DEPLOY, **PUBLIC)

    assert (checked.returncode, checked.stderr) == (0, ""), checked.stderr
    assert "no issues" in checked.stdout


def test_a_certificate_and_its_key_belong_together(tmp_path: Path) -> None:
    mine, other = key(), key(number=1)
    files = {"SIGN_IN_CERTIFICATE": tmp_path / "certificate.pem", "SIGN_IN_KEY": tmp_path / "key.pem"}
    given = MICROSOFT | {"SIGN_IN_SECRET": ""} | {name: str(file) for name, file in files.items()}
    files["SIGN_IN_CERTIFICATE"].write_text(certificate(mine))
    files["SIGN_IN_KEY"].write_text(pem(mine))
    assert sign_in(given, production=True) is not None

    files["SIGN_IN_KEY"].write_text(pem(other))
    with pytest.raises(ImproperlyConfigured, match="do not belong together"):
        sign_in(given, production=True)


def test_what_is_set_shows_no_secret() -> None:
    known = sign_in(MICROSOFT, production=True)

    assert known is not None
    assert (known.directory, "canary" in repr(known)) == (AN_ID, False)


def test_several_directories_sign_in_at_any_organisation() -> None:
    known = sign_in(MICROSOFT | {"SIGN_IN_DIRECTORIES": f"{AN_ID.upper()}, {AN_ID[:-1]}6"}, production=True)

    assert known is not None
    assert (known.directory, known.directories) == ("organizations", (AN_ID, f"{AN_ID[:-1]}6"))


def test_the_stand_in_is_known_as_it_knows_itself() -> None:
    assert STAND_IN.directories == tuple(directory.id for directory in cast.DIRECTORIES)
    assert (STAND_IN.client_id, STAND_IN.secret) == (cast.CLIENT_IDS[cast.HARROW_VALE.id], cast.SECRET)


def test_the_stand_in_counts_on_this_machine_alone() -> None:
    assert sign_in({}, production=False) == STAND_IN
    assert sign_in({}, production=True) is None
    assert sign_in({"SIGN_IN_CLOUD": "none"}, production=False) is None
