import { expect, it } from 'vitest';
import { InstrumentedServer } from '../../support/instrumented-server.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';

const BUSY_SERVER = new URL('../../browser/fixtures/busy-server.mjs', import.meta.url).pathname;
const OPERATION = 'tools/call kb.list_tags';

const SECRETS = {
  token: 'token-Zq81',
  'value of an OTLP header': 'otlp-Zq82',
  'user and password of the OTLP address': 'collector-Zq83',
  'secret of a webhook': 'signing-Zq84',
  'address of a webhook': 'path-Zq85',
  'header of a webhook': 'header-Zq86',
  'argument of the call': 'how to measure',
};

const PATHS = [
  '/',
  '/page.js',
  '/metrics',
  '/health',
  '/health/live',
  '/health/ready',
  '/api/summary',
  '/api/snapshot',
  '/api/snapshot?format=prometheus',
  '/api/snapshot?format=influx',
  '/api/snapshot?format=nothing',
  '/api/operations',
  `/api/operations?name=${encodeURIComponent(OPERATION)}`,
  '/api/history',
  `/api/history?operation=${encodeURIComponent(OPERATION)}`,
  '/api/alerts',
  '/api/page',
  '/api/schema',
  '/nothing',
];

it('no answer of the endpoint contains a secret of the settings or an argument of a call, signed in or not', async () => {
  verifies('NFR-05');
  const receiver = await startOtlpReceiver();
  const address = new URL(receiver.url);
  address.username = address.password = SECRETS['user and password of the OTLP address'];
  const webhook = {
    type: 'webhook',
    // Nobody listens there: what failing channels say must not give them away either.
    url: `http://127.0.0.1:9/${SECRETS['address of a webhook']}`,
    secret: SECRETS['secret of a webhook'],
    headers: { Authorization: SECRETS['header of a webhook'] },
  };
  const rule = {
    name: 'called',
    metric: 'mcp.server.operation.duration',
    aggregate: 'increase',
    window: 10_000,
    minSamples: 0,
    operator: '>',
    threshold: 0,
    severity: 'critical',
    message: 'called {value} times',
  };
  const server = await InstrumentedServer.start(BUSY_SERVER, {
    arguments: ['4', '40'],
    env: {
      MCP_VITALS_TOKEN: SECRETS.token,
      MCP_VITALS_CHANNELS: JSON.stringify([webhook]),
      MCP_VITALS_RULES: JSON.stringify([rule]),
      OTEL_EXPORTER_OTLP_ENDPOINT: address.href.replace(/\/$/, ''),
      OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${SECRETS['value of an OTLP header']}`,
    },
  });
  try {
    const url = await server.url();
    const signedIn = { Authorization: `Bearer ${SECRETS.token}` };
    const read = async (path: string, headers: Record<string, string>): Promise<string> => {
      const response = await fetch(url + path, { headers });
      return JSON.stringify([...response.headers]) + (await response.text());
    };
    // The settings are in force: the rule fires, the webhook has failed, telemetry arrives with its header.
    await expect.poll(() => read('/api/alerts', signedIn), { timeout: 20_000 }).toMatch(/"state":"firing".*called/);
    await expect.poll(() => read('/api/history', signedIn), { timeout: 10_000 }).toMatch(/"timestamps":\[\d/);
    await server.stderrMatch(/alerts to http:\/\/127\.0\.0\.1:9\/: connect ECONNREFUSED/);
    await expect.poll(() => receiver.requests.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(receiver.requests[0]?.headers).toMatchObject({ 'x-api-key': SECRETS['value of an OTLP header'] });
    expect((await fetch(`${url}/api/summary`)).status).toBe(401);
    const found: string[] = [];
    const search = (path: string, text: string): void => {
      for (const [what, secret] of Object.entries(SECRETS)) if (text.includes(secret)) found.push(`${what}: ${path}`);
    };
    for (const path of PATHS) {
      for (const headers of [{}, signedIn, { ...signedIn, Accept: 'application/openmetrics-text' }]) {
        search(path, await read(path, headers));
      }
    }
    const stream = await fetch(`${url}/api/stream`, { headers: signedIn });
    let events = '';
    for await (const chunk of stream.body ?? []) {
      events += Buffer.from(chunk as Uint8Array).toString();
      if (/^event: history$/m.test(events) && events.endsWith('\n\n')) break;
    }
    expect(events).toMatch(/^event: snapshot$/m);
    search('/api/stream', events);
    const session = await fetch(`${url}/api/session`, { method: 'POST', headers: signedIn });
    expect(session.ok).toBe(true);
    search('/api/session', JSON.stringify([...session.headers]) + (await session.text()));
    search('stderr', server.stderr);
    expect(found).toEqual([]);
  } finally {
    await server.stop();
    await receiver.close();
  }
});
