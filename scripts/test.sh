#!/usr/bin/env bash
# Runs every test and ends with one line: how many passed and failed.
set -uo pipefail
cd "$(dirname "$0")/.."

log=target/test.log
mkdir -p target
: >"$log"
status=0

# The tests drive this binary.
cargo build --workspace --bins --locked || exit 1
cargo test --workspace --locked --no-fail-fast 2>&1 | tee -a "$log" || status=1
.venv/bin/python -m pytest tests/clients 2>&1 | tee -a "$log" || status=1

# "test result: ok. 12 passed; 0 failed; ..." and "12 passed, 1 failed in 3.14s"
count() {
    grep -aE '^test result: |^=* ?[0-9]+ (passed|failed|error).* in [0-9.]+s' "$log" |
        grep -aoE "[0-9]+ $1" | awk '{ sum += $1 } END { print sum + 0 }'
}
failed=$(($(count failed) + $(count error)))
echo
echo "$(count passed) passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$status" -eq 0 ]
