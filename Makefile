PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STUDENTS ?= 60
SAMPLE := build/sample-class
RESULTS := build/sample-results
OTHER := build/other-python
# Errors only: a warning of pip's says nothing that a newcomer could act on.
PIP_INSTALL := -m pip install -qq --disable-pip-version-check

.PHONY: setup grade test test-other lint clean

setup: $(VENV)/.ready
	@echo "Ready. Type: . $(BIN)/activate && autograder next"

# torch first, pinned and CPU only: left to a range, pip would fetch gigabytes of CUDA.
$(VENV)/.ready: pyproject.toml
	$(call need-python)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP_INSTALL) torch==2.13.0
	@$(BIN)/python $(PIP_INSTALL) --editable '.[jupyter,grading,torch,data,networks,dev]'
	@touch $@

# Says which Python is needed, and which was found, before anything is fetched.
define need-python
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, and $(PYTHON) is " \
+ sys.version.split()[0] + ". Name another: make setup PYTHON=python3.12")'
endef

# A class made from the course itself, graded with the real command.
grade: $(VENV)/.ready
	rm -rf $(SAMPLE) $(RESULTS)
	$(BIN)/autograder sample $(SAMPLE) --students $(STUDENTS)
	$(BIN)/autograder grade $(SAMPLE) --output $(RESULTS) --jobs 2

# Each file stays on one worker: what it starts (a server, a cluster, a class) is started once. Containers have a process of
# their own: they end slowly where the attacks have run before them. The workers share the cores, so each has one thread.
test test-other: export OPENBLAS_NUM_THREADS := 1
test test-other: export OMP_NUM_THREADS := 1
test: $(VENV)/.ready
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore=tests/sandbox/test_container.py
	$(BIN)/python -m pytest tests/sandbox/test_container.py

# The machinery and two units on another Python: make test-other PYTHON=python3.13
test-other:
	$(call need-python)
	@$(PYTHON) -m venv --clear $(OTHER)
	@$(OTHER)/bin/python $(PIP_INSTALL) --editable '.[grading,dev]'
	$(OTHER)/bin/python -m pytest -n 2 --dist loadfile --ignore=tests/sandbox/test_container.py \
		tests/sandbox tests/intake tests/grading tests/attacks tests/checks
	$(OTHER)/bin/python -m pytest tests/course/test_course_units.py -k 'neurons or activations'

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/autograder build --check

clean:
	rm -rf build $(VENV)
