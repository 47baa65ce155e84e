import type { Clock } from '../core/clock.ts';
import type { LiveFigures, LiveSections } from '../core/model/live.ts';
import type { ObjectiveSnapshot } from '../core/model/objective.ts';
import { VERSION } from '../core/version.ts';
import { API_SCHEMAS } from './api-schema.ts';
import type { Answer, Asked, PageSettings, Route, StatusSources } from './routes.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const TEXT = 'text/plain; charset=utf-8';
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const DEFAULT_RESOLUTION_SECONDS = 1;
const MAX_SILENCE_MINUTES = 24 * 60;

/** Figures for programs. Every JSON document carries `schemaVersion`; `/api/schema` describes them. */
export function apiRoutes(sources: StatusSources, clock: Clock, page: PageSettings): readonly Route[] {
  const startedAtMs = clock.now();
  const wallTime = (): number => clock.timeOrigin + clock.now();
  const health = (): Answer => json({ status: 'ok', uptimeSeconds: Math.floor((clock.now() - startedAtMs) / 1000) });
  return [
    {
      path: '/api/summary',
      access: 'token',
      answer: ({ query }) => json(query.has('brief') ? brief(sources.live) : sources.snapshot()),
    },
    { path: '/api/snapshot', access: 'token', answer: (asked) => snapshotIn(asked.query.get('format'), sources) },
    { path: '/api/operations', access: 'token', answer: ({ query }) => operations(query.get('name'), sources) },
    { path: '/api/history', access: 'token', answer: ({ query }) => history(query, sources) },
    {
      path: '/api/alerts',
      access: 'token',
      answer() {
        const { timestamp, alerts } = sources.snapshot();
        return json({ schemaVersion: 1, timestamp, evaluated: alerts !== undefined, ...(alerts ?? NO_ALERTS) });
      },
    },
    {
      path: '/api/alerts/silence',
      method: 'POST',
      access: 'token',
      answer: (asked) => silence(asked, sources, wallTime()),
    },
    {
      path: '/api/page',
      access: 'token',
      answer: () =>
        json({
          schemaVersion: 1,
          version: VERSION,
          traceUrl: page.traceUrl ?? null,
          canSilence: sources.silence !== undefined,
          hasHistory: sources.history !== undefined,
        }),
    },
    { path: '/api/schema', access: 'open', answer: () => json(API_SCHEMAS) },
    { path: '/health', access: 'open', answer: () => judged(sources, health) },
    { path: '/health/live', access: 'open', answer: health },
    {
      path: '/health/ready',
      access: 'open',
      answer: () => {
        // Ready means that there are figures to serve; a snapshot that cannot be taken is a 503.
        sources.snapshot();
        return health();
      },
    },
  ];
}

/**
 * The judgement in one word for balancers and people: 503 while it is critical, 200 otherwise. Whether the process runs at all is asked of
 * `/health/live`, which a restart may depend on: a restart does not make a database faster.
 */
function judged(sources: StatusSources, alive: () => Answer): Answer {
  const assessed = sources.health?.();
  if (assessed === undefined) return alive();
  const answer = JSON.parse(String(alive().body)) as object;
  return json({ ...answer, status: assessed.status }, assessed.status === 'critical' ? 503 : 200);
}

const NO_ALERTS = {
  active: [],
  history: [],
  firingBySeverity: { info: 0, warning: 0, critical: 0, emergency: 0 },
  firingByCategory: {},
};

function json(value: unknown, status = 200): Answer {
  return { status, contentType: JSON_TYPE, body: `${JSON.stringify(value)}\n` };
}

function problem(status: number, text: string): Answer {
  return { status, contentType: TEXT, body: `${text}\n` };
}

/** What somebody asks for who watches many servers: a snapshot without what is per operation, but for the objectives that are missed. */
function brief({ sections, lists }: LiveFigures): object {
  const { client: _, ...all } = Object.assign({}, ...sections.map((section) => section())) as LiveSections;
  const objectives = lists.objectives().map((row) => row.read() as ObjectiveSnapshot);
  return {
    schemaVersion: 1,
    ...all,
    operations: [],
    objectives: objectives.filter(({ state }) => state === 'breached'),
  };
}

async function snapshotIn(format: string | null, sources: StatusSources): Promise<Answer> {
  if (format === null || format === 'json') return json(sources.snapshot());
  if (format === 'prometheus') return { contentType: PROMETHEUS_TEXT, body: await sources.metricsText() };
  if (format === 'influx' && sources.influxText !== undefined) {
    return { contentType: TEXT, body: await sources.influxText() };
  }
  return problem(400, 'format is one of json, prometheus, influx');
}

function operations(name: string | null, sources: StatusSources): Answer {
  if (name === null) {
    const { timestamp, windowSeconds, operations: all } = sources.snapshot();
    return json({ schemaVersion: 1, timestamp, windowSeconds, operations: all });
  }
  const detail = sources.operation?.(name);
  return detail === undefined ? problem(404, 'no operation of that name has been used') : json(detail);
}

function history(query: URLSearchParams, sources: StatusSources): Answer {
  if (sources.history === undefined) return problem(404, 'no history is kept');
  const resolution = Number(query.get('resolution') ?? DEFAULT_RESOLUTION_SECONDS);
  const from = Number(query.get('from') ?? Number.NEGATIVE_INFINITY);
  if (!(resolution > 0) || Number.isNaN(from)) {
    return problem(400, 'resolution is a number of seconds above 0, from a time in Unix milliseconds');
  }
  const operation = query.get('operation') ?? undefined;
  const slice = sources.history({ operation, resolutionMs: resolution * 1000, fromMs: from });
  if (slice === undefined) return problem(404, 'no operation of that name has a history');
  return json({ schemaVersion: 1, ...(operation === undefined ? {} : { operation }), ...slice });
}

function silence({ query }: Asked, sources: StatusSources, nowMs: number): Answer {
  if (sources.silence === undefined) return problem(404, 'alerts are not evaluated here');
  const fingerprint = query.get('fingerprint') ?? '';
  const minutes = Number(query.get('minutes') ?? Number.NaN);
  if (fingerprint === '' || !(minutes >= 0 && minutes <= MAX_SILENCE_MINUTES)) {
    return problem(400, `fingerprint and minutes (0 to ${MAX_SILENCE_MINUTES}, 0 ends a silence) are needed`);
  }
  const until = nowMs + minutes * 60_000;
  if (!sources.silence(fingerprint, until)) return problem(404, 'no such alert');
  return json({ schemaVersion: 1, fingerprint, silencedUntil: until });
}
