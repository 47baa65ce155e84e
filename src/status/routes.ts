import type { Clock } from '../core/clock.ts';
import type { Snapshot } from '../core/model/snapshot.ts';

/** Where the endpoint gets its figures. */
export interface StatusSources {
  /** All metrics in Prometheus text format. */
  metricsText(): Promise<string>;
  snapshot(): Snapshot;
  /** The figures as a table for people. */
  summaryText(): string;
}

/** What a route answers with. */
export interface Answer {
  readonly contentType: string;
  readonly body: string;
}

/** One path of the endpoint. A source that throws is answered with 503 by the server. */
export interface Route {
  readonly path: string;
  /** `open` paths answer without a token: they tell nothing but that the process lives. */
  readonly access: 'open' | 'token';
  answer(): Answer | Promise<Answer>;
}

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** The table of paths; pages and streams to come are further rows. */
export function statusRoutes(sources: StatusSources, clock: Clock): readonly Route[] {
  const startedAtMs = clock.now();
  const json = (value: unknown): Answer => ({ contentType: JSON_TYPE, body: `${JSON.stringify(value)}\n` });
  const health = (): Answer => json({ status: 'ok', uptimeSeconds: Math.floor((clock.now() - startedAtMs) / 1000) });
  const snapshot = (): Answer => json(sources.snapshot());
  return [
    { path: '/', access: 'token', answer: () => ({ contentType: TEXT, body: sources.summaryText() }) },
    {
      path: '/metrics',
      access: 'token',
      answer: async () => ({ contentType: PROMETHEUS_TEXT, body: await sources.metricsText() }),
    },
    { path: '/api/summary', access: 'token', answer: snapshot },
    { path: '/api/snapshot', access: 'token', answer: snapshot },
    { path: '/health', access: 'open', answer: health },
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
