import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { OperationDetail } from '../../../src/core/model/operation-detail.ts';
import type { OperationSnapshot, Snapshot } from '../../../src/core/model/snapshot.ts';
import type { HistoryQuery, StatusSources } from '../../../src/status/routes.ts';
import { verifies } from '../../support/verifies.ts';
import { createEndpoint, get } from './endpoint.ts';
import { SNAPSHOT } from './snapshot.ts';

const LATENCY = {
  count: 2,
  windowSeconds: 60,
  mean: 0.02,
  min: 0.01,
  max: 0.03,
  quantiles: [{ quantile: 0.5, seconds: 0.02, lowSeconds: undefined, highSeconds: undefined, samples: 2 }],
};
const OPERATION: OperationSnapshot = {
  name: 'tools/call find',
  method: 'tools/call',
  target: 'find',
  count: 2,
  errors: 1,
  errorTypes: { tool_error: 1 },
  latency: LATENCY,
  active: 0,
  peak: 1,
  ratePerSecond: 0.03,
  stages: [{ stage: 'execution', count: 2, totalSeconds: 0.03 }],
};
const ALERT = {
  fingerprint: 'f-1',
  rule: 'latency-high',
  severity: 'warning',
  category: 'latency',
  state: 'firing',
  attributes: { operation: 'tools/call find' },
  value: 0.3,
  threshold: 0.2,
  message: 'P95 is 300 ms, its objective 200 ms',
  advice: 'Look at the slow queries.',
  pendingSince: 1,
  firedAt: 2,
  resolvedAt: undefined,
  silencedUntil: undefined,
} as const;
const FULL: Snapshot = {
  ...SNAPSHOT,
  operations: [OPERATION],
  totals: { count: 2, errors: 1, ratePerSecond: 0.03, errorRatio: 0.5, latency: LATENCY },
  alerts: {
    active: [ALERT],
    history: [],
    firingBySeverity: { info: 0, warning: 1, critical: 0, emergency: 0 },
    firingByCategory: { latency: 1 },
  },
};
const DETAIL: OperationDetail = {
  schemaVersion: 1,
  timestamp: SNAPSHOT.timestamp,
  operation: OPERATION,
  distribution: [{ from: 0.01, to: 0.02, count: 1 }],
  slowest: [{ endedAt: 5, seconds: 0.03, traceId: 'a'.repeat(32), exported: true, errorType: '' }],
  objectives: [],
  windows: [],
};
const SLICE = { resolutionSeconds: 10, timestamps: [1, 2], columns: { requests: [1, null] } };

async function serving(more: Partial<StatusSources> = {}, options: Parameters<typeof createEndpoint>[0] = {}) {
  const asked: HistoryQuery[] = [];
  const sources: Omit<StatusSources, 'live'> = {
    metricsText: async () => 'up 1\n',
    snapshot: () => FULL,
    summaryText: () => 'text\n',
    influxText: async () => 'up value=1 1\n',
    history: (query) => {
      asked.push(query);
      return query.operation === 'nobody' ? undefined : SLICE;
    },
    operation: (name) => (name === OPERATION.name ? DETAIL : undefined),
    ...more,
  };
  const endpoint = createEndpoint({ sources, ...options });
  const address = await endpoint.server.start();
  if (address === undefined) throw new Error(endpoint.lines.join(''));
  const text = async (path: string, headers: Record<string, string> = {}) => {
    const { status, body } = await get(address.url + path, { headers });
    return [status, body.toString()] as const;
  };
  return { ...endpoint, ...address, asked, text };
}

