"""S30: what production is made of is pinned with hashes, and the list of its components has all of it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import sbom
from tests.test_constraints import PINNED, PROJECT

LOCKED = sbom.LOCK.read_text()
RUNTIME = [Requirement(one) for one in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["prod"]]]


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The components of what is installed here, which is all of production and more."""
    file: Path = tmp_path_factory.mktemp("sbom") / "sbom.cdx.json"
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "-o", str(file), sys.executable]
    subprocess.run(command, check=True, capture_output=True)
    told: dict[str, Any] = json.loads(file.read_text())
    return told


@pytest.mark.more
def test_every_pinned_package_of_production_is_in_the_list(listed: dict[str, Any]) -> None:
    assert listed["bomFormat"] == "CycloneDX"
    assert sbom.missing(listed) == []


@pytest.mark.more
@pytest.mark.parametrize("name", ["django", "amqp", "cryptography"])
def test_a_package_that_is_not_in_the_list_is_missed(listed: dict[str, Any], name: str) -> None:
    fewer = {**listed, "components": [one for one in listed["components"] if sbom.folded(one["name"]) != name]}

    assert [one.partition("==")[0] for one in sbom.missing(fewer)] == [name]


@pytest.mark.parametrize("wanted", RUNTIME, ids=str)
def test_what_is_asked_for_is_locked(wanted: Requirement) -> None:
    version, _only_some = sbom.pinned()[canonicalize_name(wanted.name)]

    assert wanted.specifier.contains(version)


def test_what_is_locked_is_what_is_tested() -> None:
    everywhere = {name: version for name, (version, only_some) in sbom.pinned().items() if not only_some}

    assert everywhere == {name: PINNED[name] for name in everywhere}


def test_everything_locked_has_its_hashes_and_no_address() -> None:
    packages = re.split(r"\n(?=\S)", LOCKED.strip())

    assert len(packages) == len(sbom.pinned()) > 30
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", package) for package in packages)
    assert "://" not in LOCKED
