# Daybreak. `make` prints what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# The data that demo and tests use: the first folder that exists, else a simulated shop.
DATASET ?= $(firstword $(wildcard datasets/online-retail ../shared/datasets/online-retail) simulated)
DAYS ?= 5
KEEP ?= 1
SABOTAGE ?= none
PYTHON ?= python3.11
FUZZTIME ?= 5000x
SOAK_COUNT ?= 20
# What a package's tests may take: ten times what they do on 2 cores.
TIMEOUT ?= 60m
# Another that installs is waited for, in seconds.
APT := -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300

GOLANGCI_LINT := v2.15.0
GOTESTSUM := v1.13.0
BUF := v1.75.0
PROTOC_GEN_GO := v1.36.12
PROTOC_GEN_GO_GRPC := v1.6.2
GRPCURL := v1.9.4
GHZ := v0.121.0
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/daybreak/tools
LINTER := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT)-$(shell go env GOVERSION)/golangci-lint
TESTSUM := $(TOOLS)/gotestsum-$(GOTESTSUM)-$(shell go env GOVERSION)/gotestsum
GHZBIN := $(TOOLS)/ghz-$(GHZ)-$(shell go env GOVERSION)/ghz
PROTOBUF := $(TOOLS)/protobuf-$(BUF)-$(PROTOC_GEN_GO)-$(PROTOC_GEN_GO_GRPC)-$(shell go env GOVERSION)

# What is fetched from elsewhere may fail for a moment: it is tried three times.
retry = { $(1); } || { sleep 5; $(1); } || { sleep 30; $(1); }
# A program's version of a package, put in its place when it is whole.
install = $(call retry,GOBIN=$(abspath $(@D))/new GOFLAGS=-trimpath go install $(1)) && mv $(@D)/new/$(@F) $@ && rmdir $(@D)/new

.PHONY: help
help: ## Print this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

.PHONY: demo
demo: .venv/.ready build ## Five nights on this machine: DAYS=5 KEEP=1 SABOTAGE=none|day|model DATASET=folder|simulated
	bin/demo --days=$(DAYS) --keep=$(KEEP) --sabotage=$(SABOTAGE) --dataset=$(DATASET) --bin=bin --data=demo-data

.PHONY: build
build: ## Build the programs into bin/
	@mkdir -p bin
	go build -o bin/ ./trainer ./predictor ./pipelines ./demo

.PHONY: venv
venv: .venv/.ready .venv-tools/.ready .venv-clients/bin/grpcurl ## Make the Python environments of demo and tests

.venv/.ready: requirements/mlflow.txt
.venv-tools/.ready: requirements/pytools.txt
.venv-clients/.ready: requirements/clients.txt
.venv-peers/.ready: requirements/peers.txt
.venv-kserve/.ready: requirements/kserve-server.txt
.venv-mlserver/.ready: requirements/mlserver.txt
.venv/.ready .venv-tools/.ready .venv-clients/.ready .venv-peers/.ready .venv-kserve/.ready .venv-mlserver/.ready:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing; install Python 3.11 or name one: make venv PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "installing $< (a few minutes the first time)"
	@rm -rf $(@D)
	$(PYTHON) -m venv $(@D)
	$(call retry,$(@D)/bin/pip install --quiet --no-input --disable-pip-version-check --require-hashes -r $<)
	@touch $@

.venv-clients/bin/grpcurl: .venv-clients/.ready
	$(call install,github.com/fullstorydev/grpcurl/cmd/grpcurl@$(GRPCURL))

.PHONY: modules
modules: ## Fetch the Go modules that programs and tests are built from
	@$(call retry,go list -deps -test ./... >/dev/null)
	@cd e2e && $(call retry,go list -deps -test ./... >/dev/null)

