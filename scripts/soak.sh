#!/usr/bin/env bash
# The long sweeps: the same tests as `make test`, with more rounds.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --locked --bin sealgate
export SEALGATE_BIN="$PWD/target/release/sealgate"
export SEALGATE_KILLS=10000
export PROPTEST_CASES=20000
cargo test --locked -p sealgate-tests --release --test kill -- --nocapture
cargo test --locked -p policy -p kms-core --release
