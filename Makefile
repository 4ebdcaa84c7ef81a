# Two commands for a fresh machine with Python 3.11 or newer: `make demo` and `make test`.
# Both set up a virtual environment of their own, with the exact versions of constraints.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check quick bench bench-live mutants kill-trial trials fuzz clean

demo: $(VENV)/.ready
	$(BIN)/b12watch demo $(ARGS)

# Without a broker in two processes, then with one in two, a file at a time in each.  Exit code 5: of what ARGS names there is none here.
test: check $(VENV)/.ready-dev
	$(BIN)/python -m pytest -m "not kafka" -n 2 $(ARGS) || [ $$? -eq 5 ]
	$(BIN)/python -m pytest -m kafka -n 2 --dist loadfile $(ARGS) || [ $$? -eq 5 ]

# Formatting, lint, types and the direction of imports.
check: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The tests that need no real broker.
quick: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -m "not kafka" $(ARGS)

# How fast it is on this machine: figures for people, no test.  Some minutes; ARGS="--patients 1000" for fewer.
bench: $(VENV)/.ready
	$(BIN)/python -m benchmarks $(ARGS)

# Treatment on a real Kafka: throughput, restart, event to alert.  ARGS="--patients 2000" for less.
bench-live: $(VENV)/.ready-dev
	$(BIN)/python -m benchmarks.live $(ARGS)

# Whether the tests notice each changed comparison and threshold of the domain; ARGS="--quick" tries 200 of them.
mutants: $(VENV)/.ready-dev
	$(BIN)/python -m tests.mutation_check $(ARGS)

# Workers killed hundreds of times while 300 000 messages come, on a real Kafka; ARGS="--events 20000 --each 3" for less.
kill-trial: $(VENV)/.ready-dev
	$(BIN)/python -m tests.kill_trial $(ARGS)

# The other long trials on a real Kafka: zombies, broker faults, a storm of rebalances, wrong clocks.  Some 40 minutes.
trials: $(VENV)/.ready-dev
	for trial in zombies broker rebalances clocks; do $(BIN)/python -m tests.trials $$trial $(ARGS) || exit 1; done

# Whether some bytes break a codec: make fuzz ARGS="fhir --seconds 600 --corpus FOLDER"; without a TARGET it names them.
fuzz: $(VENV)/.ready-fuzz
	$(BIN)/python -m tests.fuzz $(ARGS)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "b12watch needs Python 3.11 or newer; found: $$($(PYTHON) --version). Try: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.ready-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(VENV)/.ready $@

$(VENV)/.ready-fuzz: $(VENV)/.ready-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,fuzz]'
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
