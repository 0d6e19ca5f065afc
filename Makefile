# Everything here needs only Node 20 or newer with npm, make, and for the control plane Go 1.26 or newer (or KUBEBUILDER_ASSETS).
# The pinned Node comes with `npm ci`; every recipe uses that one.

NODE := node_modules/.bin/node
RUN := npm run --silent

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9_-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# npm writes this file at the end of an installation, so it is older than the lock file whenever that changed since.
node_modules/.package-lock.json: package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@test -x $(NODE) || { \
		echo "npm did not run the install script of the package 'node', which brings the pinned Node. Is ignore-scripts set?" >&2; \
		rm -f $@; exit 1; }
	@touch $@

.PHONY: node_modules
node_modules: node_modules/.package-lock.json ## install the dependencies when package-lock.json has changed

.PHONY: demo
demo: node_modules ## control plane, emulators and operator: shows roles kept as declared, then ends; PROVIDER=name for one closely
	@$(NODE) tools/demo/main.ts $(if $(PROVIDER),--provider $(PROVIDER))

.PHONY: demo-up
demo-up: node_modules ## the same up to Ready roles, and leaves everything running
	@$(NODE) tools/demo/main.ts --keep $(if $(PROVIDER),--provider $(PROVIDER))

.PHONY: demo-env
demo-env: node_modules ## print the lines that point a shell at it: eval "$$(make --silent demo-env)"
	@$(NODE) tools/demo/main.ts --env

.PHONY: demo-down
demo-down: node_modules ## end what demo-up left running
	@$(NODE) tools/demo/main.ts --down

.PHONY: test
test: node_modules ## run every check and every test, and sum them up
	$(NODE) tools/lib/run-tests.ts

.PHONY: check
check: node_modules ## what needs no control plane: format, lint, types, generated files, unit and conformance tests
	$(RUN) check

.PHONY: generate
generate: node_modules ## write again what is generated from the types: CRDs, schemas, reference pages
	$(RUN) generate

.PHONY: audit
audit: node_modules ## what comes in from others: install scripts, licences and pins of all packages, and what is known against them
	@$(NODE) tools/audit/main.ts

.PHONY: controlplane-up
controlplane-up: node_modules ## start etcd and kube-apiserver and leave them running; prints the line that points kubectl at them
	@$(NODE) tools/controlplane/main.ts up

.PHONY: controlplane-down
controlplane-down: node_modules ## end them and remove their data
	@$(NODE) tools/controlplane/main.ts down

.PHONY: soak
soak: node_modules ## half an hour of chaos and then long fuzz tests; MINUTES=n, SEED=n to repeat one, FUZZ=n times the usual fuzz
	@$(NODE) tools/soak/main.ts $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) $(if $(FUZZ),--fuzz $(FUZZ))

.PHONY: image-rootfs
image-rootfs: node_modules ## the container image as an OCI layout in dist/image, without a container engine or a network; Linux only
	@$(NODE) tools/image/main.ts layout

.PHONY: kind-e2e
kind-e2e: node_modules ## image, chart and examples in a cluster made by kind; takes Docker, kind, kubectl and Helm
	@$(NODE) tools/kind/main.ts

.PHONY: bench
bench: node_modules ## measure against emulators and a control plane
	$(NODE) bench/main.ts

.PHONY: docs
docs: node_modules ## build the documentation as a site into dist/site; a dead link fails it
	$(NODE) tools/docs/main.ts build

.PHONY: docs-serve
docs-serve: node_modules ## serve it on this machine and show changes as they are made
	$(NODE) tools/docs/main.ts serve

.PHONY: clean
clean: ## remove what builds, tests and benchmarks left; not the dependencies and not what demo-up runs in
	rm -rf dist coverage bench/results
