"""`python -m tests.sbom FILE`: whether a list of components (CycloneDX) has every package that production.txt pins.

Needs nothing but Python, so that it can be asked wherever the list is made.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[1] / "production.txt"


def pinned() -> dict[str, tuple[str, bool]]:
    """Version of each package of production.txt, and whether it is for some machines only."""
    lines = re.findall(r"^([a-z0-9._-]+)==(\S+)( ;.*)? \\$", LOCK.read_text(), flags=re.MULTILINE)
    return {name: (version, bool(marker)) for name, version, marker in lines}


def missing(told: dict[str, Any]) -> list[str]:
    """What is pinned and not in the list, or there in another version."""
    listed = {folded(one["name"]): one["version"] for one in told["components"]}
    return [
        f"{name}=={version}"
        for name, (version, only_some) in pinned().items()
        if listed.get(name, version if only_some else None) != version
    ]


def folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(file: str) -> int:
    """Returns 0 if nothing is missing."""
    absent = missing(json.loads(Path(file).read_text()))
    print("\n".join(["Missing:", *absent]) if absent else f"{file}: all {len(pinned())} pinned packages.")
    return 1 if absent else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
