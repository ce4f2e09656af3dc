# Sparrow. `make` alone lists the targets; each of them runs one command of `sparrow`.

PYTHON ?= python3
BIN := .venv/bin
SPARROW := $(BIN)/sparrow
INSTALL := command -v $(PYTHON) > /dev/null || { \
	echo "Error: there is no $(PYTHON) on PATH; name another Python 3.11 or newer: make setup PYTHON=…" >&2; \
	exit 2; }; $(PYTHON) tools/install.py

# What may be given on make's command line, and the setting or option that it becomes.
ifdef DATASET
export SPARROW_DATASET := $(DATASET)
endif
ifdef SEED
export SPARROW_SEED := $(SEED)
endif
IMPORT := $(if $(FROM),--from "$(FROM)") $(if $(STRICT),--strict)
# Two processes that run tests, one on a single core; a file's tests stay together, and so do the
# servers that they start. More would start a Spark each.
WORKERS := --numprocesses=logical --maxprocesses=2 --dist=loadfile
SYNTH := $(if $(BASE),--base $(BASE)) $(if $(RATINGS),--ratings $(RATINGS)) $(if $(SEED),--seed $(SEED))

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-dev data features embeddings retrieval content samples stats train tune evaluate \
	leaderboard publish pipeline serve demo test check browser bench lock clean

help: ## Show this list.
	@echo "usage: make TARGET [VARIABLE=value …]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: setup ## Everything from data to the first page: http://127.0.0.1:6010
	@$(SPARROW) pipeline
	@SPARROW_DEMO=1 exec $(SPARROW) serve

setup: ## Create .venv with what requirements.lock names. PYTHON=python3.12
	@$(INSTALL) requirements.lock

data: setup ## Fetch and check ratings. DATASET=ml-1m FROM=folder-or-zip STRICT=1 (synthetic: BASE= RATINGS= SEED=)
ifeq ($(DATASET),synthetic)
	@$(SPARROW) data synth $(SYNTH)
else
	@$(SPARROW) data import $(IMPORT)
endif

features: setup ## Features of users, movies and context.
	@$(SPARROW) features

embeddings: setup ## Vectors of movies and users.
	@$(SPARROW) embeddings

retrieval: setup ## The two towers that recall by what a user rated last.
	@$(SPARROW) retrieval

content: setup ## Vectors of what is written on the box.
	@$(SPARROW) content

samples: setup ## Samples for training, validation and test.
	@$(SPARROW) samples

stats: setup ## Statistics tables.
	@$(SPARROW) stats

train: setup ## Train a ranking model. MODEL=name
	@$(SPARROW) train $(if $(MODEL),--model $(MODEL))

tune: setup ## Search hyper-parameters of a model. MODEL=name TRIALS=20 OUT=offline/models/configs.toml
	@$(SPARROW) tune --model $(MODEL) $(if $(TRIALS),--trials $(TRIALS)) $(if $(OUT),--out $(OUT))

evaluate: setup ## Measure a model on the test part. MODEL=name
	@$(SPARROW) evaluate $(if $(MODEL),--model $(MODEL))

leaderboard: setup ## Measure all models, baselines and lists: docs/leaderboard.md. SEEDS=3
	@$(SPARROW) leaderboard $(if $(SEEDS),--seeds $(SEEDS))

publish: setup ## Make a release and let the servers switch to it.
	@$(SPARROW) publish

pipeline: setup ## All steps from data to publish; what has not changed is skipped.
	@$(SPARROW) pipeline

serve: setup ## Serve the pages and the API.
	@$(SPARROW) serve

bench: pipeline setup-dev ## Measure what is claimed about speed and experiments. SIZES="100000 500000 2000000"
	@$(BIN)/python benchmarks/serving.py
	@$(BIN)/python benchmarks/requests.py
	@$(BIN)/python benchmarks/catalogue_growth.py
	@$(BIN)/python benchmarks/training.py
	@$(BIN)/python benchmarks/index.py
	@$(BIN)/python benchmarks/search.py
	@$(BIN)/python benchmarks/posters.py
	@SPARROW_CHROMIUM="$$($(BIN)/python tools/browser.py)" PYTHONPATH=tests/worlds:tests/doubles:tests/browser \
		$(BIN)/python benchmarks/pages.py
	@$(BIN)/python benchmarks/cold_movies.py
	@$(BIN)/python benchmarks/missing_share.py
	@$(BIN)/python benchmarks/experiments.py
	@$(BIN)/python benchmarks/pipeline_scaling.py $(or $(SIZES),100000 500000 2000000)

test: setup-dev ## All tests, with real Spark, TensorFlow, Redis and Chromium. ARGS="-k name"
	@SPARROW_CHROMIUM="$$($(BIN)/python tools/browser.py)" && export SPARROW_CHROMIUM && \
		$(BIN)/python -m pytest $(WORKERS) $(ARGS)

check: setup-dev ## Style, types and who may import whom.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/check_names.py

browser: setup-dev ## Make sure there is a Chromium for the tests.
	@$(BIN)/python tools/browser.py

setup-dev: ## Like setup, with the tools for tests and checks.
	@$(INSTALL) requirements-dev.lock

lock: ## Resolve both lock files anew from pyproject.toml.
	@$(PYTHON) tools/lock.py

clean: ## Remove all that was built, users' events included; downloads and .venv stay.
	rm -rf data/tables data/work data/releases data/redis data/spark data/java
	rm -rf build dist artifacts .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
