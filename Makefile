# One command each. Every target sets itself up: it needs make and a Python >= 3.11.

PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
LOCK := requirements/test.txt

# Clients that are not ours: the tests run each in an environment of its own, one for
# all Pythons and versions that lightsnap itself is tested on.
CLIENTS := aiobotocore awscli capo
CLIENTS_READY := $(CLIENTS:%=.venv-clients/%/ready)

BIN := $(VENV)/bin
COVERAGE := .coverage$(VENV:.venv%=%)
PIP_INSTALL := -m pip --disable-pip-version-check install --quiet
PIP := $(BIN)/python $(PIP_INSTALL)
NEED_PYTHON = @test -n "$(PYTHON)" || { echo "This needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 1; }

.PHONY: all help demo test test-base test-all test-others test-lowest test-moto test-embedded test-uncovered lint format types bench soak wheel lock lock-files clean

all: test lint types wheel  ## Every check of this Python.

help:  ## This list.
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 14

# What demo and test need; then what lint, types and wheel need besides.
$(VENV)/ready: $(LOCK) pyproject.toml
	$(NEED_PYTHON)
	@echo "Setting $(VENV) up, once; this can take a minute."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) --require-hashes -r $(LOCK)
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements/dev.txt
	@echo "Setting $(VENV) up for lint, types and wheel, once."
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

$(CLIENTS_READY): .venv-clients/%/ready: requirements/client-%.txt
	$(NEED_PYTHON)
	@echo "Setting $(@D) up, once."
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python $(PIP_INSTALL) --require-hashes -r $<
	@touch $@

demo: $(VENV)/ready  ## A snapshot made and waited for, on the embedded Lightsail.
	@$(BIN)/lightsnap demo

test: $(VENV)/ready $(CLIENTS_READY)  ## The tests; line and branch coverage of src must be 100 %.
	$(BIN)/coverage run --data-file=$(COVERAGE) -m pytest
	$(BIN)/coverage report --data-file=$(COVERAGE)

# Without the async part, coverage of src cannot be 100 %: `make test` reports it.
test-base:  ## The tests without the extra async, on the newest botocore.
	$(MAKE) test-uncovered VENV=.venv-base LOCK=requirements/base.txt

test-uncovered: $(VENV)/ready $(CLIENTS_READY)
	$(BIN)/python -m pytest

# On PATH, or of pyenv's: its shims are on PATH, but do not run without a choice of it.
test-all:  ## The tests on every Python >= 3.11 of this machine.
	@found=; failed=; \
	for minor in $(filter-out $(EXCEPT),11 12 13 14 15); do \
		for python in python3.$$minor $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.$$minor.*/bin/python; do \
			$$python -c '' 2>/dev/null || continue; \
			found="$$found 3.$$minor"; \
			echo "==> Python 3.$$minor: $$python"; \
			$(MAKE) test PYTHON=$$python VENV=.venv-3.$$minor || failed="$$failed 3.$$minor"; \
			break; \
		done; \
	done; \
	echo "Tested on:$${found:- no Python at all}. Failed on:$${failed:- none}."; \
	test -n "$${found}$(EXCEPT)" -a -z "$$failed"

test-others: $(VENV)/ready  ## The tests on every Python but that of `make test`.
	@$(MAKE) test-all EXCEPT=$$($(BIN)/python -c 'import sys; print(sys.version_info.minor)')

test-lowest:  ## The tests on the lowest versions that pyproject.toml allows.
	$(MAKE) test VENV=.venv-lowest LOCK=requirements/lowest.txt

# All but moto is new in both, botocore as new as the extra async lets it be; the lock
# tells which moto it is.
MOTO_LOWEST := VENV=.venv-moto-lowest LOCK=requirements/moto-lowest.txt
MOTO_NEWEST := VENV=$(VENV) LOCK=$(LOCK)
test-moto:  ## The tests of the embedded Lightsail on the lowest moto and the newest.
	@tested=; failed=; \
	for settings in "$(MOTO_LOWEST)" "$(MOTO_NEWEST)"; do \
		moto=$$(sed -n 's/^moto==\([^ ]*\).*/\1/p' "$${settings##*LOCK=}"); \
		tested="$$tested $$moto"; \
		echo "==> moto $$moto"; \
		$(MAKE) test-embedded $$settings || failed="$$failed $$moto"; \
	done; \
	echo "Tested on moto:$$tested. Failed on:$${failed:- none}."; \
	test -z "$$failed"

