# `make demo` and `make test` do all the set-up they need, in a virtual environment of their own in .venv.
.DEFAULT_GOAL := help
.PHONY: help demo test lint types format docs grammar bench clean

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/ready

help:
	@echo "make demo    compile protocols/lupus.proto and name the files to open"
	@echo "make test    run the tests"
	@echo "make lint    ruff;  make types   pyright;  make format   ruff format"
	@echo "make docs    write the generated parts of docs/ anew"
	@echo "make grammar write the parse tables anew after a change in grammars/"
	@echo "make bench   run the benchmarks"

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; say which: make PYTHON=/path/to/python3" >&2; exit 2; }
	@echo "setting up .venv (once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $(READY)

demo: $(READY)
	@$(BIN)/protocol-dsl compile protocols/lupus.proto -o out/lupus --day0 2026-03-02
	@echo
	@echo "open these:"
	@echo "  out/lupus/soa.html        the schedule of assessments, with the timeline on top"
	@echo "  out/lupus/soa.xlsx        the same as a spreadsheet"
	@echo "  out/lupus/calendar.html   a participant's calendar for an infusion on 2 March 2026"
	@echo "  out/lupus/calendar.ics    the same for a calendar program"
	@echo "  out/lupus/crf.html        the CRF specification"
	@echo "  out/lupus/registry.md     the registry text"

test: $(READY)
	@$(BIN)/python -m pytest -q -n auto

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/pyright

format: $(READY)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

grammar: $(READY)
	@$(BIN)/python -m protocol_dsl.syntax.grammar

docs: $(READY)
	@$(BIN)/protocol-dsl rules --format md > docs/codes.md
	@$(BIN)/python -c "from protocol_dsl.render.data import schema; print(schema(), end='')" > docs/protocol.schema.json

bench: $(READY)
	@$(BIN)/python benchmarks/run.py

clean:
	@rm -rf .venv out dist build .pytest_cache .ruff_cache .hypothesis
