# One door for every command; the work is in scripts/ and in CMake's presets.
SHELL := /bin/bash
export PATH := $(CURDIR)/build/venv/bin:$(PATH)
JOBS ?= $(shell nproc)

.DEFAULT_GOAL := help
.PHONY: help setup build release test demo bench peers fuzz abi abi-baseline fmt fmt-check check goldens install dist clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

setup:  ## install what is missing on a fresh Debian 12 machine, and say what
	@scripts/setup

build: setup  ## libmesh and the programs, debug, warnings are errors: build/dev
	@scripts/build dev

release: setup  ## the same optimised, installed into build/install
	@scripts/build release && scripts/install-tree

test: setup  ## everything: unit tests, gates, sanitizers, bindings, demo, Istio as a peer
	@scripts/test

demo: release  ## two tenants, real Envoys, real requests on this machine
	@tests/e2e/demo

bench: release  ## Istio's generators and ours on the same inputs in one run
	@tests/bench/run

peers: release  ## what Istio's own code generates for the same inputs, compared
	@tests/peers/run

fuzz: setup  ## every fuzz target for SECONDS_EACH (600) seconds
	@tests/fuzz/run

abi: setup  ## only the gates: headers, symbols, include direction, installed tree
	@scripts/test release abi

abi-baseline: setup  ## record today's ABI as the one later changes are compared with
	@scripts/abi-baseline

fmt: setup  ## format all C and C++ sources
	@scripts/format --write

fmt-check: setup  ## say which sources are not formatted
	@scripts/format --check

check: fmt-check build  ## formatting, and clang-tidy on what changed since the last commit
	@scripts/tidy

goldens: release  ## rewrite the expected outputs from today's code; read the diff before you commit
	@scripts/goldens

install: setup  ## into PREFIX (/usr/local), under DESTDIR when given
	@scripts/build release
	@cmake --install build/release --strip --prefix "$(or $(PREFIX),/usr/local)"

dist: setup  ## a source archive that carries the generated files, so that it builds without Go
	@scripts/dist

clean:  ## remove what was built (the tools in build/venv stay)
	@rm -rf build/dev build/release build/asan build/tsan build/fuzz build/install build/logs build/dist
