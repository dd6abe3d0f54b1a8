# `make serve` and `make test` do all set-up themselves, in .venv, from the locked requirements.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 8000
CATALOG ?= data
PYTEST_ARGS ?= --numprocesses auto --dist loadfile --no-loadscope-reorder
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: serve test bench lock check clean

serve: $(VENV)/.ready-serve
	$(BIN)/rolegraph build --catalog $(CATALOG)
	$(BIN)/rolegraph serve --catalog $(CATALOG) --host $(HOST) --port $(PORT)

test: $(VENV)/.ready-test
	$(BIN)/python -m pytest $(PYTEST_ARGS)

bench: $(VENV)/.ready-test
	$(BIN)/python benchmarks/build.py
	$(BIN)/python benchmarks/reference_data.py
	$(BIN)/python benchmarks/endpoint.py
	$(BIN)/python benchmarks/validation.py
	$(BIN)/python benchmarks/report_page.py
	$(BIN)/python benchmarks/exports.py

check: $(VENV)/.ready-test
	$(BIN)/ruff check
	$(BIN)/mypy

$(VENV)/.ready-serve: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install -r requirements.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ready-test: requirements-dev.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install -r requirements-dev.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "rolegraph needs Python 3.11 or newer: install it, or run make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "rolegraph needs Python 3.11 or newer; $(PYTHON) is older. Run make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "$(PYTHON) cannot make virtual environments; install its venv package (Debian: python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Needs pip-tools; run it after a change of the dependencies in pyproject.toml.
LOCK := pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
lock:
	$(LOCK) --extra build -o requirements.txt pyproject.toml
	$(LOCK) --extra dev -o requirements-dev.txt pyproject.toml

clean:
	rm -rf $(VENV) data/.rolegraph
