#!/usr/bin/env bash
# A form of two pages in a real browser: filled in with the keyboard, a file attached, scripts off; axe-core finds nothing
# that keeps people out. Needs Chromium, Node.js and npm.
# usage: tests/form-browser.sh
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(realpath "${PATCHBAY:-${CARGO_TARGET_DIR:-target}/debug/patchbay}")
[ -x "$bin" ] || cargo build -p patchbay
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
if [ -n "${NODE_MODULES:-}" ]; then
  ln -s "$NODE_MODULES" "$work/node_modules"
else
  (cd "$work" && npm install --silent --no-audit --no-fund puppeteer-core@24 axe-core@4)
fi
mkdir "$work/workflows"
cat > "$work/workflows/form.json" <<'JSON'
{"id": "form", "name": "form", "active": true, "settings": {"executionOrder": "v1"}, "nodes": [
  {"id": "a", "name": "Form", "type": "n8n-nodes-base.formTrigger", "typeVersion": 2.2, "position": [0, 0], "webhookId": "a",
   "parameters": {"formTitle": "Who are you?", "formDescription": "Two pages", "options": {"path": "f"}, "formFields": {"values": [
     {"fieldLabel": "Name", "requiredField": true},
     {"fieldLabel": "Colours", "fieldType": "checkbox", "fieldOptions": {"values": [{"option": "red"}, {"option": "blue"}]}},
     {"fieldLabel": "Doc", "fieldType": "file"}]}}},
  {"id": "b", "name": "Second", "type": "n8n-nodes-base.form", "typeVersion": 2.3, "position": [0, 0],
   "parameters": {"options": {"formTitle": "=Hello {{ $json.Name }}"}, "formFields": {"values": [
     {"fieldLabel": "Size", "fieldType": "dropdown", "fieldOptions": {"values": [{"option": "small"}, {"option": "large"}]}}]}}},
  {"id": "c", "name": "End", "type": "n8n-nodes-base.form", "typeVersion": 2.3, "position": [0, 0], "parameters": {
    "operation": "completion", "completionTitle": "Done",
    "completionMessage": "={{ $('Form').first().json.Name }} {{ $('Form').first().json.Colours[0] }} {{ $('Form').first().json.Doc[0].filename }} {{ $json.Size }}"}}],
 "connections": {"Form": {"main": [[{"node": "Second", "type": "main", "index": 0}]]},
                 "Second": {"main": [[{"node": "End", "type": "main", "index": 0}]]}}}
JSON
"$bin" serve --workflows "$work/workflows" --data "$work/data" --port 5987 2> "$work/log" &
until curl -sf localhost:5987/readyz > /dev/null; do sleep 0.05; done
echo hello > "$work/a.txt"
cd "$work"
cat > drive.cjs <<'JS'
const assert = require('node:assert');
const puppeteer = require('puppeteer-core');
const axe = require('axe-core');
(async () => {
  const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  const page = await browser.newPage();
  const check = async () => {
    // A copy of the page in which scripts may run: the page itself forbids them.
    const copy = await browser.newPage();
    await copy.setContent(await page.content());
    await copy.evaluate(axe.source);
    const found = await copy.evaluate(() => axe.run());
    await copy.close();
    assert.deepEqual(found.violations.map((one) => one.id), [], 'accessible');
  };
  await page.setJavaScriptEnabled(false);
  await page.goto('http://localhost:5987/form/f');
  await check();
  await page.focus('#field-0');
  await page.keyboard.type('Ada');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await (await page.$('#field-2')).uploadFile('a.txt');
  const next = async () => Promise.all([page.waitForNavigation(), page.click('button')]);
  await next();
  assert.match(await page.content(), /<h1>Hello Ada<\/h1>/);
  await check();
  await page.select('#field-0', 'large');
  await next();
  assert.match(await page.content(), /<h1>Done<\/h1><p[^>]*>Ada red a.txt large<\/p>/);
  await check();
  await page.screenshot({ path: 'done.png' });
  await browser.close();
  console.log('the form works');
})().catch((error) => { console.error(error); process.exit(1); });
JS
timeout 60 node drive.cjs
