#!/usr/bin/env bash
# One object's way into the store and back, with the stored bytes laid open.
set -euo pipefail
cd "$(dirname "$0")/.."

bin="$PWD/target/release/sealgate"
dir=$(mktemp -d "${TMPDIR:-/tmp}/sealgate-demo.XXXXXX")
data="$dir/data"
aws() { "$OLDPWD/.venv/bin/aws" "$@"; }
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { printf '$ %s\n' "$*"; }

finish() {
    [ -z "${gateway:-}" ] || kill "$gateway" 2>/dev/null || true
    rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

say "1. A gateway starts in an empty directory."
"$bin" serve --data-dir "$data" --http off --https 127.0.0.1:0 --admin off >gateway.log 2>&1 &
gateway=$!
for _ in $(seq 150); do
    [ -S "$data/control.sock" ] && [ -s "$data/endpoint.json" ] && break
    kill -0 "$gateway" 2>/dev/null || { cat gateway.log >&2; exit 1; }
    sleep 0.1
done
eval "$("$bin" env --data-dir "$data")"
echo "It listens at $AWS_ENDPOINT_URL."

say "2. A key, a bucket, and a file that everybody could read."
aws s3 mb s3://letters
key=$(aws kms create-key --query KeyMetadata.KeyId --output text)
echo "key $key"
for _ in $(seq 100); do echo "Dear reader, this sentence must never reach the disk."; done >letter.txt
head -n 2 letter.txt

say "3. It is uploaded with SSE-KMS."
show aws s3api put-object --bucket letters --key letter.txt --server-side-encryption aws:kms ...
aws s3api put-object --bucket letters --key letter.txt --body letter.txt \
    --server-side-encryption aws:kms --ssekms-key-id "$key"

say "4. What the disk holds is ciphertext:"
blob=$(find "$data/blobs" -regextype posix-extended -regex '.*/[0-9a-f]{32}' | head -n 1)
show od -A x -t x1z "${blob#"$dir/"}"
# od ends with an error when head has seen enough.
(od -A x -t x1z "$blob" || true) 2>/dev/null | head -n 6
show grep -rc "must never reach" data
if grep -rqa "must never reach" "$data"; then echo "FOUND: this is a defect" >&2; exit 1; fi
echo "nothing in the whole data directory"

say "5. The ETag that clients see is the MD5 of that ciphertext:"
etag=$(aws s3api head-object --bucket letters --key letter.txt --query ETag --output text | tr -d '"')
md5=$(md5sum "$blob" | cut -d ' ' -f 1)
echo "ETag        $etag"
echo "md5sum blob $md5"
[ "$etag" = "$md5" ]

say "6. The envelope: everything the gateway keeps to open it, no key in the clear."
show sealgate inspect s3://letters/letter.txt
"$bin" inspect --data-dir "$data" s3://letters/letter.txt

say "7. And back again."
aws s3 cp --no-progress s3://letters/letter.txt back.txt
cmp letter.txt back.txt
echo "identical"
