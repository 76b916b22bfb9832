# Every target sets up what it needs; `make` alone lists them.

PYTHON ?= python3
BIN := .venv/bin
# "3.11" and the like, nothing of an older Python; of .venv nothing either while it is half made (`pip` comes
# last), or when its Python went away or became another.
VERSION := import sys; print("%d.%d" % sys.version_info[:2] * (sys.version_info >= (3, 11)))
FOUND := $(shell test -x $(BIN)/pip && $(BIN)/python -c 'import pip; $(VERSION)' 2>/dev/null)
# Whichever Python made .venv will do, unless the caller names another version.
WANTED := $(if $(filter file,$(origin PYTHON)),$(FOUND),$(shell $(PYTHON) -c '$(VERSION)' 2>/dev/null))
NEEDED := KrateCMS needs Python 3.11 or later with venv
INSTALL := On Debian and Ubuntu: apt install make python3-venv
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input
# Where the files say their packages come from is left to each machine's own pip settings.
LOCK := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links
SOURCES := krate_site membership billing home demo bench tests manage.py

.DEFAULT_GOAL := help
.PHONY: help new-venv venv demo test test-long judges bench lint house types format messages lock audit screenshots reset

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' \
		| expand -t 14

new-venv:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here. $(NEEDED). $(INSTALL)"; exit 1; } >&2
	@test -n "$$($(PYTHON) -c '$(VERSION)')" || { echo "$(PYTHON) is $$($(PYTHON) -V 2>&1). $(NEEDED)." \
		"If there is a newer one, name it: make PYTHON=python3.12 …"; exit 1; } >&2
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null && echo "Making .venv …" && rm -rf .venv \
		&& { $(PYTHON) -m venv .venv || { rm -rf .venv; false; }; } \
		|| { echo "$(PYTHON) can't make .venv. $(NEEDED). $(INSTALL)"; exit 1; } >&2

# Two stamps: what production needs is enough for the demo; the tests' tools come on top. Where pip was
# stopped there is no stamp, and the next call goes on.
.venv/production: requirements.txt $(if $(and $(FOUND),$(filter $(FOUND),$(WANTED))),,new-venv)
	@echo "Installing what the site needs (about half a minute) …"
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

.venv/development: .venv/production requirements-dev.txt
	@echo "Installing what tests and linters need (about a minute) …"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

venv: .venv/development ## Make .venv with everything in it

demo: .venv/production ## Seed two tenants and serve them, with a sandbox in Stripe's place
	@$(BIN)/python -m demo

test: .venv/development judges ## Run the tests, on PostgreSQL and Redis where they answer, and on SQLite
	@$(BIN)/python -m tests.run

test-long: .venv/development judges ## Run the slow proofs
	@$(BIN)/python -m tests.run --long

judges: tests/outside/node_modules/.package-lock.json tests/browser/node_modules/.package-lock.json ## Fetch Stripe's own command line and axe, which judge us (npm)

# Pinned with their hashes. Without one its tests are skipped, and CI allows no skipped test.
tests/%/node_modules/.package-lock.json: tests/%/package-lock.json
	@npm ci --silent --prefix tests/$* && touch $@ \
		|| echo "npm couldn't fetch what tests/$* wants: its tests will be skipped."

bench: .venv/production ## Measure the site beside bare Django and Wagtail, to 1,000,000 members (QUICK=1: less)
	@$(BIN)/python -m bench $(if $(QUICK),--quick) $(if $(DOCUMENT),--document)

lint: .venv/development ## Check style, types, imports, templates, migrations and deployment
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.house --check
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=krate_site.settings.production DATABASE_URL=sqlite://:memory: \
		SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
		KRATE_ENCRYPTION_KEYS=$$($(BIN)/python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())') \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

house: .venv/development ## Show how large the code is, how it hangs together, and what a webhook, a page and a click go through
	@$(BIN)/python -m tests.house
	@$(BIN)/pytest -q -s --create-db tests/billing/test_flows.py tests/membership/test_flows.py

types: .venv/development ## Check types only
	$(BIN)/mypy

format: .venv/development ## Put the code in shape
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

messages: .venv/development ## Bring the translations in step with the texts, and compile them
	@$(BIN)/python -m tests.messages || echo "These have no translation yet."

lock: .venv/development ## Pin the requirements again, with hashes
	$(LOCK) --output-file=requirements.txt requirements.in
	$(LOCK) --output-file=requirements-dev.txt requirements-dev.in

audit: .venv/development ## Look for known holes in the dependencies (asks PyPI)
	@$(BIN)/python -m tests.audit requirements.txt

screenshots: .venv/development judges ## Take pictures of every state into var/screenshots, and the README's from a running `make demo`
	@rm -rf var/screenshots && mkdir -p var/screenshots
	@SCREENSHOTS=var/screenshots $(BIN)/pytest --create-db -m axe tests/browser
	@$(BIN)/python -m tests.browser.screenshots docs/images

reset: ## Throw away the demo's database, mail and sandbox
	rm -rf var
