# CIFAR Teach. `make` alone lists the targets; `make course` and `make test` are the two that matter.
#
# Every target that needs Python makes its environment first (.venv, from requirements.lock): with uv where
# it is installed, otherwise with venv and pip. Outside this folder only the package cache of uv or pip changes.

VENV   := .venv
OLDEST := .venv-oldest
COLAB  := .venv-colab
BUILD  := _build
PYTHON := $(VENV)/bin/python

# The Python to build an environment with; empty means the first suitable one on this machine.
BASE_PYTHON ?=
# Tests run in this many processes at a time; each may use a GiB or two.
WORKERS ?= 2
# More arguments for pytest, for example: make test PYTEST_ARGS="-k synthetic"
PYTEST_ARGS ?=

export BASE_PYTHON
export TF_CPP_MIN_LOG_LEVEL ?= 2
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help course book test lint format exercises benchmarks oldest colab environment lock clean FORCE

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

course: environment ## Run the whole course on the data at hand, write the report, build the book
	@$(VENV)/bin/cifar-teach run --profile quick --ensemble --sizes 500 --out $(BUILD)/course
	@$(MAKE) --no-print-directory book
	@printf 'The report of the run is beside it:\n  %s\n' "$(CURDIR)/$(BUILD)/course/report.html"

# -W: a warning is an error. -n: so is a reference to nothing.
book: environment ## Build the book; its pages are run on the data at hand, and only those that have changed
	@echo "==> Book"
	@$(VENV)/bin/jupyter-book build book --config _config.yml --path-output . -W -n --keep-going
	@printf '\nThe book is ready. Open this file in a browser:\n  %s\n' "$(CURDIR)/$(BUILD)/html/index.html"

test: lint ## Check the style and run every test
	@echo "==> Tests"
	@$(PYTHON) -m pytest --numprocesses $(WORKERS) --dist loadscope $(PYTEST_ARGS)

lint: environment ## Check the style with ruff, and that the generated notebooks are up to date
	@echo "==> Style"
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(VENV)/bin/cifar-teach build --check

format: environment ## Put the style right where ruff can
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

exercises: environment ## Make the notebooks of the exercises and of the book from their sources
	@$(VENV)/bin/cifar-teach build

benchmarks: environment ## Measure the published numbers anew (needs real CIFAR-10 in CIFAR_TEACH_DATA)
	@$(PYTHON) -m benchmarks.scratch
	@$(PYTHON) -m benchmarks.transfer --bundle
	@$(PYTHON) -m benchmarks.doubt
	@$(PYTHON) -m benchmarks.checks
	@$(PYTHON) -m benchmarks.routes
	@$(PYTHON) -m benchmarks.grading
	@$(PYTHON) -m benchmarks.grading_kills
	@$(PYTHON) -m benchmarks.intake_fuzz
	@$(PYTHON) -m benchmarks.tracking
	@$(PYTHON) -m benchmarks.dashboard
	@$(PYTHON) -m benchmarks.apps
	@$(PYTHON) -m benchmarks.speed
	@$(PYTHON) -m benchmarks.readme_table

oldest: $(OLDEST)/.ready ## Run the quick tests on the oldest supported versions
	@echo "==> Tests on the oldest supported versions"
	@$(OLDEST)/bin/python -m pytest --numprocesses $(WORKERS) --dist loadscope -m "not slow" -p no:cacheprovider $(PYTEST_ARGS)

colab: $(COLAB)/.ready ## Run every solution notebook, and those of the book, on the versions that Colab has
	@echo "==> Solution notebooks on the versions of Colab"
	@$(COLAB)/bin/cifar-teach check solutions/*/*.ipynb
	@echo "==> Notebooks of the book on the versions of Colab"
	@$(COLAB)/bin/python tests/colab/run_twins.py

environment: $(VENV)/.ready ## Make .venv, or bring it up to date

lock: ## Resolve requirements.txt anew into both lock files (needs uv)
	@uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
		--annotation-style line --custom-compile-command "make lock" \
		--output-file requirements.lock requirements.txt
	@uv pip compile --quiet --upgrade --python-version 3.11 --resolution lowest-direct --extra test --extra tracking \
		--annotation-style line --custom-compile-command "make lock" \
		--output-file requirements-oldest.lock pyproject.toml
	@uv pip compile --quiet --upgrade --python-version 3.11 \
		--annotation-style line --custom-compile-command "make lock" \
		--output-file requirements-colab.lock requirements-colab.txt

clean: ## Remove everything that make has made
	@rm -rf $(BUILD) $(VENV) $(OLDEST) $(COLAB) .pytest_cache .ruff_cache
	@find cifar_teach tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp holds the folder it was made in: an environment does not survive being moved or copied elsewhere.
define environment_in
ifneq ($$(shell cat $(1)/.ready 2>/dev/null),$$(CURDIR))
$(1)/.ready: FORCE
endif
$(1)/.ready: $(2) pyproject.toml .ci/environment
	@sh .ci/environment $(1) $(2) $(3)
	@printf '%s\n' "$$(CURDIR)" > $$@
endef

$(eval $(call environment_in,$(VENV),requirements.lock,3.11 3.14))
$(eval $(call environment_in,$(OLDEST),requirements-oldest.lock,3.11 3.13))
$(eval $(call environment_in,$(COLAB),requirements-colab.lock,3.11 3.14))
