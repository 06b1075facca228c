PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := build/sample-class
RESULTS := build/sample-results

.PHONY: setup grade test lint clean

setup: $(VENV)/.ready

# torch first, pinned and CPU only: left to a range, pip would fetch gigabytes of CUDA.
$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[jupyter,grading,torch,dev]'
	touch $@

# A class of 60 made from the course itself, graded with the real command.
grade: setup
	rm -rf $(SAMPLE) $(RESULTS)
	$(BIN)/autograder sample $(SAMPLE)
	$(BIN)/autograder grade $(SAMPLE) --output $(RESULTS) --jobs 2

# Each file stays on one worker: what it starts (a server, a cluster, a class) is started once. Containers have a process of
# their own: they end slowly where the attacks have run before them.
test: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore=tests/sandbox/test_container.py
	$(BIN)/python -m pytest tests/sandbox/test_container.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/autograder build --check

clean:
	rm -rf build $(VENV)
