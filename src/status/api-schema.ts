/**
 * JSON Schema (2020-12) of what the API answers with, served at `/api/schema`.
 *
 * A document says its `schemaVersion`; it changes when a field changes its meaning or goes. New fields come without a new
 * version, so readers ignore what they do not know: nothing here forbids additional properties.
 */
interface Schema {
  readonly [keyword: string]: unknown;
}

const number: Schema = { type: 'number' };
const count: Schema = { type: 'integer', minimum: 0 };
const text: Schema = { type: 'string' };
const ratio: Schema = { type: 'number', minimum: 0, maximum: 1 };
const time: Schema = { type: 'number', description: 'milliseconds since the Unix epoch' };
const seconds: Schema = { type: 'number', minimum: 0, description: 'seconds' };
const counts: Schema = { type: 'object', additionalProperties: count };
const version: Schema = { const: 1 };

const list = (items: Schema): Schema => ({ type: 'array', items });
const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });

/** Required fields first; the others may be absent. */
function object(required: Readonly<Record<string, Schema>>, optional: Readonly<Record<string, Schema>> = {}): Schema {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}

const latency = object(
  {
    count,
    windowSeconds: number,
    quantiles: list(
      object({ quantile: ratio, samples: count }, { seconds, lowSeconds: seconds, highSeconds: seconds }),
    ),
  },
  { mean: seconds, min: seconds, max: seconds },
);

const component = object({
  kind: text,
  name: text,
  operations: count,
  calls: count,
  errors: count,
  totalSeconds: seconds,
});

const operation = object(
  {
    name: text,
    method: text,
    count,
    errors: count,
    errorTypes: counts,
    latency: ref('latency'),
    active: count,
    peak: count,
    ratePerSecond: number,
    stages: list(object({ stage: text, count, totalSeconds: seconds })),
  },
  { target: text, components: list(component) },
);

const severity: Schema = { enum: ['info', 'warning', 'critical', 'emergency'] };

const alert = object(
  {
    fingerprint: text,
    rule: text,
    severity,
    category: text,
    state: { enum: ['pending', 'firing', 'resolved'] },
    attributes: { type: 'object', additionalProperties: text },
    message: text,
    pendingSince: time,
  },
  { value: number, threshold: number, advice: text, firedAt: time, resolvedAt: time, silencedUntil: time },
);

const alerts = object({
  active: list(ref('alert')),
  history: list(ref('alert')),
  firingBySeverity: counts,
  firingByCategory: counts,
});

const process = object(
  { uptimeSeconds: seconds, residentBytes: count, heapUsedBytes: count, heapLimitBytes: count },
  { cpuUtilization: number, eventLoopDelayP99Seconds: seconds, eventLoopUtilization: ratio },
);

const objective = object(
  { id: text, indicator: text, target: number, samples: count, state: text, breaches: count },
  { operation: text, quantile: ratio, observed: number, budget: { type: 'object' } },
);

const windows = object({
  windowSeconds: number,
  ratePerSecond: number,
  latency: ref('latency'),
});

const health = object({
  score: { type: 'number', minimum: 0, maximum: 100 },
  status: { enum: ['excellent', 'good', 'warning', 'critical'] },
  issues: list(object({ component: text, deduction: number, evidence: text, recommendation: text })),
  recommendations: list(
    object(
      { severity, culprit: text, share: ratio, evidence: text, advice: text },
      { operation: text, withoutSeconds: seconds },
    ),
  ),
  components: list(object({ component: text, score: { type: 'number', minimum: 0, maximum: 100 }, status: text })),
});

const trend = object(
  { figure: { enum: ['p95', 'rate', 'errors', 'memory'] }, direction: text, minutes: count, evidence: text },
  { perHour: number, level: number, pValue: ratio },
);

