"""S31: a backup is consistent, proves itself, and is refused when it is not what was written."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.profile("embedded", why="are about files; tests/production and tests/drill do it with pg_dump"),
]
ROOT = Path(__file__).resolve().parents[3]


class House:
    """A database of its own, and commands on it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.database, self.kept = folder, folder / "fileplan.sqlite3", folder / "kept"

    def manage(self, *arguments: str) -> tuple[int, str]:
        """A command's exit status and what it said."""
        settings = {"DATA_DIR": str(self.folder), "LOG_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore"}
        blank = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "OWNER_DATABASE_URL", "CHECKPOINT_DIR"), "")
        ended = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=os.environ | settings | blank,
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    def lose(self) -> None:
        for file in self.folder.glob("fileplan.sqlite3*"):
            file.unlink()

    def change(self, statement: str) -> None:
        """What somebody does to the copy with a tool of theirs."""
        with sqlite3.connect(self.kept / "fileplan.sqlite3") as opened:
            opened.execute(statement)
        opened.close()

    def rewrite_manifest(self, **told: object) -> None:
        file = self.kept / "manifest.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **told}))

    def hash_anew(self) -> None:
        from portal.backup.manifest import sha256

        copy = self.kept / "fileplan.sqlite3"
        self.rewrite_manifest(sha256=sha256(copy), bytes=copy.stat().st_size)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with a tenant and a person, backed up."""
    house = House(tmp_path_factory.mktemp("house"))
    for command in (
        ("migrate", "-v", "0"),
        ("tenant", "add", "trial", "A trial", "--cloud", "sandbox", "--root", "http://127.0.0.1:9"),
        ("person", "add", "trial", "eli@fileplan.example", "Eli Earl", "administrator"),
        ("backup", "--out", str(house.kept)),
    ):
        status, said = house.manage(*command)
        assert status == 0, said
    return house.folder


@pytest.fixture
def house(made: Path, tmp_path: Path) -> Iterator[House]:
    """The house as it was after its backup."""
    subprocess.run(["cp", "-a", f"{made}/.", str(tmp_path)], check=True)
    return House(tmp_path)


def test_a_backup_says_what_is_in_it(house: House) -> None:
    told = json.loads((house.kept / "manifest.json").read_text())

    assert (told["format"], told["engine"], told["rows"]["tenants_tenant"]) == (1, "sqlite", 1)
    assert {chain["name"] for chain in told["chains"]} == {"portal", "tenant-1"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in house.kept.iterdir()} == {0o600}
    assert stat.S_IMODE(house.kept.stat().st_mode) == 0o700


def test_a_backup_is_proved_without_touching_anything(house: House) -> None:
    before = house.database.read_bytes()
    status, said = house.manage("restore", "--verify", str(house.kept))

    assert status == 0, said
    assert "2 chains hold" in said
    assert house.database.read_bytes() == before


def test_a_backup_goes_into_an_empty_folder_only(house: House) -> None:
    status, said = house.manage("backup", "--out", str(house.kept))

    assert status == 1
    assert "is not empty" in said


@pytest.mark.parametrize(
    ("statement", "because"),
    [
        ("UPDATE tenants_tenant SET name = 'Another'", "SHA-256"),
        pytest.param("DELETE FROM tenants_membership", "SHA-256", marks=pytest.mark.more),
    ],
)
def test_a_copy_that_was_changed_is_refused(house: House, statement: str, because: str) -> None:
    house.change(statement)
    status, said = house.manage("restore", "--verify", str(house.kept))

    assert status == 1
    assert because in said


@pytest.mark.parametrize(
    ("statement", "because"),
    [
        ("DELETE FROM tenants_membership", "tenants_membership holds 0 rows, not 1"),
        ("UPDATE audit_entry SET body = replace(body, 'Eli', 'Eva') WHERE seq = 1", "is broken at entry 1"),
    ],
)
def test_a_copy_that_was_changed_with_its_hash_is_refused(house: House, statement: str, because: str) -> None:
    for name in ("audit_entry_unchanged", "audit_entry_kept"):
        house.change(f"DROP TRIGGER {name}")
    house.change(statement.replace("'Eli'", "'tenant'").replace("'Eva'", "'tenor'"))
    house.hash_anew()
    verified, said = house.manage("restore", "--verify", str(house.kept))
    house.lose()
    restored, _said = house.manage("restore", str(house.kept))

    assert (verified, restored) == (1, 1)
    assert because in said


@pytest.mark.parametrize(
    ("told", "because"),
    [
        pytest.param({"format": 2}, "a form that this version does not read", marks=pytest.mark.more),
        pytest.param({"engine": "postgresql"}, "DATABASE_URL names sqlite", marks=pytest.mark.more),
        ({"migrations": ["audit.9999_of_next_year"]}, "newer Fileplan"),
        ({"file": "../../etc/passwd"}, "a form that this version does not read"),
    ],
)
def test_another_kind_of_backup_is_refused(house: House, told: dict[str, object], because: str) -> None:
    house.rewrite_manifest(**told)
    status, said = house.manage("restore", "--verify", str(house.kept))

    assert status == 1
    assert because in said


def test_a_backup_that_was_cut_off_is_none(house: House) -> None:
    (house.kept / "manifest.json").unlink()
    status, said = house.manage("restore", str(house.kept))

    assert status == 1
    assert "no complete backup" in said


def test_a_database_that_holds_anything_is_left_alone(house: House) -> None:
    before = house.database.read_bytes()
    status, said = house.manage("restore", str(house.kept))

    assert status == 1
    assert "not empty" in said
    assert house.database.read_bytes() == before


def test_a_restored_database_holds_itself(house: House) -> None:
    house.lose()
    status, said = house.manage("restore", str(house.kept))
    with sqlite3.connect(house.database) as opened:
        noticed = opened.execute("SELECT count(*) FROM audit_entry WHERE verb = 'restore.noticed'").fetchone()
        held = opened.execute("SELECT count(*) FROM audit_restoration").fetchone()
        triggers = opened.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").fetchone()
    opened.close()

    assert status == 0, said
    assert (noticed, held, triggers) == ((2,), (1,), (6,))
    assert house.manage("verify_audit")[0] == 0
