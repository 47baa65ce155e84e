import type { Clock } from '../core/clock.ts';
import type { HealthSnapshot } from '../core/model/health.ts';
import type { LiveFigures } from '../core/model/live.ts';
import type { OperationDetail } from '../core/model/operation-detail.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { apiRoutes } from './api-routes.ts';
import type { HistorySlice } from './history/history.ts';
import { OPEN_METRICS, prefersOpenMetrics } from './open-metrics.ts';
import { type PageAssets, pageRoutes } from './page-assets.ts';

/** Which stretch of history is asked for. */
export interface HistoryQuery {
  /** Name of an operation; `undefined` for the process. */
  readonly operation: string | undefined;
  /** Coarsest is a day of minutes; the finest resolution not finer than this answers. */
  readonly resolutionMs: number;
  /** Only rows later than this, Unix milliseconds. */
  readonly fromMs: number;
}

/** Where the endpoint gets its figures. What is left out is answered with 404: that part is not running. */
export interface StatusSources {
  /** All metrics in Prometheus text format. */
  metricsText(): Promise<string | Buffer>;
  /** The same in OpenMetrics, with exemplars; left out, everybody gets plain text. */
  openMetricsText?(): Promise<string | Buffer>;
  snapshot(): Snapshot;
  /** The same in pieces, for the stream. */
  readonly live: LiveFigures;
  /** The figures as a table for people. */
  summaryText(): string;
  /** All metrics in InfluxDB line protocol. */
  influxText?(): Promise<string>;
  /** `undefined` where nothing of that name has a history. */
  history?(query: HistoryQuery): HistorySlice | undefined;
  /** How the process is, as last assessed; left out, `/health` tells only that it answers. */
  health?(): HealthSnapshot | undefined;
  /** `undefined` for an operation nobody has used. */
  operation?(name: string): OperationDetail | undefined;
  /** Keeps an alert from being sent until then (Unix milliseconds); false when there is no such alert. */
  silence?(fingerprint: string, untilMs: number): boolean;
}

/** What a route answers with. */
export interface Answer {
  /** @default 200 */
  readonly status?: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a route may know of a request that has passed every check. */
export interface Asked {
  readonly query: URLSearchParams;
  readonly accept: string;
  /** Value of `If-None-Match`; empty without one. */
  readonly knownTag: string;
}

/** One path of the endpoint. A source that throws is answered with 503 by the server. */
export interface Route {
  readonly path: string;
  /** @default 'GET', which HEAD belongs to */
  readonly method?: 'GET' | 'POST';
  /** `open` paths answer without a token: they tell nothing of the figures. */
  readonly access: 'open' | 'token';
  /** Takes the request only when it says so; the next route of the path is asked otherwise. */
  readonly takes?: (asked: Asked) => boolean;
  answer(asked: Asked): Answer | Promise<Answer>;
}

/** What the page has to know besides the figures. */
export interface PageSettings {
  /** Address of a trace with `{traceId}` in it; `undefined`: trace ids are shown without a link. */
  readonly traceUrl?: string | undefined;
}

const TEXT = 'text/plain; charset=utf-8';
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

export interface RouteOptions {
  readonly clock: Clock;
  readonly page: PageSettings;
  readonly assets: PageAssets;
}

/** The table of paths; of several rows with one path the first that takes a request answers. */
export function statusRoutes(sources: StatusSources, { clock, page, assets }: RouteOptions): readonly Route[] {
  return [
    ...pageRoutes(assets),
    { path: '/', access: 'token', answer: () => ({ contentType: TEXT, body: sources.summaryText() }) },
    {
      path: '/metrics',
      access: 'token',
      answer: async ({ accept }) => {
        const { openMetricsText } = sources;
        if (openMetricsText === undefined || !prefersOpenMetrics(accept)) {
          return { contentType: PROMETHEUS_TEXT, body: await sources.metricsText() };
        }
        return { contentType: OPEN_METRICS, body: await openMetricsText() };
      },
    },
    ...apiRoutes(sources, clock, page),
  ];
}