describe('the API', () => {
  it('answers with documents that its own schemas describe', async () => {
    verifies('DSH-02');
    const { url } = await serving();
    const schemas = JSON.parse((await get(`${url}/api/schema`)).body.toString()) as {
      documents: Record<string, { $ref: string }>;
      $defs: Record<string, object>;
    };
    const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
    ajv.addSchema({ $id: 'api', $defs: schemas.$defs });
    const paths: Readonly<Record<string, string>> = {
      '/api/operations?name=': `/api/operations?name=${encodeURIComponent(OPERATION.name)}`,
    };
    const documents = Object.entries(schemas.documents).filter(([path]) => !path.includes('stream'));
    expect(documents.length).toBeGreaterThanOrEqual(6);
    for (const [path, { $ref }] of documents) {
      const document: unknown = JSON.parse((await get(url + (paths[path] ?? path))).body.toString());
      const validate = ajv.compile({ $ref: `api${$ref}` });
      expect([path, validate(document), validate.errors]).toEqual([path, true, null]);
      expect([path, validate({}), validate([])]).toEqual([path, false, false]);
    }
  });

  it('gives a snapshot in brief, without what is per operation but for the objectives that are missed', async () => {
    const objective = { indicator: 'latency', target: 0.1, samples: 2, breaches: 1 } as const;
    const rest = { operation: undefined, quantile: 0.95, observed: 0.2, budget: undefined };
    const objectives = [
      { ...objective, ...rest, id: 'a p95', state: 'breached' },
      { ...objective, ...rest, id: 'b p95', state: 'met' },
    ] as const;
    const { text } = await serving({ snapshot: () => ({ ...FULL, objectives, windows: [] }) });
    const { windows: _, ...brief } = JSON.parse((await text('/api/summary'))[1]);
    expect(JSON.parse((await text('/api/summary?brief'))[1])).toEqual({
      ...brief,
      operations: [],
      objectives: [JSON.parse(JSON.stringify(objectives[0]))],
    });
  });

  it('gives the snapshot as JSON, Prometheus text or line protocol, and says which formats there are', async () => {
    verifies('DSH-03');
    const { text } = await serving();
    expect(await text('/api/snapshot?format=json')).toEqual([200, `${JSON.stringify(FULL)}\n`]);
    expect(await text('/api/snapshot?format=prometheus')).toEqual([200, 'up 1\n']);
    expect(await text('/api/snapshot?format=influx')).toEqual([200, 'up value=1 1\n']);
    expect(await text('/api/snapshot?format=xml')).toEqual([400, 'format is one of json, prometheus, influx\n']);
  });

  it('passes on which stretch of history is asked for, and refuses what is no number', async () => {
    const { text, asked } = await serving();
    expect(JSON.parse((await text('/api/history'))[1])).toEqual({ schemaVersion: 1, ...SLICE });
    expect((await text('/api/history?resolution=60&from=17&operation=tools%2Fcall%20find'))[0]).toBe(200);
    expect(asked).toEqual([
      { operation: undefined, resolutionMs: 1_000, fromMs: Number.NEGATIVE_INFINITY },
      { operation: 'tools/call find', resolutionMs: 60_000, fromMs: 17 },
    ]);
    expect((await text('/api/history?resolution=soon'))[0]).toBe(400);
    expect((await text('/api/history?from=now'))[0]).toBe(400);
    expect((await text('/api/history?operation=nobody'))[0]).toBe(404);
  });

  it('says what is not there: operations nobody used, alerts nobody evaluates', async () => {
    const { text } = await serving({ snapshot: () => SNAPSHOT, operation: () => undefined });
    expect((await text('/api/operations?name=x'))[0]).toBe(404);
    expect(JSON.parse((await text('/api/alerts'))[1])).toMatchObject({ evaluated: false, active: [], history: [] });
    expect((await text('/api/nothing'))[1]).toContain('/api/stream');
  });

  it('silences an alert for our page and for programs, and for nobody else', async () => {
    const silenced: [string, number][] = [];
    const silence = (fingerprint: string, until: number) => {
      silenced.push([fingerprint, until]);
      return fingerprint === 'f-1';
    };
    const { url, port } = await serving({ silence }, { allowedOrigins: ['https://desk.example'] });
    const post = async (query: string, headers: Record<string, string> = {}) =>
      (await get(`${url}/api/alerts/silence${query}`, { method: 'POST', headers })).status;
    expect(await post('?fingerprint=f-1&minutes=60')).toBe(200);
    expect(await post('?fingerprint=f-1&minutes=60', { Origin: `http://127.0.0.1:${port}` })).toBe(200);
    expect(silenced).toEqual(Array(2).fill(['f-1', 1_700_003_600_000]));
    expect(await post('?fingerprint=other&minutes=1')).toBe(404);
    for (const query of ['', '?fingerprint=f-1', '?fingerprint=f-1&minutes=-1', '?fingerprint=f-1&minutes=1e9']) {
      expect([query, await post(query)]).toEqual([query, 400]);
    }
    for (const origin of ['https://desk.example', 'https://evil.example', `http://127.0.0.1:${port + 1}`, 'null']) {
      expect([origin, await post('?fingerprint=f-1&minutes=1', { Origin: origin })]).toEqual([origin, 403]);
    }
    expect(await post('?fingerprint=f-1&minutes=1', { 'Sec-Fetch-Site': 'same-site' })).toBe(403);
    expect((await get(`${url}/api/alerts/silence?fingerprint=f-1&minutes=1`)).status).toBe(405);
    expect(silenced).toHaveLength(3);
  });
});

