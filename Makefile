# run: everything on this machine.  test: every check and test.  check: the checks alone.  clean: back to the sources.
# production: what a server needs; docs/production.md goes on from there.  bench: how fast it is beside other tools.
# guards: whether each guard that is broken makes a test fail.  sbom: what production is made of, as CycloneDX.
# Settings are given as in `make run WEB_PORT=8010`; README.md lists them.

PYTHON ?= python3
BIN := .venv/bin
PRODUCTION = env -u DEBUG SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	ALLOWED_HOSTS=fileplan.example LOCAL_ACCOUNTS=true DATABASE_URL= REDIS_URL=

.PHONY: run test guards check bench system production sbom locked clean

run: .venv/.run
	@exec $(BIN)/python -m portal.run --tied

test: check system
	$(BIN)/python -m tests

# All of them, or some, in so many copies of the checkout at once: make guards ONLY="G12 lease" JOBS=4.
guards: .venv/.test system
	@$(BIN)/python -m tests.guards --jobs $(or $(JOBS),2) $(ONLY)

# One part or several: make bench PARTS="syncing listing".
bench: .venv/.bench system
	@$(BIN)/python -m bench $(PARTS)

check: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

# What tests need of the operating system: a browser to drive, and the servers of the production profile.
system:
	@command -v chromium >/dev/null || missing="chromium fonts-dejavu-core"; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	command -v curl >/dev/null || missing="$$missing curl"; \
	command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	test -z "$$missing" || { \
	  test "$$(id -u)" = 0 || become="sudo -n"; \
	  $$become apt-get update -qq && \
	  $$become env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing; \
	} >/dev/null || echo "Missing, and could not be installed: $$missing. What needs them is named at the end."

production: .venv/.production

# The pinned versions, and nothing built: names from pyproject.toml, versions from constraints.txt.
.venv/.run: WANTED = p["dependencies"]
.venv/.test: WANTED = sum((p["optional-dependencies"][one] for one in ("prod", "dev", "sbom")), p["dependencies"])
.venv/.bench: WANTED = sum(p["optional-dependencies"].values(), p["dependencies"])
.venv/.run .venv/.test .venv/.bench: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing the pinned packages into .venv. The first time this takes about a minute."
	@$(BIN)/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*$(WANTED), sep="\n")' > .venv/wanted.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -r .venv/wanted.txt
	@touch $@

# A server takes only files whose hashes stand in the list.
.venv/.production: production.txt | .venv/bin/python
	@echo "Installing the pinned packages into .venv. The first time this takes about a minute."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r production.txt
	@touch $@

# production.txt anew, after pyproject.toml or constraints.txt changed.
locked: .venv/.test
	$(BIN)/uv pip compile -q pyproject.toml --extra prod --generate-hashes --universal --python-version 3.11 \
	  -c constraints.txt --no-header --no-annotate -o production.txt

# In environments of its own: nothing else that happens to be installed here is told.
sbom: | .venv/bin/python
	@rm -rf .sbom sbom.cdx.json
	@$(BIN)/python -m venv .sbom/runtime .sbom/tool
	@.sbom/runtime/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r production.txt
	@.sbom/runtime/bin/python -m pip uninstall -qq -y pip setuptools
	@$(BIN)/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*p["optional-dependencies"]["sbom"], sep="\n")' > .sbom/wanted.txt
	@.sbom/tool/bin/python -m pip install -qq --disable-pip-version-check -c constraints.txt -r .sbom/wanted.txt
	@.sbom/tool/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	  -o sbom.cdx.json .sbom/runtime/bin/python
	@$(BIN)/python -m tests.sbom sbom.cdx.json

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Fileplan needs Python 3.11 or newer. If there is one, name it: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(PYTHON) -m venv .venv || { \
	  rm -rf .venv; echo "Python cannot make a virtual environment. On Debian, install python3-venv." >&2; exit 1; }

clean:
	rm -rf .venv .sbom sbom.cdx.json var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
