#!/bin/sh
# Draws the token's PIN and the store's secret key, once, into deploy/secrets/ or
# the directory that is named. Mode 0400, owned by the container's user (10001)
# where this runs as root.
set -eu
umask 077
dir=${1:-$(dirname "$0")/secrets}
mkdir -p "$dir"
draw() {
    [ -s "$dir/$1" ] && return
    head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$dir/$1"
    chmod 400 "$dir/$1"
    if [ "$(id -u)" = 0 ] && [ "$#" = 1 ] && [ -z "${SECRETS_KEEP_OWNER:-}" ]; then
        chown 10001:10001 "$dir/$1"
    fi
}
draw pin
draw store
