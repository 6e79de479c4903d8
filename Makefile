# What a clone needs: Python 3.11 or later, make, git. Works in any folder, without network once it is set up.
#   make demo    rehearse the bundled S campaign and leave the result in demo/
#   make test    everything that must hold
#   make bench   start-up, rehearsal, payouts and more against their bars
#   make lock    write the locks again from pyproject.toml
#   make clean   remove what the above leave behind; .venv stays (rm -r .venv to set up anew)

PYTHON ?= python3
BIN := .venv/bin
SAMPLE := sop_templates/samples/campaigns/double-eleven-2026.yaml

export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Texts are UTF-8 whatever the locale of the shell.
export PYTHONUTF8 := 1
# Prefect's state stays in the project, and a shell that points at a team's server or database does not reach it.
export PREFECT_HOME := $(CURDIR)/.prefect
unexport PREFECT_API_URL PREFECT_API_KEY PREFECT_PROFILE PREFECT_API_DATABASE_CONNECTION_URL
unexport OPSFLOW_DATABASE_URL OPSFLOW_WORKSPACE
# A parent's Python must not leak into ours.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.PHONY: demo test bench lock clean
.DELETE_ON_ERROR:

demo: .venv/.ok
	@"$(BIN)/opsflow" rehearse "$(SAMPLE)" --seed 11 --out demo --force

test: .venv/.ok
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/mypy"
	"$(BIN)/python" -m pytest --numprocesses auto --dist loadscope --no-loadscope-reorder

bench: .venv/.ok
	"$(BIN)/python" -m tests.bench.run

# Both locks hold every platform and every Python from 3.11 on, with hashes, and name no index. Pins that still fit stay.
LOCK = "$(BIN)/uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate

lock: .venv/.ok
	$(LOCK) -o requirements.lock
	$(LOCK) --extra dev -o requirements-dev.lock

clean:
	rm -rf demo build dist .prefect .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# --no-deps: the lock is complete, and pip before 23.3 forgets the pin of `sqlalchemy` when Prefect asks for `sqlalchemy[asyncio]`.
# Debian and Ubuntu may lack ensurepip: then the machine's own pip fills a venv that has none.
.venv/.ok: pyproject.toml requirements-dev.lock Makefile
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "opsflow needs Python 3.11 or later; \"$(PYTHON)\" is $$("$(PYTHON)" --version 2>/dev/null || echo not there)." >&2; \
	  echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@set -e; \
	if [ -x "$(BIN)/python" ] && "$(BIN)/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then :; \
	elif "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null; then "$(PYTHON)" -m venv --clear .venv; \
	elif "$(PYTHON)" -m pip --version >/dev/null 2>&1; then "$(PYTHON)" -m venv --clear --without-pip .venv; \
	else echo "This Python has neither ensurepip nor pip: apt install python3-venv (or python3-pip)." >&2; exit 1; fi
	@set -e; \
	if "$(BIN)/python" -c 'import pip' 2>/dev/null; then set -- "$(BIN)/python" -m pip; \
	else set -- "$(PYTHON)" -m pip --python "$(BIN)/python"; fi; \
	echo "Installing what requirements-dev.lock names into .venv (some minutes the first time) ..."; \
	"$$@" install --quiet --require-hashes --no-deps --no-compile -r requirements-dev.lock
	@"$(BIN)/python" -m pip install --quiet --no-deps --no-build-isolation -e .
	@# pip wrote this folder's absolute name; Python before 3.12 reads it in the shell's locale and dies of a Chinese one.
	@for path in .venv/lib/python*/site-packages/*opsflow*.pth; do echo ../../../.. > "$$path"; done
	@# Without .pyc files every start takes twice as long (performance P6); pip would make them on one processor alone.
	@# What others ship may hold files that are no Python of ours: pip passes over them as well.
	@"$(BIN)/python" -m compileall -q -j 0 .venv/lib/python*/site-packages || :
	@"$(BIN)/python" -m compileall -q -j 0 opsflow flows sop_templates
	@touch .venv/.ok
