# `make` alone lists the commands.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# The tests start hundreds of processes, and each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install serve test pytest lint packages screenshots flakes chaos defects liberties proof contracts site bench clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/understudy: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[kit]'
	@touch $(BIN)/understudy

.venv/dev: $(BIN)/understudy
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch .venv/dev

install: $(BIN)/understudy ## create .venv and install understudy into it

serve: install ## run the mock: make serve ARGS="participant-kit --port 8000"
	$(BIN)/understudy serve $(ARGS)

lint: .venv/dev ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

packages: ## install the Debian packages that the tests use (a browser, a database server)
	.ci/packages

test: packages .venv/dev ## all tests but the long ones, with lint and types beside them
	@$(MAKE) --no-print-directory -j2 lint pytest

# Each worker would compile all tests of a new checkout for itself, at the same time as the others.
.venv/compiled: .venv/dev
	@$(BIN)/python -m pytest --collect-only -qq >/dev/null || true
	@touch .venv/compiled

# Much of the tests is waiting: four workers on two cores take a little less time than three.
pytest: .venv/compiled
	$(BIN)/python -m pytest -n 4 --dist worksteal $(ARGS)

flakes: packages .venv/dev ## run the example front end twenty times over, in four browsers at once
	RUNS=20 $(BIN)/python -m pytest -m long tests/examples/test_studies.py

chaos: packages .venv/dev ## play clients and faults against a model; ARGS="--write" puts the figures into docs/reliability.md
	PYTHONPATH=tests/helpers:tests $(BIN)/python -m chaos $(ARGS)

defects: .venv/dev ## prove that the kit detects each planted defect; writes docs/defects.md
	PYTHONPATH=tests/helpers:tests/helpers/kit:tests/conformance $(BIN)/python -m defects $(ARGS)

liberties: .venv/dev ## prove that the kit condemns nothing that a source leaves open; writes docs/liberties.md
	PYTHONPATH=tests/helpers:tests/helpers/kit:tests/conformance $(BIN)/python -m liberties $(ARGS)

proof: .venv/dev ## prove that the kit finds nothing wrong with a correct server; writes docs/proof.md
	PYTHONPATH=tests/helpers:tests/helpers/kit:tests/conformance $(BIN)/python -m proof $(ARGS)

contracts: .venv/dev ## measure what is inferred from documents that nobody prepared; writes docs/contracts.md
	PYTHONPATH=tests/contracts:tests/helpers $(BIN)/python tests/contracts

site: .venv/dev ## make a site of the documentation, with search, in build/site; every link is checked
	$(BIN)/sphinx-build --quiet --nitpicky --fail-on-warning --keep-going --jobs auto -c docs . build/site

screenshots: packages .venv/dev ## take the pictures of the workbench and the API pages in docs/images
	PYTHONPATH=tests/helpers $(BIN)/python tests/docs/screenshots.py

bench: .venv/dev ## measure CPU per request and compare with other servers (needs wrk and npm)
	PYTHONPATH=tests/helpers $(BIN)/python benchmarks/compare.py $(ARGS)

clean: ## remove what the other commands created
	rm -rf .venv build src/*.egg-info .mypy_cache .ruff_cache .pytest_cache
