# The commands of this project. `make` alone lists them. ARGS goes on to the program: make serve ARGS="--port 9000"
SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Images of containers often set it. Without bytecode every process compiles each module that it imports, and the tests
# start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

ARGS ?=
# How many tests run at once: one more than there are cores, since many wait for other processes.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
UV ?= uv

# The first Python here that can run this project; or say which: make test PYTHON=/path/to/python
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	$$python -c '$(USABLE)' 2>/dev/null && command -v $$python && break; done)

DEV := .venv
RUN := .venv-serve
MUTANTS := .venv-mutants
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check

.PHONY: help serve migrate test test-fast mutants lint format schema messages bench bench-growth bench-quick adversary fuzz graphiql lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(RUN)/.installed ## serve http://127.0.0.1:8000/graphql, on demo data if the database is empty
	$(RUN)/bin/jobbot-gql serve --demo $(ARGS)

migrate: $(RUN)/.installed ## bring the database of DATABASE_URL to the newest schema
	$(RUN)/bin/jobbot-gql migrate $(ARGS)

test: lint ## check format, style, types and schema.graphql; then test on SQLite and PostgreSQL (ARGS go to pytest)
	$(DEV)/bin/jobbot-gql schema --check
	$(DEV)/bin/pytest --numprocesses=$(WORKERS) --dist=loadgroup $(ARGS)

test-fast: $(DEV)/.installed ## test on SQLite, without other programs and slow tests: what one runs while working
	$(DEV)/bin/pytest --numprocesses=$(WORKERS) --dist=loadgroup --quiet \
		-m 'not (postgresql or browser or node or process or slow)' $(ARGS)

mutants: $(MUTANTS)/.installed ## change operators at random, and see whether a test notices (an hour; ARGS=--help)
	$(MUTANTS)/bin/python -m tests.mutants $(ARGS)

lint: $(DEV)/.installed ## check format, style and types
	$(DEV)/bin/ruff format --check
	$(DEV)/bin/ruff check
	$(DEV)/bin/mypy

format: $(DEV)/.installed ## format the code and mend what ruff can mend
	$(DEV)/bin/ruff check --fix --exit-zero --quiet
	$(DEV)/bin/ruff format

schema: $(DEV)/.installed ## write schema.graphql from the code
	$(DEV)/bin/jobbot-gql schema > $(DEV)/schema.graphql
	cp $(DEV)/schema.graphql schema.graphql

messages: $(DEV)/.installed ## write tests/messages.txt, the list of error messages, from the code
	$(DEV)/bin/python -m tests.test_messages

bench: $(DEV)/.installed ## measure speed beside other servers in 20 minutes (docs/performance.md; ARGS=--help)
	$(DEV)/bin/python -m bench --output bench/results/latest.json --plots docs/performance $(ARGS)

bench-growth: $(DEV)/.installed ## add to its figures how latency grows with the tables (10 GB of disk)
	$(DEV)/bin/python -m bench --growth 10000,100000,1000000 \
		--output bench/results/latest.json --plots docs/performance $(ARGS)

bench-quick: $(DEV)/.installed ## the same in two minutes: one short round
	$(DEV)/bin/python -m bench --quick $(ARGS)

adversary: $(DEV)/.installed ## search ten minutes for the document that hurts the server most (ARGS="--minutes 60")
	$(DEV)/bin/python -m bench.adversary $(ARGS)

fuzz: $(DEV)/.installed ## look for faults with random documents, without end (ARGS="--examples 20000" for one)
	$(DEV)/bin/python -m tests.fuzz $(ARGS)

graphiql: ## build the GraphiQL page that the package serves (needs Node.js)
	cd src/jobbot_gql/web/graphiql/source && npm ci && npm run build

lock: ## pin the dependencies of pyproject.toml anew (needs uv; ARGS=--upgrade takes the newest)
	$(UV) pip compile pyproject.toml --group build $(LOCK) --output-file requirements.lock $(ARGS)
	$(UV) pip compile pyproject.toml --group dev --constraint requirements.lock $(LOCK) \
		--output-file requirements-dev.lock $(ARGS)
	$(UV) pip compile pyproject.toml --group mutants --constraint requirements-dev.lock $(LOCK) \
		--output-file requirements-mutants.lock $(ARGS)

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

clean: ## remove the environments and everything that was built or cached; databases stay
	rm -rf $(DEV) $(RUN) $(MUTANTS) .venv-clients build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find alembic bench src tests -type d \
		\( -name __pycache__ -o -name node_modules -o -name __generated__ -o -name .generated \) -prune -exec rm -rf {} +

# Three environments, each exactly as their lock file says. A changed lock makes its environment anew; a changed
# pyproject.toml only installs the project again, from its folder, with the build back end that the lock brought.
$(DEV)/.locked: requirements-dev.lock
$(RUN)/.locked: requirements.lock
$(MUTANTS)/.locked: requirements-mutants.lock

$(DEV)/.locked $(RUN)/.locked $(MUTANTS)/.locked:
	@'$(or $(PYTHON),python3)' -c '$(USABLE)' 2>/dev/null || { \
		echo 'jobbot-gql needs Python 3.11 or newer with venv and ensurepip (Debian: apt install python3-venv).' >&2; \
		echo 'Found: $(or $(PYTHON),none that fits). Name one: make PYTHON=/path/to/python' >&2; exit 1; }
	@echo 'Creating the virtual environment $(@D) with $(PYTHON); this downloads packages once, and takes a minute.'
	@'$(PYTHON)' -m venv --clear $(@D)
	@$(@D)/bin/python $(PIP_INSTALL) --require-hashes --requirement $<
	@touch $@

%/.installed: %/.locked pyproject.toml
	@echo 'Installing jobbot-gql from this folder into $*.'
	@$*/bin/python $(PIP_INSTALL) --no-deps --no-index --no-build-isolation --editable .
	@touch $@
