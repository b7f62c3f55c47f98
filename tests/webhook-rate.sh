#!/usr/bin/env bash
# The rate of a webhook with two expressions, every execution kept, beside that of a bare axum handler with the same answer;
# then the latency at 10 connections, the memory at rest, and the start with 500 workflow files. Needs wrk and curl.
# usage: tests/webhook-rate.sh [CONNECTIONS]
set -euo pipefail
cd "$(dirname "$0")/.."
connections=${1:-256}
cargo build --release -p patchbay
cargo build --release -p patchbay-server --example bare_handler
bin=${CARGO_TARGET_DIR:-target}/release
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
workflow() { # number, path
  printf '{"id":"w%s","name":"w%s","active":true,"settings":{"executionOrder":"v1"},"nodes":[
    {"id":"a","name":"Webhook","type":"n8n-nodes-base.webhook","typeVersion":2,"position":[0,0],
     "parameters":{"path":"%s","httpMethod":"POST","responseMode":"lastNode"}},
    {"id":"b","name":"Edit","type":"n8n-nodes-base.set","typeVersion":3.4,"position":[0,0],"parameters":{"assignments":{"assignments":[
      {"id":"1","name":"greeting","value":"=Hello {{ $json.body.name }}","type":"string"},
      {"id":"2","name":"total","value":"={{ $json.body.price * $json.body.count }}","type":"number"}]}}}],
    "connections":{"Webhook":{"main":[[{"node":"Edit","type":"main","index":0}]]}}}' "$1" "$1" "$2"
}
mkdir "$work/one" "$work/many"
workflow 0 p > "$work/one/w.json"
for number in $(seq 500); do workflow "$number" "p$number" > "$work/many/$number.json"; done
cat > "$work/post.lua" <<'LUA'
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"name":"Ada","price":19.5,"count":3}'
LUA
rate() { # port, connections
  wrk -t1 -c"$2" -d8s --latency -s "$work/post.lua" "http://127.0.0.1:$1/webhook/p" | awk '/Requests\/sec/{rate=$2} /99%/{p99=$2} /Non-2xx/{bad=$0} END{print rate, "requests/s, p99", p99, bad}'
}
"$bin/examples/bare_handler" 5981 &
"$bin/patchbay" serve --workflows "$work/one" --data "$work/data" --port 5982 2>/dev/null &
server=$!
until curl -sf localhost:5982/healthz >/dev/null; do sleep 0.05; done
echo "memory at rest: $(awk '/VmRSS/{print $2/1024 " MiB"}' /proc/$server/status)"
rate 5982 10 >/dev/null # warm
echo "bare axum, $connections connections: $(rate 5981 "$connections")"
echo "patchbay,  $connections connections: $(rate 5982 "$connections")"
echo "patchbay,   10 connections: $(rate 5982 10)"
begun=$(date +%s%N)
"$bin/patchbay" serve --workflows "$work/many" --data "$work/data2" --port 5983 2>/dev/null &
until curl -sf localhost:5983/readyz >/dev/null; do :; done
echo "ready with 500 workflow files: $((($(date +%s%N) - begun) / 1000000)) ms"
