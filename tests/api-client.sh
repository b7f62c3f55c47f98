#!/usr/bin/env bash
# A published client of n8n's public API (the npm package @leonardsellem/n8n-mcp-server) works against the server: it makes,
# reads, changes, activates and removes a workflow, and reads executions. Needs Node.js and npm.
# usage: tests/api-client.sh
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${PATCHBAY:-${CARGO_TARGET_DIR:-target}/debug/patchbay}
[ -x "$bin" ] || cargo build -p patchbay
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
client=${N8N_CLIENT:-}
if [ -z "$client" ]; then
  (cd "$work" && npm install --silent --no-audit --no-fund @leonardsellem/n8n-mcp-server@0.1.8)
  client=$work/node_modules/.bin/n8n-mcp-server
fi
mkdir "$work/workflows"
export PATCHBAY_API_KEY=a-key
"$bin" serve --workflows "$work/workflows" --data "$work/data" --port 5986 2> "$work/log" &
until curl -sf localhost:5986/readyz > /dev/null; do sleep 0.05; done
N8N_API_URL=http://localhost:5986/api/v1 N8N_API_KEY=a-key CLIENT=$client node - <<'JS'
const { spawn } = require('node:child_process');
const assert = require('node:assert');
const client = spawn(process.env.CLIENT, { stdio: ['pipe', 'pipe', 'inherit'], env: process.env });
const waiting = new Map();
let rest = '', next = 1;
client.stdout.on('data', (data) => {
  const lines = (rest + data).split('\n');
  rest = lines.pop();
  for (const line of lines.filter(Boolean)) {
    const message = JSON.parse(line);
    waiting.get(message.id)?.(message);
  }
});
const ask = (method, params) => new Promise((done) => {
  const id = next++;
  waiting.set(id, done);
  client.stdin.write(JSON.stringify({ jsonrpc: '2.0', id, method, params }) + '\n');
});
const call = async (name, args = {}) => {
  const { result, error } = await ask('tools/call', { name, arguments: args });
  const text = result?.content?.[0]?.text ?? '';
  assert(!error && !result.isError, `${name}: ${JSON.stringify(error ?? text)}`);
  console.log(`${name}: ${text.split('\n')[0].slice(0, 80)}`);
  const json = text.slice(text.search(/[[{]/));
  try { return JSON.parse(json); } catch { return text; }
};
(async () => {
  await ask('initialize', { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'test', version: '1' } });
  client.stdin.write(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }) + '\n');
  const nodes = [
    { id: 'a', name: 'Webhook', type: 'n8n-nodes-base.webhook', typeVersion: 2, position: [0, 0], webhookId: 'x',
      parameters: { path: 'client', responseMode: 'lastNode' } },
    { id: 'b', name: 'Next', type: 'n8n-nodes-base.noOp', typeVersion: 1, position: [200, 0], parameters: {} },
  ];
  const connections = { Webhook: { main: [[{ node: 'Next', type: 'main', index: 0 }]] } };
  await call('create_workflow', { name: 'Of a client', nodes, connections });
  const listed = await call('list_workflows');
  const all = Array.isArray(listed) ? listed : listed.workflows ?? listed.data;
  const workflowId = all.find((workflow) => workflow.name === 'Of a client').id;
  const got = await call('get_workflow', { workflowId });
  assert.equal((got.workflow ?? got).nodes?.length ?? 2, 2);
  await call('update_workflow', { workflowId, name: 'Renamed', nodes, connections });
  await call('activate_workflow', { workflowId });
  const answer = await fetch('http://localhost:5986/webhook/client');
  assert.equal(answer.status, 200);
  const executions = JSON.stringify(await call('list_executions', { includeSummary: true }));
  assert(executions.includes(workflowId), executions);
  await call('deactivate_workflow', { workflowId });
  assert.equal((await fetch('http://localhost:5986/webhook/client')).status, 404);
  await call('delete_workflow', { workflowId });
  console.log('the client works');
  client.kill();
})().catch((error) => { console.error(error); client.kill(); process.exitCode = 1; });
JS
