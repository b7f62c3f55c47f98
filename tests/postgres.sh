#!/usr/bin/env bash
# Runs a command with a Postgres of its own, which the tests of the store then ask as well:
#
#   tests/postgres.sh cargo nextest run -p patchbay-store
#
# As root it installs Postgres (Debian) where there is none. Without one the command runs all the same, and says so.
set -euo pipefail

find_program() {
    command -v "$1" || ls /usr/lib/postgresql/*/bin/"$1" 2>/dev/null | tail -n 1
}

if [ -z "$(find_program initdb)" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { timeout 60 apt-get update && timeout 180 apt-get install -y --no-install-recommends postgresql; } \
        >/dev/null 2>&1 </dev/null || true
fi

folder=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
# Postgres does not run as root.
as=()
if [ "$(id -u)" = 0 ]; then
    chown nobody "$folder"
    as=(setpriv --reuid=nobody --clear-groups env HOME="$folder")
fi

start() {
    [ -n "$(find_program initdb)" ] || return 1
    "${as[@]}" "$(find_program initdb)" --pgdata="$folder/data" --username=postgres --auth=trust || return 1
    timeout 60 "${as[@]}" "$(find_program pg_ctl)" --pgdata="$folder/data" --wait --log="$folder/log" \
        --options="-p $port -k $folder -c listen_addresses=127.0.0.1" start
}

stop() {
    "${as[@]}" "$(find_program pg_ctl)" --pgdata="$folder/data" --mode=immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}

trap stop EXIT
if (cd "$folder" && start) >/dev/null 2>&1; then
    export PATCHBAY_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres"
else
    echo "no Postgres here: the store is tested with SQLite only" >&2
fi
"$@"
