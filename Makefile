# Two commands: `make compare` runs the standard comparison on the sample market, `make test` the tests.
# Both set up .venv by themselves. PYTHON=python3.12 picks another interpreter, ARGS adds options.

PYTHON ?= python3
VENV ?= .venv
OUT ?= out
ARGS ?=
BIN := $(VENV)/bin

.PHONY: compare test check figures docs licences lock locked installed oldest clean

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
	$(BIN)/stubtest --ignore-missing-stub --ignore-unused-allowlist --allowlist typings/looser.txt backtrader
	$(BIN)/pyright
	$(BIN)/interrogate -q src/capshift backtests data_feeds reports strategies tests benchmarks docs examples
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms \
	  $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))

# The pictures of docs/rules.md, where what they show has changed.
figures: $(VENV)/.installed
	$(BIN)/python docs/draw_rules.py $(ARGS)

# The documentation as a site, which reads offline: site/index.html. A link or name that leads nowhere is an error.
docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "open site/index.html"

# docs/licences.md, from what is installed.
licences: $(VENV)/.installed-dev
	$(BIN)/python docs/list_licences.py

# The releases to develop with, chosen anew within the bounds of setup.cfg, for every Python and system.
lock: $(VENV)/.installed-dev
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra test --extra dev --extra docs --generate-hashes \
	  --system-certs --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command 'make lock' \
	  --output-file requirements-dev.lock setup.cfg

# $(VENV) with those releases and no others; what is made afterwards uses it.
locked: | $(VENV)/bin/python
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-dev.lock
	$(BIN)/pip install --quiet --no-deps --editable .
	@touch $(VENV)/.installed $(VENV)/.installed-test $(VENV)/.installed-dev $(VENV)/.installed-docs

# The wheel in empty environments, on each Python that is here, used as a stranger would: tests/installed.py.
installed: $(VENV)/.installed-dev
	$(BIN)/python tests/installed.py $(ARGS)

# Quick tests with the oldest releases that setup.cfg allows. Old releases warn of new ones.
OLDEST := $(VENV)/oldest
oldest: $(VENV)/.installed-dev
	$(BIN)/uv venv --quiet --clear --seed --python $(BIN)/python $(OLDEST)
	$(BIN)/uv pip install --quiet --system-certs --python $(OLDEST) --resolution lowest-direct --editable '.[test]'
	$(OLDEST)/bin/python -m pytest -q -n auto -p no:cacheprovider -W ignore::DeprecationWarning $(OLDEST_TESTS) $(ARGS)
	$(OLDEST)/bin/capshift compare --out $(OLDEST)/out
OLDEST_TESTS := $(addprefix tests/test_,account.py bars.py files.py metrics.py option_pricing.py series_cache.py store.py)

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
