# One entry for every chore. `make help` lists them.
VENV := .venv
comma := ,
STAMP := $(VENV)/.installed
LOCKS := requirements/run.txt requirements/dev.txt
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

# The first Python that the locks are made for; PYTHON=... chooses another.
PYTHON ?= $(shell for found in python3 python3.13 python3.12 python3.11; do \
	$$found -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$found && break; done)

.DEFAULT_GOAL := help
.PHONY: help install run test check texts lock demo journey bench bench-all load search-changes race kills cluster chaos rolling fuzz browser
.PHONY: backup restore clean

help:  ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "Settings such as PORT, INSTANCE_PATH and DATABASE_URL come from the environment or .env (see .env.example)."

install: $(STAMP)  ## Create .venv with exactly the locked packages (no-op when up to date)

$(STAMP): $(LOCKS)
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11, 3.12 or 3.13 was not found: install one, or name it with PYTHON=/path/to/python3 make install" >&2; exit 1; fi
	@$(PYTHON) requirements/install.py $(VENV) $(LOCKS)
	@touch $(STAMP)

run: install  ## Start everything: database, demo data, web, worker, beat and mailbox (Ctrl-C stops)
	@exec python -m airbnb.cli.start

test: install  ## Run every check and every test, on SQLite and on MariaDB with Redis
	@exec python -m tests.run

check: install  ## Run format, lint, types and import contracts only
	@exec python -m tests.run --checks

texts: install  ## Bring the catalogues of texts up to date with the code, and say what is not translated
	@exec flask --app wsgi translations update

demo: install  ## Walk through the whole life of a booking against the running server
	@exec flask --app wsgi demo journey

journey: install  ## Let a stay be paid by Stripe with 3-D Secure and one by PayPal's pages, to the host's money and the ledger
	@exec python -m tests.journeys.pay

bench: install  ## Measure search as ratios taken in one run, in 5 minutes (FULL=1: a million listings, docs/performance.md)
	@exec python -m benchmarks.search $(if $(FULL),--sizes 10000$(comma)100000$(comma)1000000 --sqlite 100000 --write)

bench-all: install  ## Measure everything that the documents state, requests, bookings and calendars too
	@exec python -m benchmarks

load: install  ## Let visitors search, look, book and read on 100,000 listings, at 70 % of what this machine takes
	@exec python -m benchmarks market

search-changes: install  ## Compare search with its sources after 10,000 random changes, on SQLite and on MariaDB
	@SEARCH_CHANGES=10000 python -m pytest -q --timeout 0 tests/services/test_search_random_changes.py
	@SEARCH_CHANGES=10000 exec python -m tests.run --on mariadb tests/services/test_search_random_changes.py

race: install  ## Race bookings, holds, payments and crashes between two web processes, 10,000 attempts and more
	@python -m tests.concurrency.race
	@exec python -m tests.concurrency.race --mariadb

kills: install  ## Kill web and worker at 72 named points with 3 seeds, then providers' events in 48 orders, on MariaDB
	@python -m tests.faults.kills
	@exec python -m tests.faults.webhook_orders

backup: install  ## Save the database and the files into a new folder of TO (backups by default) while others work
	@exec flask --app wsgi backup create $(or $(TO),backups)

restore: install  ## Load the backup FROM into an empty database and file store, and prove it
	@exec flask --app wsgi backup restore $(FROM)

lock: install  ## Resolve requirements/*.in anew into hashed locks
	@for name in run dev browser; do \
		echo "Resolving requirements/$$name.in"; \
		uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-emit-find-links requirements/$$name.in -o requirements/$$name.txt \
			--custom-compile-command "make lock" || exit 1; \
	done

cluster: install  ## Run everything on a three-node Galera cluster and Redis with sentinels, on this machine (Ctrl-C stops)
	@exec python -m tests.faults.cluster

chaos: install  ## Break a whole cluster at random under load for MINUTES (10) with a SEED (1), then prove every invariant
	@exec python -m tests.faults.chaos --minutes $(or $(MINUTES),10) --seed $(or $(SEED),1)

rolling: install  ## Replace the release before the newest migration and go back, under load, both together for MINUTES (10)
	@exec python -m tests.faults.rolling --minutes $(or $(MINUTES),10) --seed $(or $(SEED),1)

browser: install  ## Drive the dashboard in Chromium: sign-in with a second factor, lists
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -qq && apt-get install -y -qq chromium; } \
		|| { echo "Chromium is missing: install the package 'chromium' so that /usr/bin/chromium is there" >&2; exit 1; }
	@python -c 'import playwright' 2>/dev/null || python -m pip install --quiet --require-hashes --no-deps -r requirements/browser.txt
	@exec python -m pytest -q tests/browser

fuzz: install  ## Try 140,000 random prices, refunds and conversions, then 20,000 generated requests as each role
	@MONEY_CASES=$${MONEY_CASES:-20000} python -m pytest -q -n 2 --timeout 0 tests/domain/test_money_properties.py
	@API_CASES=$${API_CASES:-20000} exec python -m pytest -q -s --timeout 0 tests/api/test_contract.py

clean:  ## Remove .venv and caches; the instance folder with its data stays
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis htmlcov
	@rm -f .coverage .coverage.*
	@find . -path ./instance -prune -o -type d -name __pycache__ -print0 | xargs -0 rm -rf
