# Everything that a newcomer or a build server types. Needs make, Python 3.10 or newer and PyPI.
PORT ?= 8000
DATA ?= demo-data
VENV ?= .venv
PYTHON ?= $(shell for candidate in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && { echo $$candidate; break; }; done)
RUN := $(VENV)/bin/python
PYTEST_ARGS ?= --numprocesses auto --maxprocesses 8 --dist loadfile

.PHONY: help demo test test-bench beside lint benchmark mutants reference pictures wording clean
.DEFAULT_GOAL := help

help:
	@echo "make demo         see it: an embedded site with a bad week, on http://127.0.0.1:$(PORT)/monitoring_dashboard"
	@echo "                  LESSON=1 to 4: with a lesson of the training, see docs/monitoring/TRAINING.md; IN=nl: in Dutch"
	@echo "make test         all tests that need no bench"
	@echo "make test-bench   BENCH=/path/to/bench SITE=name: the suite inside a real bench"
	@echo "make beside       BENCH=/path/to/bench: lay this app into a bench beside another app of its name"
	@echo "make lint         ruff, mypy, and which room may import which"
	@echo "make benchmark    the measured numbers"
	@echo "make mutants      whether the tests notice a changed sign or word (long)"
	@echo "make reference    write REFERENCE.md and SEPA_RULES.md from the code"
	@echo "make pictures     take the pictures of the manual anew from the demo; needs Chromium"
	@echo "make wording      write catalogues and tables of translations anew, and name the sentences that lack one"
	@echo "make clean        remove $(VENV), $(DATA) and caches"

$(RUN):
	@if [ -z "$(PYTHON)" ]; then echo "No Python 3.10 or newer found; name one with PYTHON=/path/to/python3" >&2; exit 1; fi
	$(PYTHON) -m venv $(VENV)

$(VENV)/.%.installed: pyproject.toml setup.py | $(RUN)
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

demo: $(VENV)/.standalone.installed
	@exec $(RUN) -m verenigingen demo --port "$(PORT)" --data "$(DATA)" $(if $(LESSON),--lesson "$(LESSON)") $(if $(IN),--lang "$(IN)")

test: $(VENV)/.test.installed
	$(RUN) -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.lint.installed
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports

benchmark: $(VENV)/.test.installed
	$(RUN) -m benchmarks $(BENCHMARK_ARGS)

reference: $(VENV)/.test.installed
	$(RUN) -m scripts.write_sepa_rules
	$(RUN) scripts/write_reference.py

pictures: $(VENV)/.test.installed
	$(RUN) -m scripts.pictures

wording: $(VENV)/.test.installed
	$(RUN) -m scripts.wording update

mutants: $(VENV)/.mutants.installed
	$(RUN) -m scripts.mutants $(MUTANTS_ARGS)

test-bench:
	@scripts/test-bench "$(BENCH)" "$(SITE)"

beside:
	@if [ -z "$(PYTHON)" ]; then echo "No Python 3.10 or newer found; name one with PYTHON=/path/to/python3" >&2; exit 1; fi
	@if [ -z "$(BENCH)" ]; then echo "Name a bench: make beside BENCH=/path/to/bench" >&2; exit 1; fi
	@$(PYTHON) -m verenigingen beside "$(BENCH)"

clean:
	rm -rf $(VENV) $(DATA) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
