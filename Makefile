# `make help` lists what there is. Everything happens in .venv, made on first use; PYTHON names the interpreter for it.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready

.DEFAULT_GOAL := help

.PHONY: help
help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check 'pip>=24.1'  # tells how far a download is
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[test,browser]'
	@touch $@

.PHONY: model
model: $(READY)  ## get the embedding model (83 MB, once)
	@$(VENV)/bin/jupyter memo setup

.PHONY: demo
demo: model  ## run the main job on the quickstart notebook and show what a person would see
	@$(PY) scripts/demo.py notebooks/quickstart.ipynb

.PHONY: lab
lab: model  ## open the quickstart notebook in JupyterLab
	@mkdir -p notebooks/.memo  # its own store, beside it
	@$(VENV)/bin/jupyter lab notebooks/quickstart.ipynb

.PHONY: check
check: $(READY)  ## ruff, mypy and the rules of the house: fast
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(PY) -m pytest -q tests/unit/test_layers.py

.PHONY: test
test: model  ## all tests
	@$(PY) -m pytest -m "not long" --ignore tests/browser --durations 20
	@$(PY) -m pytest tests/browser  # in a process of its own: playwright leaves an event loop running

.PHONY: test-long
test-long: model  ## all tests, with the big counts
	@$(PY) -m pytest --ignore tests/browser
	@$(PY) -m pytest tests/browser

.PHONY: llama-server
llama-server: $(READY)  ## build llama.cpp's server for the tests (10 to 16 minutes, once, kept in the user's cache)
	@$(PY) -m pip install --quiet --disable-pip-version-check cmake ninja
	@$(PY) scripts/build_llama_server.py

.PHONY: llama
llama: $(READY)  ## build llama-cpp-python for GGUF files (5 to 10 minutes, once, kept in the user's cache)
	@$(PY) scripts/build_llama_cpp_python.py

.PHONY: bench
bench: model  ## measure, and print tables
	@$(PY) benchmarks/load_ext.py
	@$(PY) benchmarks/ask_overhead.py
	@$(PY) benchmarks/language_model.py --n 10000
	@$(PY) benchmarks/remember.py
	@$(PY) benchmarks/many.py
	@$(PY) benchmarks/embedding.py
	@$(PY) benchmarks/documents.py
	@$(PY) benchmarks/hints.py
	@$(PY) benchmarks/opening.py
	@$(PY) benchmarks/rebuild.py --n 20000  # 100,000 take five minutes

.PHONY: clean
clean:  ## remove the virtual environment and what tools left behind
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
