# What a person does with a clone. Every target does the set-up it needs.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
JOBS ?= $(shell nproc)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST := $(BIN)/pytest --numprocesses=$(JOBS) --dist=loadscope
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version=3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command='make pins'

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

##### Setting up

.PHONY: setup
setup: $(VENV)/.tools ## make .venv with the product and the developers' tools

$(VENV)/.product: pyproject.toml requirements/build.txt requirements/runtime.txt
	@scripts/check-python $(PYTHON)
	@echo "Installing Plantroom into $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --quiet --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.tools: $(VENV)/.product requirements/dev.txt
	@echo "Installing the developers' tools into $(VENV)"
	@$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.peers: $(VENV)/.tools requirements/peers.txt
	@echo "Installing programs by third parties into $(VENV)/peers"
	@rm -rf $(VENV)/peers
	@$(PIP) install --quiet --require-hashes --target $(VENV)/peers -r requirements/peers.txt
	@touch $@

.PHONY: servers
servers: ## install the servers that the tests run (apt; root or sudo)
	@scripts/install-servers

.PHONY: pins
pins: $(VENV)/.tools ## renew requirements/*.txt (make pins PINS=--upgrade for newer versions)
	$(COMPILE) $(PINS) --output-file=requirements/runtime.txt pyproject.toml
	$(COMPILE) $(PINS) --output-file=requirements/postgres.txt --constraints=requirements/runtime.txt \
		--extra=postgres pyproject.toml
	$(COMPILE) $(PINS) --output-file=requirements/dev.txt --constraints=requirements/postgres.txt \
		--group=dev pyproject.toml
	$(COMPILE) $(PINS) --output-file=requirements/build.txt --constraints=requirements/dev.txt \
		requirements/build.in
	$(COMPILE) $(PINS) --output-file=requirements/image.txt --constraints=requirements/dev.txt \
		requirements/image.in
	$(COMPILE) $(PINS) --output-file=requirements/peers.txt requirements/peers.in

##### Running

.PHONY: up
up: $(VENV)/.product ## run the demo building: broker, pipeline, API, page (make up ARGS="--port 0")
	@exec $(BIN)/plantroom up $(ARGS)

STACK := env PYTHONPATH=deploy $(BIN)/python -m plantroom_stack

.PHONY: stack
stack: $(VENV)/.product ## run all of docs/how-to/deploy.md in containers (make stack ARGS=--demo)
	@exec $(STACK) up $(ARGS)

.PHONY: stack-env
stack-env: $(VENV)/.product ## make .env with random secrets, and plantroom-files/ with the demo building
	@$(STACK) env

.PHONY: stack-native
stack-native: $(VENV)/.tools servers stack-env ## run the same services with the same settings, without containers
	@exec $(STACK) native --demo $(ARGS)

##### Checking

.PHONY: test
test: lint suites ## every gate and every suite, as the continuous integration runs them

.PHONY: lint
lint: format style types imports ## the gates that run nothing

.PHONY: suites
suites: unit wheel integration browser e2e

.PHONY: format
format: $(VENV)/.tools ## the formatter has nothing to change
	$(BIN)/ruff format --check .

.PHONY: style
style: $(VENV)/.tools ## the linter has nothing to say
	$(BIN)/ruff check .

.PHONY: types
types: $(VENV)/.tools ## the types fit
	$(BIN)/mypy
	$(BIN)/mypy tests benchmarks deploy/plantroom_stack

.PHONY: imports
imports: $(VENV)/.tools ## imports point inwards
	$(BIN)/lint-imports

.PHONY: unit
unit: $(VENV)/.tools ## tests without a network
	$(PYTEST) --dist=worksteal tests/unit

.PHONY: wheel
wheel: $(VENV)/.tools ## what is installed is whole, three ways
	$(PYTEST) tests/packaging

.PHONY: integration
integration: $(VENV)/.tools $(VENV)/.peers servers ## tests against real servers
	$(PYTEST) tests/integration

.PHONY: browser
browser: $(VENV)/.tools servers ## tests of the page in a real browser
	$(PYTEST) tests/browser

.PHONY: e2e
e2e: $(VENV)/.tools servers ## tests of the whole product, from a reading to a work order
	$(PYTEST) tests/e2e

.PHONY: bench
bench: $(VENV)/.tools servers ## measure; prints ratios
	@set -e; for benchmark in benchmarks/bench_*.py; do $(BIN)/python "$$benchmark"; done

.PHONY: charts
charts: $(VENV)/.tools ## draw what each fault does to the readings, into docs/explanation/faults
	$(BIN)/python scripts/draw_faults.py

.PHONY: previews
previews: $(VENV)/.tools servers ## draw the dashboards from their own queries, into docs/dashboards
	$(BIN)/python scripts/render_dashboards.py

.PHONY: detection
detection: $(VENV)/.product ## let the rules find all simulated faults, into docs/explanation/detection.md
	$(BIN)/plantroom evaluate scenarios --no-models --table docs/explanation/detection.md

.PHONY: detection-models
detection-models: $(VENV)/.product ## the same with models, where there are any, into docs/explanation/models
	$(BIN)/plantroom evaluate scenarios $(MODELLED:%=--only=%) --models-table docs/explanation/models/simulators.md

MODELLED := $(basename $(notdir $(wildcard models/plans/*.yaml))) normal-week normal-week-winter \
	normal-week-spring normal-week-autumn

.PHONY: models-tables
models-tables: $(VENV)/.product ## score models on recorded data sets, into docs/explanation/models
	$(BIN)/plantroom models evaluate skab --table docs/explanation/models/skab.md
	$(BIN)/plantroom models evaluate lbnl-ahu --table docs/explanation/models/lbnl-ahu.md
	$(BIN)/plantroom models evaluate cmapss --table docs/explanation/models/cmapss.md
	$(BIN)/python benchmarks/bench_nab.py --table docs/explanation/models/nab.md
	$(BIN)/python benchmarks/bench_hydraulic.py --table docs/explanation/models/hydraulic.md

.PHONY: demo-models
demo-models: $(VENV)/.product ## train the models that come with the demo building, into simulators/demo/models
	$(BIN)/python scripts/make_demo_models.py

.PHONY: clean
clean: ## remove what make made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
