#!/bin/sh
# Starts the processes of compose.yaml without a container engine: the same
# scripts, the settings of the same env files, the containers' paths and
# addresses replaced by local ones under DIR (default ./compose-data).
#
#   deploy/compose-local.sh [DIR]      Ctrl-C stops both
#   STORE_PORT, HTTPS_PORT, ADMIN_PORT, STORE_ADMIN_PORT change the ports;
#   SEALGATE names the binary.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-./compose-data}
umask 077
mkdir -p "$dir/store" "$dir/gateway" "$dir/tokens" "$dir/bin"
dir=$(cd "$dir" && pwd)
store_port=${STORE_PORT:-9100}
binary=${SEALGATE:-$(command -v sealgate || echo "$here/../target/debug/sealgate")}
ln -sf "$(realpath "$binary")" "$dir/bin/sealgate"
PATH=$dir/bin:$PATH
export PATH
SECRETS_KEEP_OWNER=1 "$here/secrets.sh" "$dir/secrets"

# settings FILE DATA: the file's variables with local paths and addresses.
settings() {
    sed -e '/^#/d' -e '/^$/d' \
        -e "s|=/data\$|=$2|" -e "s|=/run/secrets/|=$dir/secrets/|" \
        -e "s|=/tokens\$|=$dir/tokens|" \
        -e "s|=http://store:9000\$|=http://127.0.0.1:$store_port|" \
        -e "s|=0.0.0.0:9000\$|=127.0.0.1:$store_port|" \
        -e "s|=0.0.0.0:9443\$|=127.0.0.1:${HTTPS_PORT:-9443}|" \
        -e "s|=0.0.0.0:9090\$|=127.0.0.1:$3|" \
        -e "s|=\(.*\)|='\1'|" "$1"
}

# with FILE DATA ADMIN_PORT COMMAND...: runs a command with those settings.
with() {
    file=$1 data=$2 admin=$3
    shift 3
    set -a
    eval "$(settings "$file" "$data" "$admin")"
    set +a
    exec "$@"
}

wait_ready() {
    for _ in $(seq 100); do
        curl -fsS -o /dev/null "http://127.0.0.1:$1/health/ready" 2>/dev/null && return
        kill -0 "$2" 2>/dev/null || exit 1
        sleep 0.1
    done
    echo "compose-local: port $1 is not ready" >&2
    exit 1
}

STORE_SECRET_FILE=$dir/secrets/store
SOFTHSM2_CONF=$dir/tokens/softhsm2.conf
TOKEN_DIR=$dir/tokens
export STORE_SECRET_FILE SOFTHSM2_CONF TOKEN_DIR
pids=
trap 'kill $pids 2>/dev/null; wait' EXIT
trap 'exit 0' INT TERM

store_admin=${STORE_ADMIN_PORT:-9190}
(with "$here/store.env" "$dir/store" "$store_admin" "$here/start-store.sh") &
store=$!
pids=$store
wait_ready "$store_admin" "$store"
(with "$here/gateway.env" "$dir/gateway" 0 "$here/make-bucket.sh")
admin=${ADMIN_PORT:-9090}
(with "$here/gateway.env" "$dir/gateway" "$admin" "$here/start-gateway.sh") &
gateway=$!
pids="$pids $gateway"
wait_ready "$admin" "$gateway"
echo "ready: eval \"\$(sealgate env --data-dir $dir/gateway)\""
wait $gateway
