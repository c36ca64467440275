# Everything a newcomer types. Needs only Python 3.11, make and git; the rest is set up below.
.DEFAULT_GOAL := help
.PHONY: help run test check train bench lock clean environment-run environment-dev environment-nlu linted trained

PYTHON = python=$$(scripts/find-python) || exit 1; $$python
SET_UP = $(PYTHON) scripts/set_up.py

# Rasa's own environment is the second one: it must not see what the shell points Python to.
unexport PYTHONPATH PYTHONHOME
# Every test process and every server a test starts would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE
# Two environments are set up side by side, and the code is linted beside the training: each leaves a core idle.
MAKEFLAGS += --jobs=2

help: ## this list
	@echo "Front Door. What you can type:"
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

run: environment-run environment-nlu ## set up what is missing, train, open http://127.0.0.1:8080
	@.venv/bin/frontdoor train
	@.venv/bin/frontdoor serve

test: linted trained ## set up what is missing and pass every test
	.venv/bin/pytest -n 2 --dist loadfile

check: linted ## the quick part: lint, types, tests without a database or a server (about a minute)
	.venv/bin/pytest -q -n 2 --dist loadfile -m "not slow" tests/test_imports.py tests/county tests/flows tests/nlu

train: environment-run environment-nlu ## train the language model, if anything it is made from has changed
	@.venv/bin/frontdoor train

bench: trained ## measure it beside its peers, into bench/results/
	@.venv/bin/frontdoor bench

lock: ## look up the newest allowed packages again and rewrite all three locks
	@$(PYTHON) scripts/lock.py

linted: environment-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

trained: environment-dev environment-nlu
	@.venv/bin/frontdoor train

clean: ## remove environments, models and caches (never data/)
	rm -rf .venv .venv-nlu models build frontdoor.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .rasa test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment-run:
	@$(SET_UP) .venv requirements.lock --superset requirements-dev.lock --editable

environment-dev:
	@$(SET_UP) .venv requirements-dev.lock --editable

environment-nlu:
	@$(SET_UP) .venv-nlu nlu/requirements.lock --other-python --prune nlu/prune.txt
