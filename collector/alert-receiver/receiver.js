// @ts-check
/**
 * Where the alerts of the stack end: takes Alertmanager's webhook, prints a line per alert and shows the latest on a page
 * that reloads itself. It stands in for a pager and keeps nothing on disk.
 */
import { createServer } from 'node:http';

const PORT = Number(process.env['PORT'] ?? 8080);
const HOST = process.env['HOST'] ?? '0.0.0.0';
const MAX_SHOWN = 200;
const MAX_BODY_BYTES = 1_000_000;

/**
 * @typedef {object} Shown
 * @property {string} at when it arrived
 * @property {string} status firing or resolved
 * @property {Record<string, string>} labels
 * @property {Record<string, string>} annotations
 */

/** @type {Shown[]} */
const shown = [];

/** @param {unknown} text */
function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** @param {unknown} body as Alertmanager sends it: `{ alerts: [{ status, labels, annotations }] }` */
function receive(body) {
  const { alerts } = /** @type {{ alerts?: unknown }} */ (body);
  if (!Array.isArray(alerts)) throw new TypeError('no alerts in it');
  for (const { status, labels = {}, annotations = {} } of alerts) {
    shown.unshift({ at: new Date().toISOString(), status, labels, annotations });
    console.log(`${status} ${labels.alertname} ${JSON.stringify(labels)} ${annotations.summary ?? ''}`);
  }
  shown.length = Math.min(shown.length, MAX_SHOWN);
}

function page() {
  const rows = shown.map(({ at, status, labels, annotations }) => {
    const { alertname, severity, ...rest } = labels;
    const others = Object.entries(rest)
      .map((pair) => pair.join('='))
      .join(', ');
    const cells = [at, status, severity ?? '', alertname, annotations['summary'] ?? '', others];
    return `<tr class="${status === 'firing' ? 'firing' : 'resolved'}"><td>${cells.map(escapeHtml).join('<td>')}`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>Alerts</title>
<style>body{font:15px system-ui;margin:2rem}td,th{padding:.3rem .8rem;text-align:left;vertical-align:top}
.firing td:nth-child(2){color:#b00020;font-weight:600}.resolved td:nth-child(2){color:#1b6e2c}</style>
<h1>Alerts that arrived</h1>
<table><tr><th>at<th>status<th>severity<th>alert<th>summary<th>labels${rows.join('\n')}</table>
${rows.length === 0 ? '<p>None so far.' : ''}`;
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @returns {Promise<string>}
 */
async function readBody(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) throw new RangeError('too long');
  }
  return text;
}

const server = createServer(async (request, response) => {
  if (request.method === 'POST' && request.url === '/alerts') {
    try {
      receive(JSON.parse(await readBody(request)));
      response.writeHead(204).end();
    } catch (error) {
      response.writeHead(400).end(String(error));
    }
  } else if (request.method === 'GET' && request.url === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page());
  } else {
    response.writeHead(404).end();
  }
});
server.listen(PORT, HOST, () => {
  const address = server.address();
  console.log(`waiting for alerts on port ${address !== null && typeof address === 'object' ? address.port : PORT}`);
});
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => server.close().closeAllConnections());
