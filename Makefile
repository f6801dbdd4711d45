# Every target does its own set-up in .venv. `make demo` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV ?= .venv
BENCH_VENV ?= .venv-bench
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
CUPY_TOOL ?= ../shared/cupy_on_cpu
PYTEST := $(BIN)/python -m pytest

.PHONY: demo test test-slow test-cupy lint bench docs clean
.DEFAULT_GOAL := test

demo: $(VENV)/.demo
	$(BIN)/python examples/tour.py

test: $(VENV)/.test
	$(PYTEST) -n auto -m "not slow"

test-slow: $(VENV)/.test
	$(PYTEST) -m slow

# The CuPy bodies, emulated on the CPU by a tool that may lie beside the repository.
# On a machine with a GPU: pip install ".[test,gpu12]", then IMGPROC_CUPY=real pytest tests/contracts.
test-cupy: .venv-cupy/.cupy
	PYTHONPATH=$(CUPY_TOOL)/.. IMGPROC_CUPY=emulated .venv-cupy/bin/python -m pytest -n auto -m "not slow" tests/contracts

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -q tests/contracts/test_surface.py -k "root or package_files"

bench: $(BENCH_VENV)/.bench
	$(BENCH_VENV)/bin/python -m benchmarks

docs: $(VENV)/.docs
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

clean:
	rm -rf $(VENV) $(BENCH_VENV) .venv-cupy out docs/_build docs/gallery docs/reference
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp for each set of requirements, renewed when they change.
$(VENV)/.demo $(VENV)/.test $(VENV)/.lint $(VENV)/.docs: $(VENV)/.%: pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit('Python 3.11 or newer is needed, got ' + sys.version if sys.version_info < (3, 11) else 0)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable ".[$*]"
	@touch $@

# An environment of its own: torchvision wants the torch that it was built with, which need not be that of the tests.
$(BENCH_VENV)/.bench: pyproject.toml
	test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[bench]"
	@touch $@

.venv-cupy/.cupy: pyproject.toml $(CUPY_TOOL)/requirements.txt
	test -x .venv-cupy/bin/python || $(PYTHON) -m venv .venv-cupy
	.venv-cupy/bin/python -m pip install --quiet --disable-pip-version-check -r $(CUPY_TOOL)/requirements.txt hypothesis pytest-xdist
	.venv-cupy/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@
