# Every target sets up what it needs; you need only make and Python >= 3.11.

PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; print(sys.executable if sys.version_info >= (3, 11) else exit(1))' 2>/dev/null && break; done)
# Test processes: two per CPU, since tests spend half their time waiting; 0 for one process.
WORKERS := $(shell "$(PYTHON)" -c 'import os; print(2 * os.cpu_count())' 2>/dev/null)

.SECONDARY: # keep the intermediate files of pattern rules
.PHONY: all check help demo test test-core test-base test-lowest test-moto test-engines test-airflow test-others mutation soak lint format generate types docs docs-serve notebooks bench wheel release lock clean

all: test lint types docs wheel  ## Run every check on this Python.

check: lint types test-core  ## Run lint, types and the core tests; for use after each edit.

help:  ## Show this list.
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 14

# The tests start hundreds of processes, which should not compile the same modules again.
unexport PYTHONDONTWRITEBYTECODE

# Environments: uv installs requirements/NAME.txt into .venv/NAME. uv ignores pip's settings
# for certificates and the package index, so these variables replace them.
UV := .venv/uv/bin/uv
export UV_SYSTEM_CERTS := 1
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
WITH_LIGHTSNAP := test dev base moto-lowest bench engines airflow
CLIENTS := aiobotocore awscli capo# third-party clients that the tests run
CLIENTS_READY := $(CLIENTS:%=.venv/client-%/ready)

