# The commands of this project. `make run` and `make test` need nothing but Python 3.10 or 3.11 with pip.
PORT ?= 5005
HOST ?= 127.0.0.1
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
BOT := .venv/bin/python -W ignore -m bot.cli
export UV_PYTHON_DOWNLOADS := never
export RASA_TELEMETRY_ENABLED := false
export PYTHONWARNINGS := ignore

.PHONY: run chat train check test test-fast evaluate bench setup
run: setup        ## serve at http://127.0.0.1:5005 (HOST=, PORT= to change)
	@$(BOT) run --host $(HOST) --port $(PORT)
chat: setup       ## talk in the terminal
	@$(BOT) chat
train: setup      ## train a model for the present data/
	@$(BOT) train
check: setup      ## every rule about data/, in a second or two
	@$(BOT) check
test: setup       ## the whole test suite
	@.venv/bin/python -m pytest
test-fast: setup  ## the tests that need no model, in seconds
	@.venv/bin/python -m pytest -m "not model"
evaluate: setup   ## right, wrong, no answer, choice on questions no author wrote; reading grade
	@.venv/bin/python -W ignore -m bot.evaluate $(ARGS)
bench: setup      ## speed and size, beside a stock `rasa init` bot
	@.venv/bin/python -W ignore -m bot.bench

setup: .venv/.ready
.venv/.ready: pyproject.toml uv.lock | uv
	@echo "Setting up .venv (one to three minutes the first time) ..."
	@$(UV) sync --frozen --compile-bytecode
	@touch $@
.PHONY: uv
uv:
	@command -v $(UV) >/dev/null || { echo "Getting uv into .uv ..."; python3 -m pip install --quiet --root-user-action=ignore --disable-pip-version-check --target .uv uv==0.13.9; }
