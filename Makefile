# Two commands: `make synth` and `make test`. Both set everything up from lock files.
# Needed: Python >= 3.11 with venv, git, make. Nothing is installed outside this folder.

PYTHON ?= python3
UV := .cache/uv/bin/uv
VENV := .venv/bin
BENCH_ROUNDS ?= 5
CLUSTER ?= local
FAST ?= 20
SLOW ?= 5
export UV_PYTHON_DOWNLOADS := never
export CDK8S_CHECK_UPGRADE := false
export npm_config_update_notifier := false

.PHONY: synth test test-fast play flakes check fmt bench clean help
.DEFAULT_GOAL := help

synth: .venv/.ready  ## facts in, dist/ out
	@$(VENV)/python -m schemas.export
	@$(VENV)/python main.py

test: .venv/.ready node_modules/.ready check  ## everything, in the order of what fails fastest
	@echo "test: tools of the proving ground (tests/cluster/tools): compiled the first time" >&2
	@$(VENV)/python -m tests.cluster.tools
	@echo "test: all" >&2
	@$(VENV)/pytest --numprocesses 2 --dist loadgroup

test-fast: .venv/.ready  ## the inner loop: no cluster
	@$(VENV)/pytest --numprocesses 2 -m "not slow and not cluster and not vm"

play: .venv/.ready  ## the platform at a desk, until Ctrl-C
	@$(VENV)/python -m tests.cluster.play $(CLUSTER)

flakes: .venv/.ready node_modules/.ready  ## the suite again and again: which tests fail now and then
	@$(VENV)/python -m tests.flakes --fast $(FAST) --slow $(SLOW) $(ONLY)

check: .venv/.ready
	@echo "check: format, lint, types, layers" >&2
	@$(VENV)/ruff format --check --quiet
	@$(VENV)/ruff check --quiet
	@$(VENV)/mypy --no-error-summary
	@PYTHONPATH=. $(VENV)/lint-imports --no-logo >.cache/layers.txt || { cat .cache/layers.txt; exit 1; }

fmt: .venv/.ready  ## format, and mend what can be mended
	@$(VENV)/ruff check --fix --quiet
	@$(VENV)/ruff format --quiet

bench: .venv/.ready  ## ours beside its peers, in one run
	@UV=$(abspath $(UV)) $(VENV)/python bench/synth/run.py --rounds $(BENCH_ROUNDS)

clean:  ## everything that the lock files bring back
	rm -rf .venv .cache node_modules

help:
	@sed -n 's/^\([a-z-]*\):.*##/  make \1\t/p' Makefile

$(UV): .ci/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Homeground needs Python >= 3.11; this is $$($(PYTHON) --version). Name another: make PYTHON=python3.12" >&2; exit 1; }
	@echo "set-up 1/3: uv" >&2
	@$(PYTHON) -m venv .cache/uv || { echo "python3 -m venv failed: on Debian, apt install python3-venv" >&2; exit 1; }
	@.cache/uv/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement .ci/uv.txt
	@touch $@

.venv/.ready: $(UV) pyproject.toml uv.lock
	@echo "set-up 2/3: Python packages and Node, from uv.lock" >&2
	@$(UV) sync --frozen --quiet --python $(PYTHON)
	@touch $@

node_modules/.ready: .venv/.ready package.json package-lock.json
	@echo "set-up 3/3: cdk8s-cli, from package-lock.json" >&2
	@$(VENV)/npm ci --no-audit --no-fund --loglevel=error
	@touch $@
