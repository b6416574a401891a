# Each target does its own set-up; a second run starts at once.
VENV ?= .venv
PYTHON := $(VENV)/bin/python
FAULT ?=
REPORTS ?= reports
ENV ?= local

.PHONY: setup smoke report test full check validate saleor-check schemas clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml constraints.txt
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "stagecheck needs python3 >= 3.11")'
	python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --quiet --disable-pip-version-check -c constraints.txt -e '.[replica,dev,attest]'
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

test: setup  ## the project's own tests
	@$(PYTHON) -m pytest -c selftest/pytest.ini -n 2 --dist loadfile selftest

full: setup  ## the selftests that take minutes, such as the suite under a tight limiter
	@$(PYTHON) -m pytest -c selftest/pytest.ini -m full -s selftest

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

clean:
	rm -rf $(VENV) .cache reports
