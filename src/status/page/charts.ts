import { Chart, type Marker, type MarkerKind } from './chart.ts';
import { el, setText } from './dom.ts';
import { bytes, percent, rate, seconds } from './figures.ts';
import type { Rows } from './rows.ts';

interface Plan {
  readonly chart: Chart;
  readonly of: (rows: Rows) => ((at: number) => number | null)[];
  /** Columns without which there is nothing to draw, so that the chart is not shown. */
  readonly needs: readonly string[];
}

const LATENCY_SERIES = [
  { label: 'mean', colour: '--muted', dashed: true, format: seconds },
  { label: 'P50', colour: '--series-1', format: seconds },
  { label: 'P95', colour: '--series-2', format: seconds },
  { label: 'P99', colour: '--series-3', format: seconds },
] as const;

/** What the lines across the charts are, one and several. */
const MARKER_WORDS: readonly (readonly [MarkerKind, string, string])[] = [
  ['alert', 'alert fired', 'alerts fired'],
  ['anomaly', 'anomaly', 'anomalies'],
  ['regression', 'regression', 'regressions'],
  ['deploy', 'deployment', 'deployments'],
];

/** Steps of the memory axis: round numbers of MiB. */
const MEMORY_STEPS = Array.from({ length: 32 }, (_, exponent) => 2 ** (exponent + 10));

function latencyPlan(title: string): Plan {
  return {
    chart: new Chart({ title, series: LATENCY_SERIES, format: seconds, least: 0.001 }),
    of: (rows) => ['mean', 'p50', 'p95', 'p99'].map((name) => rows.plain(name)),
    needs: [],
  };
}

function throughputPlan(): Plan {
  return {
    chart: new Chart({
      title: 'Throughput',
      series: [{ label: 'requests/s', colour: '--series-2', filled: true, format: rate }],
      format: rate,
      least: 1,
    }),
    of: (rows) => [rows.ratio('requests', 'seconds')],
    needs: [],
  };
}

function errorsPlan(): Plan {
  return {
    chart: new Chart({
      title: 'Errors',
      series: [{ label: 'of all requests', colour: '--bad', filled: true, format: (value) => percent(value) }],
      format: (value) => percent(value, value < 0.1 ? 1 : 0),
      least: 0.02,
    }),
    of: (rows) => {
      const share = rows.ratio('errors', 'requests');
      return [(at) => share(at) ?? 0];
    },
    needs: [],
  };
}

function processPlans(): Plan[] {
  return [
    {
      chart: new Chart({
        title: 'Memory and CPU',
        series: [
          { label: 'resident', colour: '--series-2', format: bytes },
          { label: 'heap', colour: '--series-1', format: bytes },
          {
            label: 'CPU',
            colour: '--muted',
            dashed: true,
            share: true,
            format: (value) => percent(value, 0),
          },
        ],
        format: bytes,
        least: 1_048_576,
        increments: MEMORY_STEPS,
      }),
      of: (rows) => [rows.plain('residentBytes'), rows.plain('heapUsedBytes'), rows.plain('cpu')],
      needs: ['residentBytes'],
    },
    {
      chart: new Chart({
        title: 'Event loop',
        series: [
          { label: 'delay P99', colour: '--series-2', format: seconds },
          { label: 'busy', colour: '--muted', dashed: true, share: true, format: (value) => percent(value, 0) },
        ],
        format: seconds,
        least: 0.01,
      }),
      of: (rows) => [rows.plain('eventLoopDelayP99'), rows.plain('eventLoopUtilization')],
      needs: ['eventLoopDelayP99'],
    },
    {
      chart: new Chart({
        title: 'Cache and pools',
        series: [
          { label: 'cache hits', colour: '--series-2', share: true, format: (value) => percent(value, 0) },
          { label: 'connections in use', colour: '--series-1', format: rate },
          { label: 'waiting', colour: '--bad', format: rate },
        ],
        format: rate,
        least: 4,
      }),
      of: (rows) => [rows.plain('cacheHitRatio'), rows.plain('poolUsed'), rows.plain('poolPending')],
      needs: ['cacheHitRatio', 'poolUsed'],
    },
    {
      chart: new Chart({
        title: 'Health and pressure',
        series: [
          { label: 'health', colour: '--ok', format: (value) => (value === null ? '–' : value.toFixed(0)) },
          { label: 'pressure', colour: '--warn', dashed: true, share: true, format: (value) => percent(value, 0) },
        ],
        format: (value) => value.toFixed(0),
        least: 100 / 1.1,
      }),
      of: (rows) => [rows.plain('health'), rows.plain('pressure')],
      needs: ['health', 'pressure'],
    },
  ];
}

/** Charts side by side, over one stretch of time. */
export class ChartGrid {
  readonly root = el('div', { class: 'charts' });
  readonly #plans: readonly Plan[];
  readonly #key = el('ul', { class: 'legend marker-key' });
  readonly #kinds = new Map(
    MARKER_WORDS.map(([kind, ...words]) => {
      const label = el('span');
      const item = el('li', {}, el('i', { class: 'marker-swatch', attributes: { 'data-kind': kind } }), label);
      return [kind, { item, words, label }] as const;
    }),
  );

  /** @param subject `process` for all requests and the process itself, `operation` for one operation */
  constructor(subject: 'process' | 'operation') {
    this.#plans = [
      latencyPlan(subject === 'process' ? 'Response time' : 'Latency'),
      throughputPlan(),
      errorsPlan(),
      ...(subject === 'process' ? processPlans() : []),
    ];
    this.#key.append(...Array.from(this.#kinds.values(), ({ item }) => item));
    this.#key.hidden = true;
    this.root.append(...this.#plans.map(({ chart }) => chart.root), this.#key);
  }

  show(rows: Rows, spanMs: number, nowMs: number, markers: readonly Marker[]): void {
    // What has not lasted for the whole stretch yet is not pushed to its end; a fifth of it is shown in any case.
    const from = Math.max(nowMs - spanMs, Math.min(rows.first ?? nowMs, nowMs - spanMs / 5));
    for (const { chart, of, needs } of this.#plans) {
      chart.root.hidden = needs.length > 0 && !needs.some((name) => rows.has(name));
      if (!chart.root.hidden) chart.show(() => rows.series(of(rows)), [from / 1_000, nowMs / 1_000], markers);
    }
    this.#showKey(markers.filter(({ at }) => at >= from / 1_000));
  }

  /** Says what the lines across the charts are. */
  #showKey(markers: readonly Marker[]): void {
    this.#key.hidden = markers.length === 0;
    for (const [kind, { item, words, label }] of this.#kinds) {
      const times = markers.filter((marker) => marker.kind === kind).length;
      item.hidden = times === 0;
      setText(label, `${times} ${times === 1 ? words[0] : words[1]}`);
    }
  }

  restyle(): void {
    for (const { chart } of this.#plans) chart.restyle();
  }

  destroy(): void {
    for (const { chart } of this.#plans) chart.destroy();
    this.root.remove();
  }
}
