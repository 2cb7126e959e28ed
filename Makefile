# Needs Python 3.11 or newer and make, nothing else, and never root.
# The first target that needs the environment makes it in .venv; it is made again when a lock changes. Running needs far
# less than testing, so there are two locks.

# One process more than a small machine has cores, because some tests wait for others.
PYTEST_ARGS ?= -n 3 --dist loadfile --no-loadscope-reorder

BIN := .venv/bin
READY := .venv/.ready
READY_FOR_TEST := .venv/.ready-for-test
READY_FOR_BENCH := .venv/.ready-for-bench
UV := scripts/uv

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help up demo test check bench docs lock clean

# make PYTHON=/path/to/python3 chooses the interpreter; they come from the machine, not from a download.
export PYTHON
export UV_PYTHON_DOWNLOADS := never
# Copying works between any two file systems, where linking from the cache would warn.
export UV_LINK_MODE := copy
# Once here rather than at the start of every process, where Python may not write (PYTHONDONTWRITEBYTECODE).
export UV_COMPILE_BYTECODE := 1

# Exit code 3 is "done, with gaps or rejects": the command has told which, and it is no failure of make.
GAPS_ARE_TOLD := || [ $$? -eq 3 ]

help: ## What can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

up: $(READY) ## Collect the last complete hours, show what landed, go on by itself and serve pages and API
	@$(BIN)/forgelake up $(GAPS_ARE_TOLD)

demo: $(READY) ## The same on a small synthetic archive, offline, labelled synthetic everywhere
	@$(BIN)/forgelake demo $(GAPS_ARE_TOLD)

test: $(READY_FOR_TEST) ## All tests (PYTEST_ARGS="-x tests/settings" for some)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(READY_FOR_TEST) ## Style, types, layers and dependencies
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo 'Not formatted; run $(BIN)/ruff format .'; exit 1; }
	@$(BIN)/pyrefly check --summary=none --progress-bar=no
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/deptry --no-ansi src

bench: $(READY_FOR_BENCH) ## The measurements of docs/benchmarks.md
	@$(BIN)/python -m benchmarks

docs: $(READY_FOR_TEST) ## The pages that are made from the code
	@$(BIN)/python scripts/tables-page
	@$(BIN)/python scripts/metrics-schema
	@$(BIN)/python scripts/metrics-page
	@$(BIN)/python scripts/engines-page
	@$(BIN)/python scripts/aws-cost-page

lock: ## Choose versions anew, within the bounds of pyproject.toml
	@$(UV) pip compile $(LOCKING) pyproject.toml --extra postgres --group install --output-file requirements.lock
	@$(UV) pip compile $(LOCKING) pyproject.toml --extra aws --extra postgres --group install \
	  --constraint requirements.lock --output-file requirements-aws.lock
	@$(UV) pip compile $(LOCKING) pyproject.toml --all-extras --group install --group dev \
	  --constraint requirements.lock --output-file requirements-dev.lock
	@$(UV) pip compile $(LOCKING) --group bench --constraint requirements-dev.lock --output-file requirements-bench.lock

LOCKING := --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock'

clean: ## Remove environments and caches; data stays
	@rm -rf .venv .venv-uv .hypothesis .import_linter_cache .pytest_cache .ruff_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@echo 'Preparing .venv: once, and again when the lock changes …'
	@$(BIN)/python -c '' 2>/dev/null || { python=$$(scripts/find-python) && \
	  $(UV) venv --quiet --clear --python "$$python" .venv; }
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(READY_FOR_TEST): $(READY) requirements-dev.lock
	@echo 'Adding what tests need …'
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(READY_FOR_BENCH): $(READY_FOR_TEST) requirements-bench.lock
	@echo 'Adding what is measured against …'
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements-bench.lock
	@touch $@