describe('pages of other origins', () => {
  const listed = 'https://desk.example';

  it('read the figures when their origin is listed, and get nothing otherwise', async () => {
    verifies('DSH-02');
    const { url } = await serving({}, { allowedOrigins: [listed] });
    const ask = (origin: string, method = 'GET') => get(`${url}/api/summary`, { method, headers: { Origin: origin } });
    const good = await ask(listed);
    expect([good.status, good.headers['access-control-allow-origin'], good.headers['vary']]).toEqual([
      200,
      listed,
      'Origin',
    ]);
    const preflight = await ask(listed, 'OPTIONS');
    expect([preflight.status, preflight.headers['access-control-allow-headers']]).toEqual([
      204,
      'Authorization, Last-Event-ID',
    ]);
    for (const origin of ['https://evil.example', 'http://desk.example', 'null', 'https://desk.example.evil']) {
      for (const method of ['GET', 'OPTIONS']) {
        const { status, headers } = await ask(origin, method);
        expect([origin, status, headers['access-control-allow-origin']]).toEqual([origin, 403, undefined]);
      }
    }
  });
});

describe('a browser with the token', () => {
  const token = 's3cret-of-the-endpoint';

  it('gets a cookie for it that scripts cannot read, other ports do not take over, and time ends', async () => {
    verifies('DSH-02');
    const { url, port, clock } = await serving({}, { token });
    const signIn = (authorization: string) =>
      get(`${url}/api/session`, { method: 'POST', headers: { Authorization: authorization } });
    expect((await signIn('Bearer wrong')).status).toBe(401);
    const granted = await signIn(`Bearer ${token}`);
    const [setCookie = ''] = granted.headers['set-cookie'] ?? [];
    expect(granted.status).toBe(204);
    expect(setCookie).toMatch(
      new RegExp(`^mcp_vitals_${port}=\\d+\\.[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200$`),
    );
    expect(setCookie).not.toContain(token);
    const cookie = setCookie.split(';')[0] ?? '';
    const ask = async (headers: Record<string, string>) => (await get(`${url}/api/summary`, { headers })).status;
    expect(await ask({ Cookie: `a=b; ${cookie}; c` })).toBe(200);
    expect(await ask({ Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' })).toBe(200);
    expect(await ask({ Cookie: cookie, 'Sec-Fetch-Site': 'same-site' })).toBe(401);
    expect(await ask({ Cookie: cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) })).toBe(401);
    expect(await ask({ Cookie: cookie.replace(/=\d/, '=9') })).toBe(401);
    expect(await ask({ Cookie: cookie.replace(String(port), '1') })).toBe(401);
    expect(await ask({ Cookie: `mcp_vitals_${port}=` })).toBe(401);
    const other = await serving({}, { token });
    const { status } = await get(`${other.url}/api/summary`, {
      headers: { Cookie: cookie.replace(String(port), String(other.port)) },
    });
    expect(status).toBe(401);
    clock.advance(12 * 3_600_000 + 1);
    expect(await ask({ Cookie: cookie })).toBe(401);
  });

  it('gets the cookie for a code too, which is good once, for a minute, and for those only who had the token', async () => {
    verifies('DSH-02');
    const { url, clock } = await serving({}, { token });
    const codeFor = async (authorization?: string): Promise<[number, string]> => {
      const headers = authorization === undefined ? {} : { Authorization: authorization };
      const { status, body } = await get(`${url}/api/session?code`, { method: 'POST', headers });
      return [status, status === 200 ? (JSON.parse(body.toString()) as { path: string }).path : ''];
    };
    expect([(await codeFor())[0], (await codeFor('Bearer wrong'))[0]]).toEqual([401, 401]);
    const enter = async (path: string, options: Parameters<typeof get>[1] = {}) => {
      const { status, headers } = await get(url + path, options);
      expect([path, status, headers.location]).toEqual([path, 303, '/']);
      return headers['set-cookie']?.[0];
    };
    const [, path] = await codeFor(`Bearer ${token}`);
    expect(path).not.toContain(token);
    // Neither a look at the headers nor another page that leads here uses it up.
    expect(await enter(path, { method: 'HEAD' })).toBe(undefined);
    expect(await enter(path, { headers: { 'Sec-Fetch-Site': 'cross-site' } })).toBe(undefined);
    expect(await enter(path)).toMatch(/HttpOnly; SameSite=Strict/);
    for (const useless of [path, '/api/session', '/api/session?code=', '/api/session?code=x']) {
      expect([useless, await enter(useless)]).toEqual([useless, undefined]);
    }
    const [, late] = await codeFor(`Bearer ${token}`);
    clock.advance(60_000);
    expect(await enter(late)).toBe(undefined);
    const paths = await Promise.all(Array.from({ length: 9 }, async () => (await codeFor(`Bearer ${token}`))[1]));
    const entered = await Promise.all(paths.map((one) => enter(one)));
    expect(entered.filter((cookie) => cookie !== undefined)).toHaveLength(8);
  });

  it('takes the cookie back on request', async () => {
    const { url } = await serving({}, { token });
    const { headers } = await get(`${url}/api/session?end`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(headers['set-cookie']?.[0]).toMatch(/^mcp_vitals_\d+=; .*Max-Age=0$/);
  });
});
