# Trustweb: `make run` serves the demo, `make test` runs every test, `make check` the linters.
.DEFAULT_GOAL := help
PY := .venv/bin/python
SITE := .venv/.run
DEV := .venv/.dev

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

.venv/bin/uv: requirements/uv.txt
	python3 -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/uv.txt
	@touch $@

$(SITE): .venv/bin/uv requirements/run.txt pyproject.toml
	.venv/bin/uv pip install --quiet --python $(PY) --require-hashes -r requirements/run.txt
	.venv/bin/uv pip install --quiet --python $(PY) --no-deps -e .
	@touch $@

$(DEV): $(SITE) requirements/dev.txt
	.venv/bin/uv pip install --quiet --python $(PY) --require-hashes -r requirements/dev.txt
	@touch $@

run: $(SITE) ## Serve on http://localhost:8000 (PORT=…); with no carrier's keys set, as the demo
	@export TRUSTWEB_DEMO=$${TRUSTWEB_DEMO-$$( [ -n "$$VONAGE_API_KEY$$VONAGE_APPLICATION_ID" ] && echo 0 || echo 1 )}; exec .venv/bin/trustweb serve

example: $(SITE) ## Start the example app beside `make run`, on http://localhost:5000 (EXAMPLE_PORT=…)
	@$(PY) -m tests.support.clients flask-authlib
	@exec $(PY) examples/start.py

clients: .venv/bin/uv ## Make what the tests with other people's programs need
	$(PY) -m tests.support.clients

test: $(DEV) ## Run every test, with all that they need
	$(PY) -m tests.support.machine
	$(PY) -m tests.support.clients
	$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

quick: $(DEV) ## Run the tests that need no browser, no services and no time: most of them, in two minutes
	$(PY) -m pytest -n 2 --dist loadfile -m "not services and not slow" $(ARGS)

soak: $(DEV) ## Kill workers twenty times over
	$(PY) -m tests.support.machine
	SOAK=20 $(PY) -m pytest tests/serving/test_kill.py -k killed_worker

check: $(DEV) ## Lint, format, types
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

bench: $(DEV) ## Measure sign-ins and pages beside bare Flask
	$(PY) -m tests.bench $(ARGS)

screenshots: $(DEV) ## Photograph every page into screenshots/, and renew docs/images
	$(PY) -m tests.support.machine
	$(PY) -m tests.screenshots

BABEL := .venv/bin/pybabel -q
WORDS := trustweb/translations

translations: $(DEV) ## Collect the sentences, update every language, compile
	$(BABEL) extract -F babel.cfg -k translate -k translate_plural:1,2 --no-location --omit-header --sort-output --no-wrap -o $(WORDS)/messages.pot .
	$(BABEL) update -i $(WORDS)/messages.pot -d $(WORDS) --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BABEL) compile -d $(WORDS)

lock: .venv/bin/uv ## Pin the newest versions of everything
	cd requirements && for f in uv:uv.in run:../pyproject.toml $$(for c in clients/*.in; do echo $${c%.in}:$$c; done); do \
	  ../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade $${f#*:} -o $${f%%:*}.txt; done
	cd requirements && ../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade ../pyproject.toml --group ../pyproject.toml:dev -c run.txt -o dev.txt
	$(PY) -m tests.support.clients lock

.PHONY: help run example clients test quick soak check bench screenshots translations lock
