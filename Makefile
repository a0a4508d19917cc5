# SPDX-License-Identifier: GPL-3.0-or-later

# The targets a person needs are build, demo and test; README.md says what each shows.

export CGO_ENABLED ?= 0

STATICCHECK   = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI_LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# How long `make fuzz` stays with each target.
FUZZTIME ?= 30s

.PHONY: all build demo test fast race bench lint fuzz clean

all: build

build:
	go build -trimpath -ldflags '-s -w' -o bin/bellwire ./cmd/bellwire

demo: build
	bin/bellwire demo --dir demo

# Everything, from a fresh machine with Go: set-up, vet, the fast tests, then those against real
# programs. It ends with the lines of `go test`; the list of what was skipped stands before them.
test: setup
	go vet ./...
	go test ./...
	go run ./scripts/realpeers

# What needs nothing but Go: no network, no other program, under two minutes.
fast:
	go vet ./...
	go test ./...

# The fast tests under the race detector, which needs a C compiler.
race:
	CGO_ENABLED=1 go test -race ./...

# Runs every benchmark, those against real programs included, and writes docs/benchmarks.md.
bench: setup build
	go run ./scripts/benchpage

lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run gofmt -w on these files'; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	go run $(GOLANGCI_LINT) run

fuzz:
	scripts/fuzz $(FUZZTIME)

.PHONY: setup
setup:
	scripts/setup

clean:
	rm -rf bin demo
