# Every chore is one short command; `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install serve test lint bench defects clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/understudy: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[kit]'
	@touch $(BIN)/understudy

.venv/dev: $(BIN)/understudy
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch .venv/dev

install: $(BIN)/understudy ## make .venv and install understudy into it

serve: install ## run the mock: make serve ARGS="participant-kit --port 8000"
	$(BIN)/understudy serve $(ARGS)

lint: .venv/dev ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint ## lint, then the tests
	$(BIN)/python -m pytest $(ARGS)

clean: ## remove what the other commands made
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache
