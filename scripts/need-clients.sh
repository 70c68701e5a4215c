#!/usr/bin/env bash
# Installs what the tests miss: a SoftHSM token with its tools, and a Python
# virtual environment with the real clients in .venv, those in JavaScript beside
# the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/apt.sh

packages=()
command -v softhsm2-util >/dev/null || packages+=(softhsm2)
command -v pkcs11-tool >/dev/null || packages+=(opensc)
command -v python3 >/dev/null || packages+=(python3)
python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
command -v npm >/dev/null || packages+=(nodejs npm)
[ ${#packages[@]} -eq 0 ] || apt_install "${packages[@]}"

wanted=tests/clients/requirements.txt
installed=.venv/requirements.txt
if ! cmp -s "$wanted" "$installed"; then
    echo "Installing aws-cli and boto3 in .venv"
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$installed"
fi

if ! cmp -s tests/clients/package-lock.json tests/clients/node_modules/installed; then
    echo "Installing the OBS SDK for Node.js in tests/clients"
    npm ci --prefix tests/clients --no-audit --no-fund --silent
    cp tests/clients/package-lock.json tests/clients/node_modules/installed
fi
