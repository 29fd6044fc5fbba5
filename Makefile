# What a user or contributor runs. It needs GNU make, git, Python 3.11 to 3.13 and PyPI.
#
#   make test                       with python3
#   make test PYTHON=python3.13     with another interpreter, beside the first
#   make test ARGS="tests/test_draws.py -x"

PYTHON ?= python3
ARGS ?=
LOCK_PYTHONS ?= python3.11 python3.12 python3.13
TEST_WORKERS ?= 2
COUNT ?= 2000
SEED ?= 1
FIRST ?= 0

DEMO_RUN := run scenarios/kickoff.toml
DEMO_COMPARE := compare scenarios/kickoff.toml --replications 20

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv demo test test-fast test-slow wheel-test docs docs-site lint types bench fuzz kills bits answers calibration findings theory ablation golden chromium lock clean unusable-python

# One environment for each minor version, so that PYTHON=… wrecks no other.
# Supported is what has a set of pins.
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2], "%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)
MINOR := $(word 1,$(VERSION))
FULL := $(word 2,$(VERSION))
SUPPORTED := $(patsubst requirements/py3%.txt,3.%,$(sort $(wildcard requirements/py3*.txt)))

VENV := .venvs/$(MINOR)
BIN := $(VENV)/bin
PY := $(BIN)/python
PINS := requirements/py$(subst .,,$(MINOR)).txt
PIP := $(PY) -m pip --disable-pip-version-check --no-input

ifneq ($(filter $(MINOR),$(SUPPORTED)),)
READY := $(VENV)/ready
PINNED := $(VENV)/pinned-$(FULL)
else
READY := unusable-python
endif

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

unusable-python:
	$(error PYTHON=$(PYTHON) $(if $(MINOR),is Python $(MINOR); zerosum runs on,is missing or does not start; install one of) \
	    $(SUPPORTED), or name it: make venv PYTHON=/path/to/python3)

# New pins or another Python: a new environment, so that nothing old is left in it.
$(VENV)/pinned-%: $(PINS)
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "make: this Python has no venv module; on Debian and Ubuntu: sudo apt install python$(MINOR)-venv" >&2; exit 1; }
	@echo "==> Python $(FULL): installing $(PINS) into $(VENV) (once; some minutes on a slow line)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install -qq --no-compile --requirement $(PINS)
	@touch $@

# The project itself, in place: edits are live, so only its metadata asks for a new install.
$(VENV)/ready: $(PINNED) pyproject.toml
	@$(PIP) install -qq --no-build-isolation --no-deps --editable .
	@$(PIP) check >/dev/null || { $(PIP) check; echo "make: $(PINS) does not fit pyproject.toml: run 'make lock'" >&2; exit 1; }
	@[ -e .venv ] || ln -sfn $(VENV) .venv
	@touch $@

venv: $(READY) ## set up Python's environment, and let .venv point at it
	@if [ -L .venv ] || [ ! -e .venv ]; then ln -sfn $(VENV) .venv; fi
	@echo "$(VENV) is ready (Python $(FULL)); to enter it: . $(BIN)/activate"

demo: $(READY) ## run the kick-off scenario, then compare its strategies
	@echo "==> zerosum $(DEMO_RUN)"
	@$(BIN)/zerosum $(DEMO_RUN)
	@echo "==> zerosum $(DEMO_COMPARE)"
	@$(BIN)/zerosum $(DEMO_COMPARE)

test: $(READY) ## run the tests, but for the slow ones
	@$(PY) -m pytest -q -n $(TEST_WORKERS) --dist loadfile --benchmark-disable -m "not slow" $(ARGS)

fuzz: $(READY) ## spoil every shipped file COUNT times, and count what its command makes of it
	@$(PY) -m tests.fuzz --count $(COUNT) --seed $(SEED) --first $(FIRST) $(ARGS)

test-fast: $(READY) ## run what needs no compiler: texts, files, statistics, and rules as plain Python on small markets
	@$(PY) -m pytest -q -n $(TEST_WORKERS) --dist loadfile --benchmark-disable --uncompiled -m "not slow" $(ARGS)

test-slow: $(READY) ## run the slow tests
	@$(PY) -m pytest -q -n $(TEST_WORKERS) --dist loadfile --benchmark-disable -m slow $(ARGS)

wheel-test: $(READY) ## build the wheel, install it elsewhere, and use it there
	@$(PY) -m tests.wheel

docs: $(READY) ## run every example in README and docs/; tell what commands would write otherwise by now
	@$(PY) -m docs.tools --check
	@$(PY) -m pytest -q --doctest-glob='*.md' $(wildcard README.md) docs $(ARGS)

docs-site: $(READY) ## build the site of the documentation into build/site: notebooks run, every link and anchor is checked
	@$(PY) -m docs.tools.site

lint: $(READY) ## check style, formatting and the layers
	@$(PY) -m ruff check --output-format concise .
	@$(PY) -m ruff format --check --output-format concise .
	@$(BIN)/lint-imports --no-logo

types: $(READY) ## check the types
	@$(PY) -m mypy

bench: $(READY) ## measure the speed
	@$(PY) -m benchmarks $(ARGS)

kills: $(READY) ## kill compare, sweep, game and optimise 40 times each in mid-work (half an hour)
	@$(PY) -m benchmarks.kills $(ARGS)

bits: $(READY) ## flip 2,500 bits of files that commands go on from, and count which go unnoticed
	@$(PY) -m benchmarks.bits $(ARGS)

theory: $(READY) ## run the markets of docs/theory.md, and write its tables anew (a minute)
	@$(PY) -m docs.tools.theory_page

ablation: $(READY) ## run the default market without each of its rules, and write docs/ablation.md anew (minutes)
	@$(PY) -m docs.tools.ablation_page

findings: $(READY) ## run all that docs/findings.md, docs/map.md and README's first screen show, and write them anew (minutes; stopped, it goes on)
	@$(PY) -m docs.tools.findings_page
	@$(PY) -m docs.tools.first_screen
	@$(PY) -m docs.tools.map_page

answers: $(READY) ## run the shipped experiments, and write docs/answers.md (minutes; stopped, it goes on)
	@$(PY) -m docs.tools.answers_page

calibration: $(READY) ## fit the defaults to the facts anew (half an hour or more; stopped, it goes on)
	@$(BIN)/zerosum calibrate experiments/calibration.toml --out results/calibration
	@cp results/calibration/fits.toml simulator/zerosum/scenario/fits.toml
	@$(PY) -m docs.tools.apply_calibration
	@$(PY) -m docs.tools

golden: $(READY) ## pin the golden results anew; read the difference before you commit it
	@$(PY) -m tests.golden.refresh $(ARGS)

chromium: ## install the browser that tests of pages drive, where there is none (apt)
	@tests/chromium.sh

lock: ## resolve and pin the dependencies anew, for each of LOCK_PYTHONS; with KEEP=1 only those that are new
	@./requirements/lock.sh $(LOCK_PYTHONS)

clean: ## delete environments, caches and builds; results/ stays
	@rm -rf .venvs build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	@[ ! -L .venv ] || rm .venv
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
