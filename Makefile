# The one entrance. `make` lists what it can do.
SHELL := /bin/bash
PYTHON := $(shell test -x /usr/bin/python3.11 && echo /usr/bin/python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check

# The real clients that the tests drive, and the servers that we are measured beside.
CLIENTS := swaks libnet-ssleay-perl curl msmtp mutt isync fetchmail getmail6 postgresql-15 strace xfsprogs faketime clamav-daemon chromium
PEERS := postfix dovecot-core dovecot-imapd dovecot-pop3d dovecot-lmtpd strace clamav-daemon

# Roles give up their rights before they import their own modules: what is compiled
# beforehand need not be compiled at each start.
unexport PYTHONDONTWRITEBYTECODE
COMPILE := $(BIN)/python -m compileall -q src

.PHONY: help setup dev system demo test check web screenshots format lock bench trust clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(VENV)/.installed ## make .venv with .venv/bin/mailmax
dev: $(VENV)/.developed

$(VENV)/bin/python:
	@tools/need-python.sh $(PYTHON)
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python requirements.lock
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	$(COMPILE)
	touch $@

$(VENV)/.developed: $(VENV)/bin/python requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/.installed

system: ## install the Debian packages that the tests drive (root only)
	@tools/debian-packages.sh $(CLIENTS) || echo "tests that need them are skipped"

demo: setup ## a whole mail server on loopback, no questions
	@$(BIN)/mailmax demo $(DEMO)

check: dev web/node_modules/.installed ## format, lint, types, import contracts; the pages too
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm --prefix web run --silent check
	npm --prefix web test --silent
	tools/check_pages.sh

test: dev system ## every test, on the real services
	@$(COMPILE)
	$(BIN)/python $(if $(TESTS),-m pytest $(TESTS),tools/run_tests.py)

bench: dev ## measure beside Postfix and Dovecot (root; BENCH=--quick for minutes)
	@tools/debian-packages.sh $(PEERS)
	$(BIN)/python -m bench $(BENCH)

trust: dev system ## the long programme: power cuts, kills, faults, crowds; figures to docs/trust.md (hours; TRUST=--quick)
	$(BIN)/python tools/trust.py $(TRUST)

web: web/node_modules/.installed ## build the pages (needs Node; what is built is in the tree)
	npm --prefix web run --silent build

screenshots: dev system ## write docs/pictures: the demo in Chromium
	$(BIN)/python tools/screenshots.py

web/node_modules/.installed: web/package-lock.json
	npm --prefix web ci --silent
	touch $@

format: dev ## mend format and imports
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: $(VENV)/bin/uv ## renew the lock files, with hashes and without registries
	$(BIN)/uv pip compile --no-config -q --generate-hashes --no-emit-index-url --no-header --extra build --extra postgres pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --no-config -q --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements-dev.lock

clean: ## forget everything that was made
	rm -rf $(VENV) web/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/uv: $(VENV)/bin/python
	$(PIP) install uv
