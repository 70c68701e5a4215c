#!/bin/sh
# Makes the SoftHSM token when the volume has none, then starts the gateway.
set -eu
umask 077
mkdir -p "$TOKEN_DIR/tokens"
printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\n' "$TOKEN_DIR" >"$SOFTHSM2_CONF"
pin=$(cat "$SEALGATE_HSM_PIN_FILE")
if [ -z "$(ls -A "$TOKEN_DIR/tokens")" ]; then
    # SoftHSM wants a security officer's PIN too; nothing uses it afterwards.
    softhsm2-util --init-token --free --label "$SEALGATE_HSM_TOKEN_LABEL" --pin "$pin" --so-pin "$pin"
fi
exec sealgate serve
