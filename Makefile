# `make demo` and `make test` are all a newcomer needs; both make .venv when it is missing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench clean

demo: $(VENV)/.user
	$(BIN)/dermnlp run corpora/notes/notes.csv --out demo-output --format duckdb --format parquet --format csv --overwrite

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/dermnlp lexicons check
	$(BIN)/python -m pytest

bench: $(VENV)/.dev
	$(BIN)/python tests/benchmarks/speed.py
	$(BIN)/python tests/benchmarks/lexicons.py
	$(BIN)/python tests/benchmarks/tagger.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.user: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ $(VENV)/.user

clean:
	rm -rf $(VENV) demo-output build dist
