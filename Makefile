# `make help` lists what there is. Needs a POSIX shell, make and Python 3.13, nothing else.
.DEFAULT_GOAL := help
.SUFFIXES:
SHELL := /bin/sh
.PHONY: help setup demo demo-closure deploy test check stop format lock openapi picture clean bench bench-matching bench-keys bench-startup bench-system bench-trawling bench-national cost performance weights

RUN := .venv/bin/python -m
# Tests that are not end to end run side by side; who is done first takes of what is left to the other.
WORKERS := 2
# Where `make lock` finds packages; the files that it writes never say.
COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.13 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

help:  ## this list
	@echo "Signpost: who else is working with this child?"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-22s%s\n", $$1, $$2 }'
	@echo
	@echo '  make demo FEED="a.csv b.csv"   the same with extracts of your own'
	@echo '  SIGNPOST_PORT=4600 make demo   on another port than 4566'

setup:  ## install the tools, into this folder only
	@[ -d .venv ] && [ -d .tools/sam ] && [ -d .tools/emulator ] && [ -d .tools/datasets ] || \
		echo "Installing the tools into .venv and .tools (once; a minute or so)"
	@PYTHON="$(PYTHON)" sh infra/local/environment.sh .venv dev
	@sh infra/local/environment.sh .tools/sam sam
	@sh infra/local/environment.sh .tools/emulator emulator
	@sh infra/local/environment.sh .tools/datasets datasets

demo: setup  ## deploy to an emulator on this machine, feed it, and ask who works with a child
	@$(RUN) infra.local.demo $(FEED)

demo-closure: setup  ## a whole closure in two minutes: announced, closed mid-traffic, destroyed, certified
	@$(RUN) infra.local.closure_demo

deploy: setup  ## only the emulator and the stack, without the story
	@$(RUN) infra.local.deploy

bench: setup  ## what a request and a start cost: CPU, calls, trips, units, log, size; QUICK=1 with a shorter feed, DOCUMENT=1 for docs
	@$(RUN) tests.bench.requests $(if $(QUICK),--quick) $(if $(DOCUMENT),--document)
	@$(RUN) tests.bench.startup $(if $(DOCUMENT),--document)

bench-matching: setup  ## how good matching is, on public sets and a generated population; QUICK=1 in a minute
	@$(RUN) tests.bench.matching $(if $(QUICK),--quick)

bench-keys: setup  ## how much a lookup reads at 10,000 to 11 million children
	@$(RUN) tests.bench.matching.lookups

bench-system: setup  ## what a lookup takes on the emulator, beside a bare function with one query, at 1, 4 and 8 clients
	@$(RUN) tests.bench.system $(if $(DOCUMENT),--document)

bench-startup: setup  ## how large each built function is, and how long its start takes
	@$(RUN) tests.bench.startup $(if $(DOCUMENT),--document)

bench-trawling: setup  ## how much misuse of a generated year auditors are told of, and how often in vain
	@$(RUN) tests.bench.trawling

bench-national: setup  ## the national service worked out: storage, units, partitions, feeds, destruction; COUNT=1 anew
	@$(RUN) tests.bench.national $(if $(COUNT),--count)

cost: setup  ## what it costs, in pounds, by line: infrastructure only
	@$(RUN) tests.bench.national --cost

weights: setup  ## estimate shared/domain/weights.json again, from the generated population
	@$(RUN) tests.bench.matching.estimate

performance: bench-matching bench-keys  ## all three, and docs/performance.md's tables written anew from them
	@$(RUN) tests.bench.matching.document
	@$(RUN) tests.bench.trawling --document
	@$(RUN) tests.bench.national --count --document

stop:  ## end the emulator and remove what it holds
	@if [ -x .venv/bin/python ]; then $(RUN) infra.local.deploy --stop; else echo "Nothing has been started."; fi

test: setup  ## every test, the end-to-end ones on an emulator of their own
	@echo "Unit, integration and contract tests"
	@$(RUN) pytest -m "not e2e" -n $(WORKERS) --dist worksteal $(PYTEST)
	@echo "End-to-end tests, on an emulator of their own"
	@$(RUN) pytest -m e2e $(PYTEST)
	@echo
	@echo "All tests passed. See it work: make demo"

check: setup  ## ruff, mypy, import-linter, cfn-lint, sam validate
	@echo "ruff"; .venv/bin/ruff check --quiet . && .venv/bin/ruff format --quiet --check .
	@echo "mypy"; .venv/bin/mypy
	@echo "import-linter"; .venv/bin/lint-imports --no-cache --no-logo
	@echo "cfn-lint"; .venv/bin/cfn-lint template.yaml infra/*.yaml
	@echo "sam validate"; SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-west-2 .tools/sam/bin/sam validate --lint

format: setup  ## let ruff put the code in order
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

lock: setup  ## pin every dependency, with hashes, from pyproject.toml
	$(COMPILE) pyproject.toml --output-file requirements/runtime.txt
	$(COMPILE) --group bootstrap --output-file requirements/bootstrap.txt
	$(COMPILE) --group dev --constraints requirements/runtime.txt pyproject.toml --output-file requirements/dev.txt
	$(COMPILE) --group sam --output-file requirements/sam.txt
	$(COMPILE) --group emulator --output-file requirements/emulator.txt
	$(COMPILE) --no-deps --group datasets --output-file requirements/datasets.txt

openapi: setup  ## write docs/openapi.json from the code
	@mkdir -p docs
	@$(RUN) shared.api.openapi > docs/openapi.json.new
	@mv docs/openapi.json.new docs/openapi.json

picture: setup  ## draw docs/architecture.md's picture anew from the template
	@$(RUN) infra.local.picture

clean: stop  ## remove everything that setup, builds and tests left
	@rm -rf .venv .tools .aws-sam .local .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