.PHONY: debian
debian: ## Install what tests call and is missing: PostgreSQL, curl, iproute2, a C compiler for the race detector (Debian, Ubuntu)
	@PATH=$$PATH:/usr/sbin:/sbin; { ls /usr/lib/postgresql/*/bin/postgres && command -v curl && command -v ip && command -v tc && command -v cc; } >/dev/null 2>&1 || { \
		echo "installing postgresql, curl, iproute2 and gcc" && sudo=$$(test $$(id -u) = 0 || echo sudo) && \
		$(call retry,$$sudo apt-get $(APT) update -qq && $$sudo apt-get $(APT) install -y -qq --no-install-recommends postgresql curl iproute2 gcc libc6-dev >/dev/null); }

.PHONY: test
test: modules venv debian $(TESTSUM) ## Run every test with the race detector, and each fuzz target for a while
	$(TESTSUM) --format pkgname-and-test-fails -- -race -timeout $(TIMEOUT) ./...
	FUZZTIME=$(FUZZTIME) ./fuzz.sh

.PHONY: lint
lint: modules $(LINTER) ## Check format, and golangci-lint with go vet's analyses
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(LINTER) run ./...
	cd e2e && $(LINTER) run --config ../.golangci.yml ./...

.PHONY: bench
bench: .venv-peers/.ready ## Accuracy and training time beside named peers, in one run
	go run ./bench --dataset=$(DATASET) --peers-python=.venv-peers/bin/python

.PHONY: bench-training
bench-training: .venv-peers/.ready ## Time to equal quality beside implicit, the kernels' share of the processor's peak, and how cost grows
	go test -run '^$$' -bench 'Syrk|Cholesky|Gather|Turn' -benchtime 10x ./model/vec
	go run ./bench/training --data=$(DATASET:simulated=small) --peers-python=.venv-peers/bin/python
	go run ./bench/training scaling --picture=docs/pictures/training-scaling.svg

.PHONY: bench-serving
bench-serving: build debian $(GHZBIN) .venv-kserve/.ready .venv-mlserver/.ready ## The predictor beside other model servers, in one run (Linux, 2 cores, 4 GB)
	go build -o bin/ ./bench/serving/floor
	cc -O2 -o bin/loop bench/serving/loop/loop.c
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/image/ ./predictor # as it is in its image
	go run ./bench/serving --predictor=bin/image/predictor --floor=bin/floor --loop=bin/loop --ghz=$(GHZBIN) --dataset=$(DATASET)
	go test -run '^$$' -bench Scan ./model/vec

.PHONY: e2e
e2e: .venv/.ready ## Run the tests that need a cluster: a real Kubernetes on this machine (root, Linux)
	$(MAKE) -C e2e test

.PHONY: cluster
cluster: ## Start a cluster with Daybreak's images on this machine and leave it up (root, Linux)
	$(MAKE) -C e2e cluster

.PHONY: images
images: ## Build the programs' OCI images into bin/images/
	cd e2e && go run ./images --out ../bin/images

.PHONY: soak
soak: venv debian ## Repeat the load and fault tests for long: SOAK_COUNT=20
	DAYBREAK_SOAK=1 go test -v -timeout 2h -run 'ManyPoints|LargeArtifact' ./mlflow
	DAYBREAK_SOAK=1 go test -count=$(SOAK_COUNT) -timeout 6h -run 'UnderLoad|Killed|LinkThatIsCut|LinkBetween|WithLess|MLflowIsDown|Faults|Damaged' ./model ./predictor/... ./pipelines/... ./mlflow/... ./trainer

.PHONY: screenshots
screenshots: .venv/.ready build ## Run the demo and take pictures of its pages in MLflow (Node 20; CHROMIUM=/usr/bin/chromium)
	npm ci --prefix demo/screenshots --no-audit --no-fund
	bin/demo --days=5 --keep=0 --sabotage=model --dataset=$(DATASET) --bin=bin --data=demo-data \
		--then='node demo/screenshots/pictures.js docs/pictures'

.PHONY: pictures
pictures: ## Draw docs/pictures from their text
	go run oss.terrastruct.com/d2@v0.7.1 --layout dagre --pad 20 docs/pictures/house.d2 docs/pictures/house.svg

.PHONY: generate
generate: $(PROTOBUF)/.ready ## Write the Go code of the .proto files anew, beside them
	PATH=$(PROTOBUF):$$PATH buf generate

.PHONY: vulncheck
vulncheck: ## Check dependencies against Go's vulnerability database (needs the internet)
	go run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./...

.PHONY: clean
clean: ## Remove what builds and demos leave in this folder
	rm -rf bin demo-data .venv .venv-tools .venv-clients .venv-peers .venv-kserve .venv-mlserver

# Tools are built from their modules once per version, outside the repository.
$(LINTER):
	@mkdir -p $(@D)
	$(call install,github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT))

$(TESTSUM):
	@mkdir -p $(@D)
	$(call install,gotest.tools/gotestsum@$(GOTESTSUM))

$(GHZBIN):
	@mkdir -p $(@D)
	$(call install,github.com/bojand/ghz/cmd/ghz@$(GHZ))

$(PROTOBUF)/.ready:
	@mkdir -p $(@D)
	GOBIN=$(@D) GOFLAGS=-trimpath go install github.com/bufbuild/buf/cmd/buf@$(BUF)
	GOBIN=$(@D) GOFLAGS=-trimpath go install google.golang.org/protobuf/cmd/protoc-gen-go@$(PROTOC_GEN_GO)
	GOBIN=$(@D) GOFLAGS=-trimpath go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@$(PROTOC_GEN_GO_GRPC)
	@touch $@
