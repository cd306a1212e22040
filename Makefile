# make setup  the environment alone, in .venv
# make demo   first ghost text in a terminal: sets up, then fills three holes with the embedded model
# make test   every test that needs no GPU and no editor
# make coverage  make test, and which lines it ran: fails where too few did
# make soak   the same under load, for MINUTES (10), and fuzzed; figures in build/soak
# make e2e    the editors' plugins, in the real editors: the first time it fetches them (1.5 GB)
# make walkthroughs  every page of docs/walkthroughs, followed from a clean start
# make vsix   the VS Code extension, as one file in dist
# make dist   wheel, sdist and .vsix of one version in dist, tried in empty environments
# make check  lint, format, strict types
# make bench  the measured claims
# make model  train the embedded model again, in OUT: hours, on two cores; call it again to go on
# make ship   put MODEL in its place if it is better, and renew card, scorecard, latency and README:
#             SOURCE (held-out projects), CORPUS (RUN/corpus), HUMANEVAL (its files), FORCE=1; an hour
# make figures  those pages again, from the figures on record
#
# PYTHON       the interpreter to build the environment with (3.11 or newer)
# TORCH_INDEX  an index with a CPU build of torch, where the default one would bring CUDA
# pip's own PIP_* settings are honoured.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# --no-loadscope-reorder: in the order of their names, which begins with the slow ones of e2e
TESTS := -m "not gpu and not editor and not soak and not walkthrough" -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: setup demo test coverage soak e2e walkthroughs vsix dist check format bench model ship figures clean

setup: $(STAMP)

demo: $(STAMP)
	@$(BIN)/python scripts/demo.py

test: $(STAMP)
	$(BIN)/python -m pytest $(TESTS)

coverage: $(STAMP)
	@rm -rf build/coverage
	@mkdir -p build/coverage
	$(BIN)/coverage run -m pytest $(TESTS)
	@$(BIN)/coverage combine -q
	@$(BIN)/python scripts/check_coverage.py

soak: $(STAMP)
	DIFFGEM_SOAK_MINUTES=$(or $(MINUTES),10) DIFFGEM_SOAK_OUT=build/soak \
		$(BIN)/python -m pytest -m soak -s tests/soak

e2e: $(STAMP)
	@scripts/e2e-setup
	DIFFGEM_E2E=required $(BIN)/python -m pytest -m editor tests/e2e

walkthroughs: $(STAMP)
	@scripts/e2e-setup
	DIFFGEM_E2E=required $(BIN)/python -m pytest -m walkthrough -s --durations=0 tests/walkthroughs

vsix: $(STAMP)
	@scripts/vsix

dist: $(STAMP)
	@TORCH_INDEX="$(TORCH_INDEX)" $(BIN)/python scripts/release

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)
	$(BIN)/diffgem-engine bench

model: $(STAMP)
	$(BIN)/python scripts/train_embedded.py --out $(or $(OUT),build/embedded) $(if $(MINUTES),--minutes $(MINUTES))

ship: $(STAMP)
	$(BIN)/python scripts/ship.py $(if $(SOURCE),--source $(SOURCE)) \
		$(if $(CORPUS),--corpus $(CORPUS)) $(if $(MODEL),--model $(MODEL)) \
		$(if $(HUMANEVAL),--humaneval $(HUMANEVAL)) $(if $(FORCE),--force)

figures: $(STAMP)
	$(BIN)/python scripts/ship.py --pages

clean:
	rm -rf $(VENV) build dist

$(STAMP): pyproject.toml constraints.txt scripts/setup
	@TORCH_INDEX="$(TORCH_INDEX)" scripts/setup $(VENV) $(PYTHON)
	@touch $@