const scaling = object({
  ratePerSecond: number,
  predictedPerSecond: number,
  horizonMinutes: number,
  demandSeconds: seconds,
  resource: text,
  utilization: ratio,
  perReplica: number,
  saturation: number,
  replicasNow: count,
  replicas: count,
  error: number,
  evidence: text,
});

const totals = object({ count, errors: count, ratePerSecond: number, latency: ref('latency') }, { errorRatio: ratio });
const inFlight = object({ active: count, peak: count });
const sessions = object({ active: count, started: count });

const everywhere = {
  service: object({ name: text, instanceId: text }, { version: text }),
  windowSeconds: number,
  requests: object({ active: count, peak: count, queued: count }),
  sessions,
  dropped: counts,
};
const sections = {
  totals,
  process,
  client: object({ operations: list(ref('operation')), requests: inFlight, sessions }),
  caches: list(object({ name: text, hits: count, misses: count, failures: count, evictions: count })),
  pools: list(object({ name: text, system: text, used: count, idle: count, pending: count })),
  batches: list(object({ name: text, batches: count, items: count, errors: count })),
  pressure: object({ value: ratio, causes: list(object({ cause: text, value: number, evidence: text })) }),
  alerts: ref('alerts'),
  health,
  trends: list(trend),
  scaling,
  findings: list(object({ kind: text, subject: text, channel: text, since: time, evidence: text })),
};

const snapshot = object(
  { schemaVersion: version, timestamp: time, ...everywhere, operations: list(ref('operation')) },
  {
    ...sections,
    windows: list(object({ operation: text, windows: list(ref('windows')) })),
    objectives: list(ref('objective')),
  },
);

const orGone = (section: Schema): Schema => ({ anyOf: [section, { type: 'null' }] });

const update: Schema = {
  ...object(
    { schemaVersion: version },
    {
      timestamp: time,
      ...everywhere,
      ...Object.fromEntries(Object.entries(sections).map(([name, section]) => [name, orGone(section)])),
      operations: list(ref('operation')),
      objectives: list(ref('objective')),
    },
  ),
  description:
    'what has changed since the event before: a section replaces the one of its name, null says that it is gone; a row of ' +
    'operations and client.operations replaces the one of its name, of objectives the one of its id, or is new',
};

const slice = {
  resolutionSeconds: number,
  timestamps: list(time),
  columns: { type: 'object', additionalProperties: list({ type: ['number', 'null'] }) },
};

/** Every document of the API by the path that answers with it, and the events of `/api/stream`. */
export const API_SCHEMAS: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'The API of mcp-vitals, version 1',
  documents: {
    '/api/summary': ref('snapshot'),
    '/api/snapshot': ref('snapshot'),
    '/api/operations': ref('operations'),
    '/api/operations?name=': ref('operationDetail'),
    '/api/history': ref('history'),
    '/api/alerts': ref('alertsDocument'),
    '/api/stream snapshot': ref('snapshot'),
    '/api/stream update': ref('update'),
    '/api/stream history': ref('historyEvent'),
  },
  $defs: {
    latency,
    operation,
    alert,
    alerts,
    objective,
    windows,
    snapshot,
    update,
    operations: object({
      schemaVersion: version,
      timestamp: time,
      windowSeconds: number,
      operations: list(ref('operation')),
    }),
    operationDetail: object({
      schemaVersion: version,
      timestamp: time,
      operation: ref('operation'),
      distribution: list(object({ from: seconds, to: seconds, count })),
      slowest: list(
        object({
          endedAt: time,
          seconds,
          traceId: { type: 'string', pattern: '^[0-9a-f]{32}$' },
          errorType: text,
          exported: { type: 'boolean' },
        }),
      ),
      objectives: list(ref('objective')),
      windows: list(ref('windows')),
    }),
    history: object({ schemaVersion: version, ...slice }, { operation: text }),
    historyEvent: object(slice),
    alertsDocument: {
      allOf: [ref('alerts'), object({ schemaVersion: version, timestamp: time, evaluated: { type: 'boolean' } })],
    },
  },
};
