# Two commands: `make compare` runs the standard comparison on the sample market, `make test` the tests.
# Both set up .venv by themselves. PYTHON=python3.12 picks another interpreter, ARGS adds options.

PYTHON ?= python3
VENV ?= .venv
OUT ?= out
ARGS ?=
BIN := $(VENV)/bin

.PHONY: compare test check figures docs clean

compare: $(VENV)/.installed
	$(BIN)/capshift compare --out $(OUT) $(ARGS)

test: $(VENV)/.installed-test $(VENV)/samples
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

# Everything that CI does after the tests.
check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/interrogate -q src/capshift backtests data_feeds reports strategies tests benchmarks docs examples

# The pictures of docs/rules.md, where what they show has changed.
figures: $(VENV)/.installed
	$(BIN)/python docs/draw_rules.py $(ARGS)

# The documentation as a site, which reads offline: site/index.html. A link or name that leads nowhere is an error.
docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "open site/index.html"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "capshift needs Python 3.11 or later; say which: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-test: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable '.[test]'
	@touch $@ $(VENV)/.installed

# Strategies of Backtrader's documentation, which tests run unchanged; without them those tests are skipped.
$(VENV)/samples: tests/backtrader_samples.txt | $(VENV)/.installed-test
	-$(BIN)/pip download --quiet --no-deps --no-binary :all: --require-hashes --dest $(VENV)/sdist --requirement $< \
	  && mkdir -p $@ && tar --extract --gzip --file $(VENV)/sdist/*.tar.gz --directory $@ --strip-components 2 --wildcards '*/samples/*'
	@if [ -d $@ ]; then touch $@; else echo 'without Backtrader'"'"'s samples: their tests are skipped'; fi

$(VENV)/.installed-dev: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable '.[test,dev]'
	@touch $@ $(VENV)/.installed $(VENV)/.installed-test

$(VENV)/.installed-docs: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable '.[docs]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) $(OUT) site build dist *.egg-info
