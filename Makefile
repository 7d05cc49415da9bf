# SPDX-License-Identifier: GPL-3.0-or-later
# Two commands do everything: `make run` and `make test`.

PREFIX ?= /usr/local
DESTDIR ?=
# The Swift runtime goes into the program where the toolchain has it as archives: it then runs without the toolchain. It looks for shared libraries in
# lib/nnft beside bin/nnft first, where packages put them; a path of the old kind, because it holds for the libraries of libraries too.
SWIFT_BIN := $(dir $(realpath $(shell command -v swiftc 2>/dev/null)))
STATIC := $(if $(wildcard $(SWIFT_BIN)../lib/swift_static/linux/libswiftCore.a),--static-swift-stdlib -Xlinker --disable-new-dtags -Xlinker -rpath -Xlinker '$$ORIGIN/../lib/nnft')
export NNFT_COMMIT := $(shell git describe --always --dirty 2>/dev/null || echo unrecorded)

TEST_BUILD = -c release --disable-xctest --scratch-path .build-test
TEST = swift test $(TEST_BUILD)

BENCH_PYTHON = $(firstword $(wildcard .bench-env/bin/python) python3)

.PHONY: help run build test test-build test-coverage test-ecosystem test-planted test-fuzz fuzz-smoke test-kills test-restarts build-mpi test-mpi test-slurm reference-swift bench bench-smoke dist wheel reference install dependencies format lint clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | column -t -s '|' 2>/dev/null || grep '##' Makefile

dependencies:
	@Scripts/install-dependencies.sh

run: build ## install what is missing, build, print the correlator table of the Cos-net
	@.build/release/nnft correlate cos-net --format text

build: dependencies ## install what is missing and build
	swift build -c release $(STATIC)

test: dependencies ## install what is missing, build and run all tests
	$(TEST)

test-build: dependencies ## build the tests and run none
	swift test list $(TEST_BUILD) > /dev/null

test-coverage: dependencies ## how often error bars of interacting ensembles and posteriors cover exact values (hours; NNFT_COVERAGE=tempering: some cells)
	NNFT_COVERAGE=$${NNFT_COVERAGE:-all} $(TEST) --filter 'InteractingCoverageTests|PosteriorCoverageTests'

test-ecosystem: build .ecosystem-env/installed ## read the outputs with h5py, NumPy, pandas and pyerrors; test the Python package; run the examples
	.ecosystem-env/bin/python -m pytest -q -p no:cacheprovider Tests/Ecosystem
	.ecosystem-env/bin/python -m pytest -q -p no:cacheprovider Python/tests
	.ecosystem-env/bin/mypy --config-file Python/pyproject.toml Python/src

reference: reference-swift .ecosystem-env/installed ## API reference: dist/reference (Python), dist/reference-swift.doccarchive
	.ecosystem-env/bin/pdoc --docformat google --output-directory dist/reference nnft

reference-swift: build ## API reference of the library by DocC; names that lead nowhere are errors
	Scripts/swift-reference.sh .build/release

.ecosystem-env/installed: Tests/Ecosystem/requirements.txt Python/pyproject.toml
	python3 -m venv .ecosystem-env
	.ecosystem-env/bin/pip install --quiet -r $< --editable './Python[all]'
	touch $@

bench: build .bench-env/installed ## time nnft and its peers in turn: Benchmarks/results.tsv and results.svg
	.bench-env/bin/python Benchmarks/bench.py -o Benchmarks/results.tsv --plot Benchmarks/results.svg

bench-smoke: build ## see in seconds that the benchmarks run; absent peers are left out (needs numpy)
	$(BENCH_PYTHON) Benchmarks/bench.py --smoke

test-planted: dependencies ## plant wrong formulas in a scratch copy and see nnft validate find them (an hour)
	python3 Tests/Planted/planted.py

test-fuzz: build ## feed the program 2000 mutated theories, points, results and command lines (some minutes)
	python3 Tests/Fuzz/fuzz.py --seed $(or $(SEED),1)

fuzz-smoke: build ## the same with 150 inputs, in a minute
	python3 Tests/Fuzz/fuzz.py --count 150

test-kills: build ## kill runs of every kind 500 times at random and see them end in the same bytes (half an hour; KILLS=10 of each)
	python3 Tests/Kills/kills.py --kills $(or $(KILLS),50) --seed $(or $(SEED),1)

test-restarts: build build-mpi ## the same runs with all numbers of threads, shards and ranks, interrupted or not: equal bytes (an hour)
	python3 Tests/Restarts/restarts.py --mpi .build-mpi/release/nnft

build-mpi: ## the program with Open MPI, for runs over several machines: .build-mpi/release/nnft
	@Scripts/install-dependencies.sh mpi
	swift build -c release --traits MPI --product nnft --scratch-path .build-mpi

test-mpi: build-mpi ## runs over ranks of Open MPI on this machine: equal bytes, a killed rank, faults (minutes)
	Tests/MPI/mpi.sh .build-mpi/release/nnft

test-slurm: build ## run an array of jobs on a Slurm of this machine alone, kill, requeue, drain, and compare bytes (root; Debian packages)
	Tests/Slurm/slurm.sh .build/release/nnft

.bench-env/installed: Benchmarks/requirements.txt
	python3 -m venv .bench-env
	.bench-env/bin/pip install --quiet -r $<
	touch $@

dist: build ## tarball and Debian package that need neither toolchain nor libraries: dist/
	packaging/dist.sh

wheel: build ## Python wheel that carries program and libraries: dist/
	packaging/wheel.sh

install: build ## install binary, man page and completions under PREFIX (default /usr/local)
	install -D -m 755 .build/release/nnft $(DESTDIR)$(PREFIX)/bin/nnft
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d $(DESTDIR)$(PREFIX)/share/man/man1
	.build/release/nnft --generate-completion-script bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/nnft
	.build/release/nnft --generate-completion-script zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_nnft
	.build/release/nnft --generate-completion-script fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/nnft.fish
	@if python3 -c '' 2>/dev/null; then packaging/manual .build/release/nnft > $(DESTDIR)$(PREFIX)/share/man/man1/nnft.1; else echo "no python3: no man page"; fi
	@case ":$$PATH:" in *":$(PREFIX)/bin:"*) ;; *) echo "nnft is in $(PREFIX)/bin, which is not on the PATH: export PATH=$(PREFIX)/bin:\$$PATH" ;; esac

format: ## format all Swift sources in place
	swift format --in-place --recursive --parallel Package.swift Sources Theories Validation Tests Benchmarks docs/adding/skeletons

lint: ## check the format of all Swift sources
	swift format lint --strict --recursive --parallel Package.swift Sources Theories Validation Tests Benchmarks docs/adding/skeletons

clean: ## remove build products
	rm -rf .build .build-test .build-mpi .build-dist .build-fuzz .bench-env .ecosystem-env dist
