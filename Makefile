# One command each. Every target sets itself up: it needs make and a Python >= 3.11.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV ?= .venv
LOCK ?= requirements/dev.txt

BIN := $(VENV)/bin
READY := $(VENV)/ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: all demo test test-all test-lowest lint format types wheel lock clean

all: test lint types wheel

$(READY): $(LOCK) pyproject.toml
	@test -n "$(PYTHON)" || { echo "lightsnap needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)  ## A snapshot created and waited for, on the embedded Lightsail.
	@$(BIN)/python examples/demo.py

test: $(READY)  ## The tests, with line and branch coverage of src at 100 %.
	$(BIN)/coverage run --data-file=.coverage.$(notdir $(VENV)) -m pytest
	$(BIN)/coverage report --data-file=.coverage.$(notdir $(VENV))

# On PATH or among pyenv's; a shim of pyenv's that has no version behind it does not run.
test-all:  ## The tests on every Python >= 3.11 of this machine.
	@for minor in 11 12 13 14 15; do \
		for python in python3.$$minor $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.$$minor.*/bin/python; do \
			$$python -c '' 2>/dev/null || continue; \
			$(MAKE) test PYTHON=$$python VENV=.venv-3.$$minor || exit 1; \
			break; \
		done; \
	done

test-lowest:  ## The tests on the lowest versions that pyproject.toml allows.
	$(MAKE) test VENV=.venv-lowest LOCK=requirements/lowest.txt

lint: $(READY)  ## Style and formatting, by ruff.
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(READY)  ## Let ruff mend what it can.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(READY)  ## mypy and pyright, both strict, and how much of the public API is typed.
	$(BIN)/mypy
	$(BIN)/pyright
	PATH="$(CURDIR)/$(BIN):$$PATH" pyright --verifytypes lightsnap --ignoreexternal

wheel: $(READY)  ## Build the wheel, install it into an empty environment, import it.
	rm -rf dist .venv-wheel
	$(BIN)/python -m build --no-isolation --wheel
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/bin/python -m pip install --quiet --require-hashes -r requirements/runtime.txt
	.venv-wheel/bin/python -m pip install --quiet --no-deps dist/*.whl
	.venv-wheel/bin/python -m pip check
	cd dist && ../.venv-wheel/bin/python -c 'from lightsnap import *; print(Client, Tag("env"))'

# The lock files: the newest versions, and the lowest that pyproject.toml allows
# (the test tools stay new). Neither names an index.
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate

lock:  ## Renew the lock files.
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	$(MAKE) VENV=.venv-lock lock-files

.PHONY: lock-files
lock-files:
	$(UV_COMPILE) --upgrade --generate-hashes pyproject.toml -o requirements/runtime.txt
	$(UV_COMPILE) --upgrade --generate-hashes pyproject.toml --extra testing --group dev -o requirements/dev.txt
	$(UV_COMPILE) --upgrade --resolution lowest-direct pyproject.toml --extra testing -o $(VENV)/lowest.txt
	$(UV_COMPILE) --upgrade --generate-hashes pyproject.toml --extra testing --group test -c $(VENV)/lowest.txt -o requirements/lowest.txt

clean:
	rm -rf .venv .venv-* dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
