#!/usr/bin/env bash
# Holds all dependencies to deny.toml, with a cargo-deny of this project.
set -euo pipefail
cd "$(dirname "$0")/.."

version=DENYVERSION
deny=target/tools/bin/cargo-deny
if ! "$deny" --version 2>/dev/null | grep -qF "$version"; then
    echo "Installing cargo-deny $version in target/tools; this takes some minutes"
    cargo install --quiet --locked --root target/tools "cargo-deny@$version"
fi
"$deny" --log-level warn check bans licenses sources
# Advisories need their database, which a machine without that access cannot have.
if ! timeout 120 "$deny" --log-level error fetch db >/dev/null 2>&1; then
    echo "!!! ADVISORIES NOT CHECKED: the advisory database cannot be reached from here !!!" >&2
    exit 0
fi
"$deny" --log-level warn check --disable-fetch advisories
