#!/bin/sh
# Makes the bucket for ciphertext in the store, unless it is there. curl signs.
set -eu
bucket=${SEALGATE_BACKING_URL#s3://}
bucket=${bucket%%/*}
secret=$(cat "$SEALGATE_BACKING_SECRET_ACCESS_KEY_FILE")
# The user goes through a file, not through the list of processes.
status=$(printf 'user = "%s:%s"\n' "$SEALGATE_BACKING_ACCESS_KEY_ID" "$secret" |
    curl -sS -K - --aws-sigv4 "aws:amz:$SEALGATE_BACKING_REGION:s3" \
        -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \
        -o /dev/null -w '%{http_code}' -X PUT "$SEALGATE_BACKING_ENDPOINT/$bucket")
case $status in
    200 | 409) ;;
    *) echo "make-bucket: the store answered $status" >&2; exit 1 ;;
esac
