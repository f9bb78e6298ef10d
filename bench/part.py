"""`python -m bench.part NAME FOLDER`: one part in this process, with a DATA_DIR of its own; figures as JSON lines."""

import json
import os
import sys
import warnings
from importlib import import_module
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
os.environ.setdefault("LOG_LEVEL", "ERROR")
warnings.simplefilter("ignore")  # of other people's packages, while they are loaded


def main(name: str, folder: Path) -> None:
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    import_module("portal.celery")
    for figure in import_module(f"bench.parts.{name}").measure(folder):
        sys.stdout.write(json.dumps(figure.told()) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
