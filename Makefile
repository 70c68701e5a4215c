# The commands of the project. Every one works from a clean clone on Debian
# with a Rust toolchain and Python, installs what it misses, and needs no
# variable set.

.DEFAULT_GOAL := help
SHELL := /bin/bash

.PHONY: help run test check check-fast deny bench soak demo clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build and start the gateway in ./sealgate-data
	@scripts/need-build.sh
	cargo build --release --locked --bin sealgate
	exec target/release/sealgate serve --data-dir ./sealgate-data

test: ## Run every test: Rust, a SoftHSM token, aws-cli and boto3
	@scripts/need-build.sh
	@scripts/need-clients.sh
	@scripts/test.sh

check-fast: ## Formatting and lints
	@scripts/need-build.sh
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

check: check-fast deny ## All that must hold before a commit, tests aside
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

deny: ## Licences, duplicate versions and advisories of all dependencies
	@scripts/deny.sh

bench: ## Throughput as ratios to raw floors measured in the same run
	@scripts/need-build.sh
	cargo build --release --locked --bin sealgate --bin bench
	target/release/bench

soak: ## Long sweeps: 10,000 kills, long property tests
	@scripts/need-build.sh
	@scripts/need-clients.sh
	@scripts/soak.sh

demo: ## Watch one object being sealed, stored, inspected and read back
	@scripts/need-build.sh
	@scripts/need-clients.sh
	cargo build --release --locked --bin sealgate
	@scripts/demo.sh

clean: ## Remove everything that was built or installed here, but no data
	cargo clean
	rm -rf .venv
