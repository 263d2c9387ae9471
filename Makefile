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

.PHONY: all help demo test test-base test-all test-others test-lowest test-moto test-embedded test-uncovered lint format types bench soak wheel release docs docs-serve notebooks lock lock-files clean

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

types: $(VENV)/ready-dev  ## mypy and pyright, on the library (strict) and the notebooks; all of the public API is typed.
	$(BIN)/python docs/notebooks/cells.py build/notebooks
	$(BIN)/mypy
	$(BIN)/mypy build/notebooks/*.py
	$(BIN)/pyright
	PATH="$(CURDIR)/$(BIN):$$PATH" pyright --verifytypes lightsnap --ignoreexternal

# Its lightsnap is this checkout, as in $(VENV).
.venv-bench/ready: requirements/bench.txt pyproject.toml
	$(NEED_PYTHON)
	@echo "Setting $(@D) up, once."
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python $(PIP_INSTALL) --require-hashes -r $<
	@$(@D)/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

bench: .venv-bench/ready $(CLIENTS_READY)  ## Measure lightsnap and others side by side; writes docs/performance.md.
	@.venv-bench/bin/python -m benchmarks

soak: $(VENV)/ready  ## 200 long waits with random trouble, sync and async, on a fake clock.
	$(BIN)/python -m pytest tests/test_soak.py --seeds=200

# The wheel is built from the sdist, so it shows what that lacks.
wheel: $(VENV)/ready-dev  ## Build sdist and wheel, check both, install the wheel into an empty environment.
	rm -rf dist .venv-wheel
	$(BIN)/python -m build --no-isolation
	$(BIN)/twine check --strict dist/*
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/bin/python -m pip install --quiet --require-hashes -r requirements/runtime.txt
	.venv-wheel/bin/python -m pip install --quiet --no-deps dist/*.whl
	.venv-wheel/bin/python -m pip check
	cd dist && ../.venv-wheel/bin/python -c 'from lightsnap import *; print(Client(), Tag("env"))'
	.venv-wheel/bin/lightsnap --version

# Of a commit with the tag of the version, it is a release but for the upload; of another,
# a dry run. The tests run from here on the wheel, without src.
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' src/lightsnap/__init__.py)
CHANGES = $(shell sed -n 's/^## \[\(.*\)\].*/\1/p' CHANGELOG.md | head -n 1)
TAG = $(shell git tag --points-at HEAD 'v*')
release: export SOURCE_DATE_EPOCH = $(shell git log -1 --format=%ct)
release: $(CLIENTS_READY)  ## Build a release once and test that very wheel (TESTS=… for some tests); uploads nothing.
	@changed=$$(git status --porcelain) && test -z "$$changed" || { echo "A release is built from a commit, and this is none: $$changed" >&2; exit 1; }
	@test "$(or $(TAG),v$(VERSION))" = "v$(VERSION)" || { echo "The tag is $(TAG), but __version__ is $(VERSION)." >&2; exit 1; }
	@test "$(CHANGES)" = "$(VERSION)" || test "$(CHANGES)$(TAG)" = Unreleased || { echo "CHANGELOG.md begins with [$(CHANGES)], not with [$(VERSION)]." >&2; exit 1; }
	$(MAKE) wheel
	rm -rf .venv-release
	$(PYTHON) -m venv .venv-release
	$(BIN)/python -m build --no-isolation --outdir .venv-release/again >/dev/null
	diff -r dist .venv-release/again
	.venv-release/bin/python $(PIP_INSTALL) --require-hashes -r $(LOCK)
	.venv-release/bin/python $(PIP_INSTALL) --no-deps dist/*.whl
	.venv-release/bin/python -c 'import lightsnap, sys; print(lightsnap.__file__); assert lightsnap.__file__.startswith(sys.prefix)'
	.venv-release/bin/python -m pytest $(TESTS)
	@$(BIN)/python -m pip --disable-pip-version-check hash dist/*
	@echo "$(if $(TAG),This is $(TAG). What is left,A dry run: HEAD is not tagged v$(VERSION). What would be left) needs an identity:"
	@echo "  python -m pypi_attestations sign dist/*"
	@echo "  twine upload --attestations dist/*"

# lightsnap itself is not installed in it: docs/conf.py imports it from src.
.venv-docs/ready: requirements/docs.txt
	$(NEED_PYTHON)
	@echo "Setting $(@D) up, once; this can take a minute."
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python $(PIP_INSTALL) --require-hashes -r $<
	@touch $@

# From nothing, so that no warning is missed, and a page that has gone is gone.
docs: .venv-docs/ready  ## Check what the notebooks show, and build the documentation; every warning is an error.
	@.venv-docs/bin/python docs/notebooks/run.py --check
	@rm -rf build/docs build/doctrees
	@.venv-docs/bin/python -m sphinx --builder html --nitpicky --fail-on-warning --keep-going --quiet --doctree-dir build/doctrees docs build/docs
	@echo "Open build/docs/index.html."

notebooks: .venv-docs/ready  ## Run the notebooks, and store their outputs.
	@.venv-docs/bin/python docs/notebooks/run.py

docs-serve: docs  ## Build it and show it, on http://127.0.0.1:8000; Ctrl-C ends that.
	@.venv-docs/bin/python -m http.server --bind 127.0.0.1 --directory build/docs 8000

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
	$(UV_COMPILE) --generate-hashes pyproject.toml --extra async --extra cli --extra notebook --extra testing --group dev -o requirements/dev.txt
	$(UV_COMPILE) --generate-hashes pyproject.toml --extra async --extra cli --extra notebook --extra testing --group test -c requirements/dev.txt -o requirements/test.txt
	$(UV_COMPILE) --generate-hashes pyproject.toml --extra async --extra cli --group bench -c requirements/dev.txt -o requirements/bench.txt
	$(UV_COMPILE) --generate-hashes pyproject.toml --extra async --extra notebook --extra testing --group docs -o requirements/docs.txt
	sed -n '/^boto/d; /^s3transfer/d; s/ \\$$//; /==/p' requirements/dev.txt > .venv-lock/dev.txt
	$(UV_COMPILE) --generate-hashes pyproject.toml --extra cli --extra testing --group test -c .venv-lock/dev.txt -o requirements/base.txt
	$(UV_COMPILE) --generate-hashes pyproject.toml -c requirements/base.txt -o requirements/runtime.txt
	$(UV_COMPILE) --resolution lowest-direct pyproject.toml --extra async --extra cli --extra notebook --extra testing -o .venv-lock/lowest.txt
	$(UV_COMPILE) --generate-hashes pyproject.toml --extra async --extra cli --extra notebook --extra testing --group test -c .venv-lock/lowest.txt -o requirements/lowest.txt
	grep '^moto==' .venv-lock/lowest.txt > .venv-lock/moto.txt
	$(UV_COMPILE) --generate-hashes pyproject.toml --extra cli --extra testing --group test -c .venv-lock/moto.txt -o requirements/moto-lowest.txt
	for client in $(CLIENTS); do \
		$(UV_COMPILE) --generate-hashes --group client-$$client -o requirements/client-$$client.txt || exit; \
	done

clean:  ## Remove all that these commands made.
	rm -rf .venv .venv-* build dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests typing_tests -name __pycache__ -prune -exec rm -r {} +
