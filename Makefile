# One word a chore. The environment is made once, in .venv, from the versions in constraints.txt.
PYTHON ?= python3
BIN := .venv/bin
NOTEBOOKS = $(wildcard notebooks/*.ipynb)
TESTED = tests journeylib --ignore=tests/clients --ignore=tests/browser --nbval $(NOTEBOOKS)

# uv installs in seconds what takes pip minutes; pip steps in where uv cannot be had.
install = ( $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '$(1)' \
	|| $(BIN)/python -m pip install --quiet -c constraints.txt -e '$(1)' )

.PHONY: help demo test test-spark test-clients test-browser check lab bench truth golden notebooks widget constraints clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

demo: .venv/.installed ## the sample log, from file to journey map, into out/demo
	$(BIN)/journey demo --out out/demo

test: .venv/.tested ## tests, doctests and notebooks
	$(BIN)/python -m pytest -n auto --dist loadfile $(TESTED)

test-spark: .venv/.spark ## the same facts on Spark as on DuckDB; needs Java
	@# One Java machine a file: what all of them leave behind is more than one can hold.
	set -e; for file in $(wildcard tests/test_*spark*.py); do \
		PYSPARK_SUBMIT_ARGS="--driver-memory 3g pyspark-shell" $(BIN)/python -m pytest $$file; done

test-clients: .venv/.tested tests/clients/node_modules ## exported files opened and run by others; needs Node and Chromium
	$(BIN)/python -m pytest tests/clients

test-browser: .venv/.browser journeylib/frontend/node_modules ## the board, the workshop and exported notebooks in a browser; needs Node and Chromium
	$(BIN)/python -m pytest tests/browser

check: .venv/.checked ## formatting, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lab: .venv/.installed ## JupyterLab on the notebooks
	$(BIN)/journey lab

bench: .venv/.installed ## speed and memory against pm4py; takes a while
	$(BIN)/python benchmarks/bench.py --write benchmarks/results.md

truth: .venv/.installed ## what is found of planted problems, and false alarms; takes half an hour
	$(BIN)/python benchmarks/truth.py --write

golden: .venv/.tested ## renew the expected files under tests/golden
	GOLDEN=renew $(BIN)/python -m pytest tests

notebooks: .venv/.tested ## run all notebooks anew and store what they show
	$(BIN)/python tests/renew_notebooks.py

widget: journeylib/frontend/node_modules ## bundle the board and the map's page for browsers; needs Node
	cd journeylib/frontend && npm run --silent build

constraints: .venv/.checked ## renew constraints.txt from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --quiet \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -o constraints.txt

clean: ## remove the environment, caches and results
	rm -rf .venv out dist build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache tests/clients/node_modules journeylib/frontend/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "journeylib needs Python 3.11 or newer. Say which: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet uv || echo "no uv here; pip will do"
	@touch $@

.venv/.installed: .venv/.made pyproject.toml constraints.txt
	@echo "Installing into .venv (once) …"
	@$(call install,.)
	@touch $@

.venv/.tested: .venv/.installed
	@$(call install,.[test])
	@touch $@

.venv/.spark: .venv/.tested
	@$(call install,.[spark])
	@touch $@

journeylib/frontend/node_modules: journeylib/frontend/package.json
	@{ command -v node && command -v npm; } > /dev/null || { apt-get -qq update && apt-get -qq install -y \
		--no-install-recommends nodejs npm; }
	cd journeylib/frontend && npm install --no-package-lock --no-audit --no-fund --silent
	@touch $@

tests/clients/node_modules: tests/clients/package.json
	@{ command -v node && command -v npm && command -v chromium; } > /dev/null || { apt-get -qq update && apt-get -qq install -y \
		--no-install-recommends chromium fonts-noto-cjk nodejs npm; }
	cd tests/clients && npm install --no-package-lock --no-audit --no-fund --silent
	@touch $@

.venv/.browser: .venv/.tested
	@{ command -v chromium && fc-list :lang=zh family | grep -q .; } > /dev/null || { apt-get -qq update && apt-get -qq install -y \
		--no-install-recommends chromium fontconfig fonts-noto-cjk; }
	@$(call install,.[browser])
	@touch $@

.venv/.checked: .venv/.tested
	@$(call install,.[dev])
	@touch $@
