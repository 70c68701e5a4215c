#!/bin/sh
# Starts the S3 store with the root secret from its secret file.
set -eu
SEALGATE_ROOT_SECRET_KEY=$(cat "${STORE_SECRET_FILE:-/run/secrets/store}")
export SEALGATE_ROOT_SECRET_KEY
exec sealgate serve