.venv/uv/ready: requirements/uv.txt
	@test -n "$(PYTHON)" || { echo "This needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r $<
	@touch $@

define environment
@echo "Setting up $(@D)"
@$(UV) venv --quiet --clear --no-python-downloads --python "$(or $1,$(PYTHON))" $(@D)
@$(UV) pip sync --quiet --python $(@D) --require-hashes $<
endef
LIGHTSNAP = @$(UV) pip install --quiet --python $(@D) --no-deps --no-build-isolation --editable .

.venv/%/ready: requirements/%.txt | .venv/uv/ready
	$(environment)
	@touch $@

$(WITH_LIGHTSNAP:%=.venv/%/ready): .venv/%/ready: requirements/%.txt pyproject.toml | .venv/uv/ready
	$(environment)
	$(LIGHTSNAP)
	@touch $@

# Look on PATH and in pyenv's folders, since pyenv's shims run only the selected versions.
find = $(or $(shell for python in python3.$1 $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.$1.*/bin/python; do \
	$$python -c 'import sys; print(sys.executable)' 2>/dev/null && break; done),python3.$1)
# Some of the lowest versions do not run on newer Pythons.
.venv/lowest/ready: requirements/lowest.txt pyproject.toml | .venv/uv/ready
	$(call environment,$(call find,11))
	$(LIGHTSNAP)
	@touch $@

.venv/test-3.%/ready: requirements/test.txt pyproject.toml | .venv/uv/ready
	$(call environment,$(call find,$*))
	$(LIGHTSNAP)
	@touch $@

demo: .venv/demo/ready  ## Create a snapshot on the emulator and wait for it.
	@PYTHONPATH=src .venv/demo/bin/python -m lightsnap demo

# Tests marked page, foreign or soak depend on neither the Python nor package versions.
PYTEST := -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
VARYING := not page and not foreign and not soak

ifdef COVERAGE
test: .venv/test/ready $(CLIENTS_READY)
	.venv/test/bin/coverage erase
	.venv/test/bin/coverage run $(PYTEST)
	.venv/test/bin/coverage combine --quiet
	.venv/test/bin/coverage report --omit='src/lightsnap/airflow/*'
else
test: .venv/test/ready $(CLIENTS_READY)  ## Run the tests; COVERAGE=1 requires 100 % line and branch coverage of src.
	.venv/test/bin/python $(PYTEST)
endif

test-core: .venv/test/ready  ## Run the tests that need no emulator, no third-party clients and no pages.
	.venv/test/bin/python $(PYTEST) -m "not fake and $(VARYING)"

test-base: .venv/base/ready  ## Run the tests without the extra async, on the newest botocore.
	.venv/base/bin/python $(PYTEST) -m "$(VARYING)"

test-lowest: .venv/lowest/ready  ## Run the tests on the lowest versions that pyproject.toml allows.
	.venv/lowest/bin/python $(PYTEST) -m "$(VARYING)"

test-moto: .venv/moto-lowest/ready  ## Run the emulator's tests on the lowest moto and the newest other packages.
	.venv/moto-lowest/bin/python $(PYTEST) -m "fake and $(VARYING)"

# The packages of the guides have their own types, so these are checked here too.
test-engines: .venv/engines/ready .venv/dev/ready  ## Back up on Dask, loky and others, and check the guides on them.
	.venv/dev/bin/python scripts/guides.py build/guides
	.venv/dev/bin/python -m mypy --allow-untyped-calls --python-executable .venv/engines/bin/python build/guides
	.venv/dev/bin/python -m pyright --project build/guides
	.venv/engines/bin/python $(PYTEST) tests/engines

# Airflow and its packages give warnings of their own.
test-airflow: export COVERAGE_FILE = .coverage-airflow
test-airflow: .venv/airflow/ready  ## Run the tests of the operators in Airflow; requires 100 % coverage of them.
	.venv/airflow/bin/coverage erase
	.venv/airflow/bin/coverage run $(PYTEST) -W default tests/airflow
	.venv/airflow/bin/coverage combine --quiet
	.venv/airflow/bin/coverage report --include='src/lightsnap/airflow/*'

test-3.%: .venv/test-3.%/ready
	.venv/test-3.$*/bin/python $(PYTEST) -m "$(VARYING)"

test-others: .venv/test/ready  ## Run the tests on every other Python found; test-3.14 runs them on one.
	@own=$$(.venv/test/bin/python -c 'import sys; print(sys.version_info.minor)'); found=; failed=; \
	for minor in $(foreach minor,11 12 13 14,$(if $(filter /%,$(call find,$(minor))),$(minor))); do \
		test $$minor = $$own && continue; \
		found="$$found 3.$$minor"; \
		echo "==> Python 3.$$minor"; \
		$(MAKE) test-3.$$minor || failed="$$failed 3.$$minor"; \
	done; \
	echo "Other Pythons found:$${found:- none}. Failed on:$${failed:- none}."; \
	test -z "$$failed"

soak: .venv/test/ready  ## Run 200 long waits with random faults, 30 nights of backups, and interrupt 300 processes.
	.venv/test/bin/python $(PYTEST) -m soak --seeds=200 --interrupts=300 --nights=30

mutation: .venv/mutation/ready  ## Change the code of creates, backups and prunes at random; lists changes that no test notices.
	rm -rf mutants
	@mkdir -p build
	.venv/mutation/bin/mutmut run >build/mutation.log || { tail -n 20 build/mutation.log; exit 1; }
	.venv/mutation/bin/mutmut results

lint: .venv/dev/ready  ## Check style and formatting with ruff, and that generated code is current.
	.venv/dev/bin/python scripts/generate.py --check
	.venv/dev/bin/ruff check
	.venv/dev/bin/ruff format --check

format: .venv/dev/ready  ## Fix style and formatting with ruff.
	.venv/dev/bin/ruff check --fix
	.venv/dev/bin/ruff format

generate: .venv/dev/ready  ## Write the generated code.
	.venv/dev/bin/python scripts/generate.py

# lightsnap.airflow is checked in Airflow's environment. --verifytypes leaves it out, since
# to pyright the base class of Airflow's operators has an unknown metaclass.
types: .venv/dev/ready .venv/airflow/ready  ## Check types with mypy and pyright, also in notebooks; requires a 100 % typed public API.
	.venv/dev/bin/python docs/notebooks/cells.py build/notebooks
	.venv/dev/bin/python -m mypy
	.venv/dev/bin/python -m mypy build/notebooks/*.py
	.venv/dev/bin/python -m mypy --python-executable .venv/airflow/bin/python src/lightsnap/airflow/*.py tests/airflow/*.py
	.venv/dev/bin/python -m pyright
	.venv/dev/bin/python -m pyright --project typing_tests/airflow.json
	rm -rf build/typed && mkdir -p build/typed && cp -R src/lightsnap build/typed && rm -r build/typed/lightsnap/airflow
	PATH="$(CURDIR)/.venv/dev/bin:$$PATH" PYTHONPATH=build/typed pyright --verifytypes lightsnap --ignoreexternal

# A full rebuild shows every warning and removes the output of deleted pages. lightsnap is
# not installed in this environment; docs/conf.py imports it from src.
docs: .venv/docs/ready  ## Check the notebooks' outputs and build the documentation; warnings are errors.
	@.venv/docs/bin/python docs/notebooks/run.py --check
	@rm -rf build/docs build/doctrees
	@.venv/docs/bin/python -m sphinx --builder html --nitpicky --fail-on-warning --keep-going --quiet --doctree-dir build/doctrees docs build/docs
	@echo "Open build/docs/index.html."

docs-serve: docs  ## Build the documentation and serve it on http://127.0.0.1:8000 until Ctrl-C.
	@.venv/docs/bin/python -m http.server --bind 127.0.0.1 --directory build/docs 8000

notebooks: .venv/docs/ready  ## Run the notebooks and store their outputs.
	@.venv/docs/bin/python docs/notebooks/run.py

bench: .venv/bench/ready $(CLIENTS_READY)  ## Compare lightsnap with boto3 and others; writes docs/performance.md.
	@.venv/bench/bin/python -m benchmarks

# The wheel is built from the sdist, so a file missing from the sdist breaks it.
wheel: .venv/dev/ready  ## Build and check sdist and wheel; install the wheel into an empty environment.
	rm -rf dist
	.venv/dev/bin/python -m build --no-isolation
	.venv/dev/bin/python -m twine check --strict dist/*
	$(UV) venv --quiet --clear --python .venv/dev .venv/wheel
	$(UV) pip sync --quiet --python .venv/wheel --require-hashes requirements/runtime.txt
	$(UV) pip install --quiet --python .venv/wheel --no-deps dist/*.whl
	$(UV) pip check --python .venv/wheel
	cd dist && ../.venv/wheel/bin/python -c 'from lightsnap import *; print(Client(), Tag("env"))'
	.venv/wheel/bin/lightsnap --version

# On a commit tagged with the version, this builds a release without uploading it; on any
# other commit it is a dry run. The tests run on the installed wheel, not on src.
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' src/lightsnap/__init__.py)
CHANGES = $(shell sed -n 's/^## \[\(.*\)\].*/\1/p' CHANGELOG.md | head -n 1)
TAG = $(shell git tag --points-at HEAD 'v*')
release: export SOURCE_DATE_EPOCH = $(shell git log -1 --format=%ct)
release: $(CLIENTS_READY)  ## Build a release and test its wheel (TESTS=… to select tests); uploads nothing.
	@changed=$$(git status --porcelain) && test -z "$$changed" || { echo "Commit these changes before the release: $$changed" >&2; exit 1; }
	@test "$(or $(TAG),v$(VERSION))" = "v$(VERSION)" || { echo "The tag is $(TAG), but __version__ is $(VERSION)." >&2; exit 1; }
	@test "$(CHANGES)" = "$(VERSION)" || test "$(CHANGES)$(TAG)" = Unreleased || { echo "The first section of CHANGELOG.md is [$(CHANGES)], not [$(VERSION)]." >&2; exit 1; }
	$(MAKE) wheel
	.venv/dev/bin/python -m build --no-isolation --outdir build/again >/dev/null
	diff -r dist build/again
	$(UV) venv --quiet --clear --python .venv/dev .venv/release
	$(UV) pip sync --quiet --python .venv/release --require-hashes requirements/test.txt
	$(UV) pip install --quiet --python .venv/release --no-deps dist/*.whl
	.venv/release/bin/python -c 'import lightsnap, sys; print(lightsnap.__file__); assert lightsnap.__file__.startswith(sys.prefix)'
	.venv/release/bin/python $(PYTEST) $(TESTS)
	@.venv/dev/bin/python -c "import glob, hashlib; [print(hashlib.sha256(open(each, 'rb').read()).hexdigest(), each) for each in glob.glob('dist/*')]"
	@echo "$(if $(TAG),Built $(TAG). To publish it (needs an identity):,Dry run: HEAD is not tagged v$(VERSION). To publish a release (needs an identity):)"
	@echo "  python -m pypi_attestations sign dist/*"
	@echo "  twine upload --attestations dist/*"

# The lock files name no package index. The extra async limits botocore to older versions, so
# base, runtime, demo and moto-lowest leave it out to get the newest. Test dependencies are
# the newest even in lowest; in moto-lowest, everything but moto is.
RESOLVE = $(UV) pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate $(UPGRADE)
LOCK = $(RESOLVE) --generate-hashes
ALL_EXTRAS = pyproject.toml --extra async --extra cli --extra notebook --extra testing
WITHOUT_ASYNC = pyproject.toml --extra cli --extra testing
UPGRADE := --upgrade
lock: .venv/uv/ready  ## Lock the newest and the lowest versions in requirements/ (UPGRADE= keeps pins that still fit).
	@mkdir -p build
	$(LOCK) --group uv -o requirements/uv.txt
	$(LOCK) $(ALL_EXTRAS) --group dev -o requirements/dev.txt
	$(LOCK) $(ALL_EXTRAS) --group test -c requirements/dev.txt -o requirements/test.txt
	$(LOCK) $(ALL_EXTRAS) --group mutation -c requirements/dev.txt -o requirements/mutation.txt
	$(LOCK) pyproject.toml --extra async --extra cli --extra testing --group bench -c requirements/dev.txt -o requirements/bench.txt
	$(LOCK) pyproject.toml --extra async --extra notebook --extra testing --group docs -o requirements/docs.txt
	sed -n '/^boto/d; /^s3transfer/d; s/ \\$$//; /==/p' requirements/dev.txt > build/dev.txt
	$(LOCK) $(WITHOUT_ASYNC) --group test -c build/dev.txt -o requirements/base.txt
	$(LOCK) pyproject.toml -c requirements/base.txt -o requirements/runtime.txt
	$(LOCK) pyproject.toml --group demo -c requirements/base.txt -o requirements/demo.txt
	$(RESOLVE) --resolution lowest-direct $(ALL_EXTRAS) -o build/lowest.txt
	$(LOCK) $(ALL_EXTRAS) --group test -c build/lowest.txt -o requirements/lowest.txt
	grep '^moto==' build/lowest.txt > build/moto.txt
	$(LOCK) $(WITHOUT_ASYNC) --group test -c build/moto.txt -o requirements/moto-lowest.txt
	$(LOCK) pyproject.toml --extra async --extra testing --group engines -c requirements/dev.txt -o requirements/engines.txt
	$(LOCK) pyproject.toml --extra airflow --extra testing --group test -c requirements/dev.txt -o requirements/airflow.txt
	$(foreach client,$(CLIENTS),$(LOCK) --group client-$(client) -o requirements/client-$(client).txt &&) true

clean:  ## Remove all environments, builds and caches.
	rm -rf .venv build dist mutants .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -rf __pycache__
	find benchmarks docs scripts src tests typing_tests -name __pycache__ -prune -exec rm -r {} +
