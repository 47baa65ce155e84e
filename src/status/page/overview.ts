import type { Snapshot } from '../../core/model/snapshot.ts';
import { AlertsPanel } from './alerts-panel.ts';
import type { Marker } from './chart.ts';
import { ChartGrid } from './charts.ts';
import { el } from './dom.ts';
import { clockTime, count, NONE, percent, quantile, rate, seconds } from './figures.ts';
import { HealthPanel } from './health-panel.ts';
import { OperationsTable } from './operations-table.ts';
import { PlainTable } from './plain-table.ts';
import type { Rows } from './rows.ts';
import { processTiles, Tiles } from './tiles.ts';
import type { ViewState } from './view-state.ts';

/** What the page was told about the endpoint. */
export interface PageInfo {
  readonly version: string;
  readonly traceUrl: string | null;
  readonly canSilence: boolean;
}

/** Everything about the process on one page. */
export class Overview {
  readonly charts = new ChartGrid('process');
  readonly #tiles = new Tiles();
  readonly #operations: OperationsTable;
  readonly #alerts = new AlertsPanel();
  readonly #health = new HealthPanel();
  readonly #caches = new PlainTable(
    'Caches',
    ['Cache', '#Hits', '#Misses', '#Hit ratio', '#Entries', '#Evictions'],
    '',
  );
  readonly #pools = new PlainTable(
    'Pools',
    ['Pool', 'System', '#In use', '#Idle', '#Waiting', '#Most', '#Timeouts'],
    '',
  );
  readonly #batches = new PlainTable(
    'Batches',
    ['Batcher', '#Batches', '#Items', '#Mean size', '#Mean wait', '#Errors'],
    '',
  );
  readonly #client = new PlainTable('Requests to others', ['Operation', '#Calls', '#Per s', '#Errors', '#P95'], '');
  readonly #sessions = new PlainTable('Sessions and requests', ['What', '#Now', '#Peak', '#So far'], '');
  readonly #dropped = new PlainTable('Telemetry lost', ['What', '#Count'], '');

  constructor(root: HTMLElement, onState: (change: Partial<ViewState>) => void) {
    this.#operations = new OperationsTable({ onState });
    root.append(
      el('h2', { class: 'spoken', text: 'Overview' }),
      this.#tiles.root,
      el('div', { class: 'pair' }, this.#alerts.root, this.#health.root),
      this.charts.root,
      this.#operations.root,
      el(
        'div',
        { class: 'tables' },
        ...[this.#sessions, this.#caches, this.#pools, this.#batches, this.#client, this.#dropped].map(
          ({ root: table }) => table,
        ),
      ),
    );
  }

  show(snapshot: Snapshot, state: ViewState, info: PageInfo | undefined): void {
    this.#tiles.show(processTiles(snapshot));
    this.#operations.show(snapshot, state);
    this.#alerts.show(snapshot.alerts, snapshot.timestamp, info?.canSilence ?? false);
    this.#health.show(snapshot.health, snapshot.findings);
    this.#showTables(snapshot);
  }

  showCharts(rows: Rows, spanMs: number, nowMs: number, snapshot: Snapshot | undefined): void {
    this.charts.show(rows, spanMs, nowMs, markersOf(snapshot));
  }

  #showTables({ caches, pools, batches, client, sessions, requests, totals, dropped }: Snapshot): void {
    this.#sessions.show(
      [
        ['Sessions', String(sessions.active), NONE, count(sessions.started)],
        ['Requests in flight', String(requests.active), String(requests.peak), count(totals?.count ?? 0)],
        ['Waiting for their turn', String(requests.queued), NONE, NONE],
      ],
      (cells) => cells,
    );
    this.#caches.show(caches ?? [], (cache) => [
      cache.name,
      count(cache.hits),
      count(cache.misses),
      percent(cache.hitRatio),
      cache.entries === undefined ? NONE : count(cache.entries),
      count(cache.evictions),
    ]);
    this.#pools.show(pools ?? [], (pool) => [
      pool.name,
      pool.system,
      String(pool.used),
      String(pool.idle),
      String(pool.pending),
      pool.max === undefined ? NONE : String(pool.max),
      count(pool.timeouts),
    ]);
    this.#batches.show(batches ?? [], (batch) => [
      batch.name,
      count(batch.batches),
      count(batch.items),
      rate(batch.meanSize),
      seconds(batch.meanWaitSeconds),
      count(batch.errors),
    ]);
    this.#client.show(client?.operations ?? [], (operation) => [
      operation.name,
      count(operation.count),
      rate(operation.ratePerSecond),
      operation.count === 0 ? NONE : percent(operation.errors / operation.count),
      seconds(quantile(operation.latency, 0.95)?.seconds),
    ]);
    const lost = Object.entries(dropped).filter(([, times]) => times > 0);
    this.#dropped.show(lost, ([what, times]) => [what, count(times)]);
    this.#caches.root.hidden = (caches ?? []).length === 0;
    this.#pools.root.hidden = (pools ?? []).length === 0;
    this.#batches.root.hidden = (batches ?? []).length === 0;
    this.#client.root.hidden = (client?.operations ?? []).length === 0;
    this.#dropped.root.hidden = lost.length === 0;
  }
}

/** More lines than these hide what they cross. */
const MAX_MARKERS = 24;

/** Alerts, anomalies, regressions and deployments as lines across the charts, the latest of them. */
export function markersOf(snapshot: Snapshot | undefined): Marker[] {
  if (snapshot === undefined) return [];
  const { alerts, findings } = snapshot;
  const fired = [...(alerts?.active ?? []), ...(alerts?.history ?? [])].flatMap(
    ({ firedAt, rule, message }): Marker[] =>
      firedAt === undefined
        ? []
        : [{ at: firedAt / 1_000, kind: 'alert', text: `${clockTime(firedAt)} alert ${rule}: ${message}` }],
  );
  const found = (findings ?? []).map(
    ({ kind, since, subject, evidence }): Marker => ({
      at: since / 1_000,
      kind,
      text: `${clockTime(since)} ${kind} ${subject}: ${evidence}`,
    }),
  );
  return [...fired, ...found].sort((a, b) => a.at - b.at).slice(-MAX_MARKERS);
}
