#!/usr/bin/env bash
# Installs what the build misses: a C compiler, for SQLite and AWS-LC.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/apt.sh

if ! command -v cargo >/dev/null; then
    echo "A Rust toolchain is missing: see https://rustup.rs" >&2
    exit 1
fi
packages=()
command -v cc >/dev/null || packages+=(build-essential)
# AWS-LC builds with the C compiler alone on these two, elsewhere with CMake.
case "$(uname -m)" in
    x86_64 | aarch64) ;;
    *) command -v cmake >/dev/null || packages+=(cmake) ;;
esac
[ ${#packages[@]} -eq 0 ] || apt_install "${packages[@]}"
