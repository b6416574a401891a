# Each target does its own set-up; a second run starts at once.
VENV ?= .venv
PYTHON := $(VENV)/bin/python
FAULT ?=
REPORTS ?= reports
RUNS ?= 200
SEED ?=
GO_ON ?=
PARTS ?=
WHOLE ?=
SUITE ?=
ENV ?= local
# One for each core, and one more: a quarter of the time they wait for what a fault makes slow or silent.
REPLICAS = $(shell python3 -c 'import os; print(min(os.cpu_count() + 1, 8))')

.PHONY: setup smoke report test detection soak mutants bench full check validate saleor-check schemas faults-page coverage-page clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml constraints.txt
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "stagecheck needs python3 >= 3.11")'
	@echo "set-up, once: a virtual environment in $(VENV), with all that is in constraints.txt; a minute or two"
	@python3 -m venv $(VENV)
	@$(PYTHON) -m pip install --quiet --quiet --disable-pip-version-check -c constraints.txt -e '.[replica,dev,attest,databases,grpc,browser]'
	@touch $@

smoke: setup  ## run the suite on the embedded platform; FAULT="name ..." breaks it first
	@$(PYTHON) -m pytest --env $(ENV) $(addprefix --fault ,$(FAULT))

report: report/node_modules/.ready  ## the last run as one page, $(REPORTS)/allure-report/index.html; HISTORY=file keeps trends
	@rm -rf $(REPORTS)/allure-report
	@ALLURE_RESULTS=$(REPORTS)/allure-results ALLURE_OUTPUT=$(REPORTS)/allure-report ALLURE_HISTORY=$(HISTORY) \
		report/node_modules/.bin/allure generate --config report/allurerc.mjs $(REPORTS)/allure-results
	@node report/seal.mjs $(REPORTS)/allure-report/index.html
	@echo $(REPORTS)/allure-report/index.html

report/node_modules/.ready: report/package-lock.json
	@node -e 'if (+process.versions.node.split(".")[0] < 20) throw new Error("the report needs node >= 20")'
	npm ci --prefix report --no-fund --no-audit --loglevel=error
	@touch $@

test: setup  ## the project's own tests, but for the detection matrix
	@$(PYTHON) -m pytest -c selftest/pytest.ini -n 2 --dist loadfile --no-loadscope-reorder --ignore selftest/test_detection.py selftest

detection: setup  ## every fault (PARTS="crm auth": of these; WHOLE=1: all checks; SUITE=1: no plain ways): reports/detection.json, docs/detection.md
	@rm -rf reports/detection && mkdir -p reports/detection
	@PARTS="$(PARTS)" WHOLE="$(WHOLE)" SUITE="$(SUITE)" DETECTION=$(CURDIR)/reports/detection $(PYTHON) -m pytest -c selftest/pytest.ini -n $(REPLICAS) --dist worksteal \
		selftest/test_detection.py; ran=$$?; PARTS="$(PARTS)" WHOLE="$(WHOLE)" SUITE="$(SUITE)" $(PYTHON) -m selftest.matrix reports/detection && exit $$ran

soak: setup  ## the healthy platform again and again, with traps mixed in at random: RUNS=200 SEED=number, or GO_ON=1 where it was ended
	@$(PYTHON) -m selftest.soak --runs $(RUNS) $(addprefix --seed ,$(SEED)) $(if $(GO_ON),--go-on)

mutants: setup  ## change matchers, proofs and isolation, one thing at a time: do the selftests notice?
	@$(PYTHON) -m pip install --quiet --quiet --disable-pip-version-check -c constraints.txt -e '.[mutants]'
	@$(PYTHON) -m selftest.mutants

bench: setup  ## beside curl, httpx and pytest-xdist with the same requests, and how it grows with checks and services: minutes, on a quiet machine
	@$(PYTHON) -m selftest.bench

full: setup  ## what takes minutes: the suite under a tight limiter, pairs of faults, the whole soak, the mutants
	@$(PYTHON) -m pytest -c selftest/pytest.ini -m full -s selftest
	@$(MAKE) detection WHOLE=1
	@$(MAKE) soak mutants

check: setup  ## lint and types
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

validate: setup  ## read all targets and the environment, without a request
	@$(PYTHON) -m stagecheck validate --env $(ENV)

saleor-check: setup  ## our Saleor subset and every GraphQL document against a full schema: SCHEMA=path
	@$(PYTHON) -m replica.saleor.check $(SCHEMA) --targets targets

schemas: setup  ## write docs/*.schema.json anew from the model
	@$(PYTHON) -m stagecheck schemas

faults-page: setup  ## write docs/faults.md anew from the record's rows and the switches
	@$(PYTHON) -m selftest.faults_page

coverage-page: setup  ## write docs/coverage.md anew from the targets and the list of services
	@$(PYTHON) -m selftest.coverage_page

clean:
	rm -rf $(VENV) .cache reports
