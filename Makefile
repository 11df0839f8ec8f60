# Everything a newcomer needs: `make demo`, `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Everything on this machine under a generated December 10th, with a verdict at the end.
demo: setup
	$(BIN)/tally demo $(ARGS)

.PHONY: setup demo check test long chaos bench bench-history kafka lock messages dictionary dashboards map clean

setup: $(READY)

$(READY): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11"; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

# Two at once: much of their time they wait for processes to start. Tests of one file share what they start.
test: setup
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

# Proofs of a minute or more each: a petition of 6 million, the bench in small, the embedded stack killed with -9.
long: setup
	$(BIN)/pytest -m long $(ARGS)

# Minutes of kills and outages under load on Apache Kafka; a failure shows what was broken when. Needs Java 17 and
# Maven, as do `bench` and `kafka`.
chaos: setup
	$(BIN)/pytest -m chaos --show-capture=stdout $(ARGS)

# What counting costs, and how soon a report is shown; about 5 minutes, figures also in build/bench.json.
bench: setup
	$(BIN)/python -m tests.benchmarks $(ARGS)

# What analysts ask of 10 million reports on the embedded ClickHouse; minutes, figures also in
# build/bench-history.json.
bench-history: setup
	$(BIN)/python -m tests.benchmarks.history $(ARGS)

# Apache Kafka in the foreground, on 127.0.0.1:9092 with its data in build/kafka/data.
kafka: setup
	$(BIN)/python -m deploy.kafka $(ARGS)

# Needs uv; no registry address reaches the file.
lock:
	uv pip compile pyproject.toml --extra embedded --group dev --generate-hashes --universal --python-version 3.11 --no-emit-find-links --no-header --no-annotate -o constraints.txt

# Brings every catalogue up to date with what the form, the counters' pages, charts and embeds say; then translate what is empty.
messages: setup
	@mkdir -p build
	for pages in producers/form sinks/counters sinks/counters/embeds sinks/history; do \
		domain=$$(basename $$pages); \
		$(BIN)/pybabel -q extract -F pyproject.toml --no-location --omit-header -o build/$$domain.pot $$pages; \
		for po in $$pages/locales/*/LC_MESSAGES/$$domain.po; do \
			$(BIN)/pybabel -q update -i build/$$domain.pot -l $$(basename $${po%/LC_MESSAGES/*}) -o $$po --no-fuzzy-matching --ignore-obsolete --omit-header --no-wrap; done; done

# Writes docs/dictionary.md anew from the comments of the tables and views that analysts may read.
dictionary: setup
	$(BIN)/python -m deploy.dictionary docs/dictionary.md

# Writes Grafana's dashboards anew from deploy/grafana/*.py.
dashboards: setup
	$(BIN)/python -m deploy.grafana

# Draws the map of the counters' page again from Natural Earth; needs Node, of which nothing stays but the map.
map: setup
	npm install --silent --no-save --no-package-lock --prefix build/map world-atlas@2.0.2 mapshaper@0.7.70
	$(BIN)/python -m deploy.map build/map/node_modules
	rm -rf build/map

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
