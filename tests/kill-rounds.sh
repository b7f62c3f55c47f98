#!/usr/bin/env bash
# Kills the server 100 times under load (`kill -9`); of the acknowledged webhooks none may be lost or unfinished.
# usage: tests/kill-rounds.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
PATCHBAY_KILL_ROUNDS=${1:-100} cargo nextest run --release -p patchbay --test serve --no-capture of_acknowledged_requests_none_is_lost
