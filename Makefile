# Every target sets up what it needs in .venv; nothing is installed outside this folder.
PYTHON ?= python3
# The training tests and type checks need it. One version by name: a range would take the newest build of any size.
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin
CODE := cli.py commands models crawler classifier registry cases pipeline evaluation review

.PHONY: demo test check gate golden bench format clean

demo: $(VENV)/.core            ## the whole way on the bundled demo: pages → evidence → findings → registry → cases
	$(BIN)/medad demo

# The packages below the pipeline know no database: only the tests above them run again on PostgreSQL.
ON_DATABASE := tests/models tests/pipeline $(wildcard tests/test_cli*.py) \
	tests/review/test_accounts.py tests/review/test_screen_reading.py tests/review/test_screen_security.py

test: $(VENV)/.dev             ## the test suite, on SQLite, and again on PostgreSQL where MEDAD_TEST_DB names a server
	env -u MEDAD_TEST_DB $(BIN)/pytest -n 2
	@if [ -n "$$MEDAD_TEST_DB" ]; then echo "again, on PostgreSQL"; $(BIN)/pytest -n 2 $(ON_DATABASE); \
	else echo "PostgreSQL: not tested here (MEDAD_TEST_DB is not set)"; fi

check: $(VENV)/.dev            ## style, types and layers
	$(BIN)/ruff check --no-cache $(CODE) tests
	$(BIN)/ruff format --no-cache --check $(CODE) tests
	$(BIN)/mypy
	MYPYPATH=tests/review $(BIN)/mypy tests/review/conftest.py
	$(BIN)/lint-imports --no-cache

gate: $(VENV)/.dev             ## the measured floors on the project's own data: refuses a quality that fell
	$(BIN)/python -m evaluation.gate

golden: $(VENV)/.dev           ## measure the floors anew; refuses to lower one (see docs/evaluation.md)
	$(BIN)/python -m evaluation.gate --update

bench: $(VENV)/.dev            ## speed, as ratios against something real in the same run
	$(BIN)/python -m evaluation.bench

format: $(VENV)/.dev
	$(BIN)/ruff check --fix $(CODE) tests
	$(BIN)/ruff format $(CODE) tests

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Python 3.11 or newer is needed (set PYTHON=python3.12, say)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	    echo "The venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.core: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check '$(TORCH)'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,train]'
	@touch $@ $(VENV)/.core

clean:
	rm -rf $(VENV) demo-out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
