# What people do here, by name. The work is in scripts/; each can be run alone.
# "make check" while you work, "make test" before you send it: CI runs the same.

.DEFAULT_GOAL := help
.PHONY: help demo check test fuzz bench deadcode release clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-9s %s\n' "$$name" "$$text"; done

demo: ## a server with people in it, a robot and a phone; open the printed address
	@go build -o .bin/webwx ./cmd/webwx && exec .bin/webwx demo

check: ## format, vet, lint, quick tests: under two minutes
	@scripts/check

test: ## everything: check, race tests, builds, fuzz
	@scripts/test

fuzz: ## every fuzz test; FUZZTIME=600 sets the seconds for all together
	@scripts/fuzz

bench: ## the benchmarks, each beside its floor
	go test -run '^$$' -bench . -benchmem ./...

deadcode: ## functions that neither a program nor a test reaches
	@scripts/tools
	.bin/deadcode -test ./...

release: ## programs for Linux, macOS and Windows in dist/; VERSION=v1.2.3 names them
	@scripts/release

clean: ## remove what the other targets made
	rm -rf .bin dist
