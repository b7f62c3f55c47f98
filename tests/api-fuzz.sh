#!/usr/bin/env bash
# Fuzzes the API of a running server by its OpenAPI document with schemathesis: no answer may be a 5xx, and each must be what
# the document says. Needs Python; schemathesis is installed into a folder of its own.
# usage: tests/api-fuzz.sh [EXAMPLES]
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${PATCHBAY:-${CARGO_TARGET_DIR:-target}/debug/patchbay}
[ -x "$bin" ] || cargo build -p patchbay
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
fuzz=${SCHEMATHESIS:-}
if [ -z "$fuzz" ]; then
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" -q install 'schemathesis>=4,<5'
  fuzz=$work/venv/bin/schemathesis
fi
mkdir "$work/workflows"
cat > "$work/workflows/w.json" <<'JSON'
{"id": "w", "name": "w", "active": false, "settings": {"executionOrder": "v1"}, "connections": {}, "nodes": [
  {"id": "a", "name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": [0, 0], "parameters": {}}]}
JSON
export PATCHBAY_API_KEY=a-key
"$bin" serve --workflows "$work/workflows" --data "$work/data" --port 5985 2> "$work/log" &
until curl -sf localhost:5985/readyz > /dev/null; do sleep 0.05; done
for number in 1 2 3; do
  curl -sf -X POST -H 'X-N8N-API-KEY: a-key' localhost:5985/api/v1/workflows/w/run > /dev/null
done
# The stream of events never ends; n8n's activation and retry refuse what the document cannot say.
"$fuzz" run http://localhost:5985/api/v1/openapi.yml --url http://localhost:5985/api/v1 -H 'X-N8N-API-KEY: a-key' \
  --exclude-path /events --max-examples "${1:-50}" --seed 1 --request-timeout 20 --workers 1 \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method,ignored_auth
if grep -E 'panicked|E1204' "$work/log"; then exit 1; fi