test-embedded: $(VENV)/ready $(CLIENTS_READY)
	$(BIN)/python -m pytest tests/testing

lint: $(VENV)/ready-dev  ## Style and formatting, by ruff.
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(VENV)/ready-dev  ## Let ruff fix what it can.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(VENV)/ready-dev  ## mypy and pyright, both strict; all of the public API is typed.
	$(BIN)/mypy
	$(BIN)/pyright
	PATH="$(CURDIR)/$(BIN):$$PATH" pyright --verifytypes lightsnap --ignoreexternal

bench: $(VENV)/ready  ## What the pytest plugin costs a run that does not use it, and a round of a wait.
	$(BIN)/python benchmarks/plugin_startup.py
	$(BIN)/python benchmarks/state_machine.py

soak: $(VENV)/ready  ## 200 long waits with random trouble, sync and async, on a fake clock.
	$(BIN)/python -m pytest tests/test_soak.py --seeds=200

wheel: $(VENV)/ready-dev  ## Build the wheel, install it into an empty environment, import it.
	rm -rf dist .venv-wheel
	$(BIN)/python -m build --no-isolation --wheel
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/bin/python -m pip install --quiet --require-hashes -r requirements/runtime.txt
	.venv-wheel/bin/python -m pip install --quiet --no-deps dist/*.whl
	.venv-wheel/bin/python -m pip check
	cd dist && ../.venv-wheel/bin/python -c 'from lightsnap import *; print(Client(), Tag("env"))'
	.venv-wheel/bin/lightsnap --version

lock:  ## Renew the files in requirements/: the newest versions, and the lowest.
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	$(MAKE) lock-files UV=.venv-lock/bin/uv

# None of them names an index. The extra async holds botocore back, so it is not in
# base.txt, runtime.txt and moto-lowest.txt: their botocore and boto3 are the newest. In
# lowest.txt, what only the tests need is new all the same; in moto-lowest.txt, moto alone
# is not new.
UV_COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --upgrade
lock-files:
	$(UV_COMPILE) --generate-hashes pyproject.toml --extra async --extra cli --extra testing --group dev -o requirements/dev.txt
	$(UV_COMPILE) --generate-hashes pyproject.toml --extra async --extra cli --extra testing --group test -c requirements/dev.txt -o requirements/test.txt
	sed -n '/^boto/d; /^s3transfer/d; s/ \\$$//; /==/p' requirements/dev.txt > .venv-lock/dev.txt
	$(UV_COMPILE) --generate-hashes pyproject.toml --extra cli --extra testing --group test -c .venv-lock/dev.txt -o requirements/base.txt
	$(UV_COMPILE) --generate-hashes pyproject.toml -c requirements/base.txt -o requirements/runtime.txt
	$(UV_COMPILE) --resolution lowest-direct pyproject.toml --extra async --extra cli --extra testing -o .venv-lock/lowest.txt
	$(UV_COMPILE) --generate-hashes pyproject.toml --extra async --extra cli --extra testing --group test -c .venv-lock/lowest.txt -o requirements/lowest.txt
	grep '^moto==' .venv-lock/lowest.txt > .venv-lock/moto.txt
	$(UV_COMPILE) --generate-hashes pyproject.toml --extra cli --extra testing --group test -c .venv-lock/moto.txt -o requirements/moto-lowest.txt
	for client in $(CLIENTS); do \
		$(UV_COMPILE) --generate-hashes --group client-$$client -o requirements/client-$$client.txt || exit; \
	done

clean:  ## Remove all that these commands made.
	rm -rf .venv .venv-* dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests typing_tests -name __pycache__ -prune -exec rm -r {} +
