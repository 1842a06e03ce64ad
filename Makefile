# One debug build serves run, serve and test, so that nobody builds twice.

.DEFAULT_GOAL := help
.PHONY: help setup build run serve test torture simulate fuzz sanitize bench lint protos clean

help: ## show this list
	@echo "agent-runner: make TARGET"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 10

setup: # what is missing from the machine
	@Deploy/setup.sh

build: setup ## build the program
	swift build --product agent-runner

run: build ## ask a model one thing and show its answer (MESSAGE="…")
	@Deploy/run.sh run

serve: build ## find a model and serve on 127.0.0.1:7235
	@Deploy/run.sh serve

test: setup ## run every test, those against the small real model included
	swift build --build-tests
	Tests/run.sh

torture: build ## kill the runner while it works, and see that nothing is lost (ROUNDS=200)
	@Tests/Torture/torture.py --rounds $(or $(ROUNDS),200)

simulate: setup ## run whole lives of runners by chance (SEEDS=1000)
	swift build --build-tests
	SIMULATION_SEEDS=$(or $(SEEDS),1000) swift test --skip-build --disable-xctest --filter SimulationTests

fuzz: setup ## fuzz what reads from outside (SECONDS=60 each; ONLY=json,lines)
	@SECONDS_EACH="$(SECONDS)" Tests/Fuzz/run.sh

sanitize: setup ## run the Swift suites under the address and thread sanitizers
	@Tests/Sanitizers/run.sh

bench: setup ## measure against nginx and others (QUICK=1; ONLY=relay,short)
	@python3 Tests/Benchmarks/harness/bench.py

lint: ## check the Swift sources' format
	swift format lint --strict --recursive Sources Tests Package.swift

protos: setup ## generate the Swift of Protos/ anew
	Protos/generate.sh

clean: ## remove what was built and set up here
	rm -rf .build .local-model .venv-clients
