# One command each; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin
# two files at a time; first what needs no PBX, no browser and kills nothing
TESTS := $(patsubst %/__init__.py,%,$(wildcard tests/*/__init__.py))
# left out of the quick check: they start the command line or draw whole reports
SLOW := tests/unit/edge tests/unit/reports tests/scenarios/test_reports.py

.PHONY: run call test check format lint types unit regulation bench proofs mutants lock clean help install-run install-test

run: install-run ## Start the demonstration: program, SQLite, a real Asterisk where the machine allows one: make run [PORT=8080]
	@exec $(BIN)/callcenter demo $(if $(PORT),--port $(PORT))

call: ## Place a real call to the demonstration's hotline: make call [KIND=answered|abandoned|hidden|known]
	@exec $(BIN)/callcenter demo-call $(or $(KIND),answered)

test: install-test ## Run every check: format, lint, types, imports, and all tests, real Asterisk and browser included
	$(MAKE) --no-print-directory lint types
	cd callcenter/web/frontend && npm run --silent check
	$(BIN)/python -m pytest -n 2 --dist loadfile $(filter-out tests/asterisk tests/browser tests/crash,$(TESTS))
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/asterisk tests/browser tests/crash

check: install-test ## The quick part of the checks, under a minute: format, lint, types, imports, unit tests
	$(MAKE) --no-print-directory lint types
	$(BIN)/python -m pytest -q -n 2 --dist loadfile $(addprefix --ignore=,$(SLOW)) tests/unit tests/scenarios tests/architecture/test_imports.py

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

format: install-test ## Put every file into the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

regulation: install-test ## Print each clause of the regulation with the tests that prove it
	@$(BIN)/python -m pytest tests -q --collect-only --regulation

bench: install-test ## Measure: ratios in one run, beside bare libraries (BENCH_TICKETS=1000000 for the large house)
	PYTHONPATH=asterisk-sample $(BIN)/python -m tests.bench

proofs: install-test ## Prove the dialer in full: 200 kills on each database and a real Asterisk, 10,000 callbacks in a race (half an hour)
	CALLCENTER_KILLS=200 $(BIN)/python -m pytest -q tests/crash/test_crash.py
	CALLCENTER_RACE=10000 $(BIN)/python -m pytest -q tests/crash/test_race.py
	CALLCENTER_PBX_KILLS=200 $(BIN)/python -m pytest -q tests/asterisk/test_callback_crash.py

mutants: install-test ## Change the dialer's code in a thousand ways and see which changes no test notices: make mutants [ONLY='sla.*']
	$(BIN)/python -m mutmut run $(or $(ONLY),'dialer.*')
	$(BIN)/python -m mutmut results

lock: install-test ## Resolve the pinned, hashed lock files anew (needs uv)
	uv pip compile -q --generate-hashes --no-emit-index-url --universal --python-version 3.11 --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile -q --generate-hashes --no-emit-index-url --universal --python-version 3.11 --custom-compile-command "make lock" --extra dev pyproject.toml -o requirements-dev.lock
	printf 'hatchling>=1.27\neditables>=0.5\n' | uv pip compile -q --generate-hashes --no-emit-index-url --universal --python-version 3.11 --custom-compile-command "make lock" - -o requirements-build.lock

clean: ## Remove what was built and the demonstration's state (the PBX in the cache stays)
	rm -rf .venv var dist mutants callcenter/web/static/build callcenter/web/frontend/node_modules

install-run:
	@./setup.sh run

install-test:
	@./setup.sh test

help: ## List these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'
