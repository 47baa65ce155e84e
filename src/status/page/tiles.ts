import type { Snapshot } from '../../core/model/snapshot.ts';
import { el, KeyedList, setAttribute, setText } from './dom.ts';
import { bytes, count, NONE, percent, quantile, rate, seconds } from './figures.ts';

/** How a figure stands: judged by an objective where there is one, by the default rules otherwise. */
export type Level = 'ok' | 'warn' | 'bad' | 'none';

/** One figure with its name and a note below it. */
export interface Tile {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly level: Level;
  /** The note says in words how the figure stands. */
  readonly worded?: boolean;
}

/** Words beside the colour: nobody has to tell red from green. */
const LEVEL_WORDS: Readonly<Record<Level, string>> = { ok: '', warn: 'attention', bad: 'problem', none: '' };

interface TileView {
  readonly root: HTMLElement;
  readonly value: HTMLElement;
  readonly note: HTMLElement;
}

/** A row of figures. */
export class Tiles {
  readonly root = el('dl', { class: 'tiles' });
  readonly #list = new KeyedList<Tile, TileView>(this.root, createTile, updateTile);

  show(tiles: readonly Tile[]): void {
    this.#list.show(tiles, ({ name }) => name);
  }
}

function createTile({ name }: Tile): TileView {
  const value = el('span', { class: 'value' });
  const note = el('span', { class: 'note' });
  const root = el('div', { class: 'tile' }, el('dt', { text: name }), el('dd', {}, value, note));
  return { root, value, note };
}

function updateTile({ root, value, note }: TileView, tile: Tile): void {
  setText(value, tile.value);
  const word = tile.worded === true ? '' : LEVEL_WORDS[tile.level];
  setText(note, word === '' ? tile.note : `${word} · ${tile.note}`);
  setAttribute(root, 'data-level', tile.level);
}

/** What matters most about a process, what is judged first. */
export function processTiles(snapshot: Snapshot): Tile[] {
  return [
    ...healthTile(snapshot),
    ...alertsTile(snapshot),
    ...trafficTiles(snapshot),
    ...pressureTile(snapshot),
    ...resourceTiles(snapshot),
  ];
}

function healthTile({ health }: Snapshot): Tile[] {
  if (health === undefined) return [];
  const level: Level = health.score >= 75 ? 'ok' : health.score >= 50 ? 'warn' : 'bad';
  return [{ name: 'Health', value: String(Math.round(health.score)), note: health.status, level, worded: true }];
}

function alertsTile({ alerts }: Snapshot): Tile[] {
  if (alerts === undefined) return [];
  const { info, warning, critical, emergency } = alerts.firingBySeverity;
  const firing = info + warning + critical + emergency;
  const worst = emergency > 0 ? 'emergency' : critical > 0 ? 'critical' : warning > 0 ? 'warning' : '';
  const level: Level = emergency + critical > 0 ? 'bad' : warning > 0 ? 'warn' : 'ok';
  const pending = alerts.active.filter(({ state }) => state === 'pending').length;
  return [
    {
      name: 'Alerts',
      value: String(firing),
      note: worst || (pending > 0 ? `${pending} pending` : 'none firing'),
      level,
      worded: true,
    },
  ];
}

function trafficTiles({ totals, requests, objectives }: Snapshot): Tile[] {
  const { active, queued } = requests;
  const tiles: Tile[] = [
    {
      name: 'Requests/s',
      value: rate(totals?.ratePerSecond),
      note: `${active} in flight${queued > 0 ? `, ${queued} queued` : ''}`,
      level: 'none',
    },
  ];
  if (totals === undefined) return tiles;
  const { errorRatio, latency } = totals;
  const errorLevel: Level =
    errorRatio === undefined ? 'none' : errorRatio > 0.05 ? 'bad' : errorRatio > 0.01 ? 'warn' : 'ok';
  tiles.push({
    name: 'Errors',
    value: percent(errorRatio),
    note: `${count(totals.errors)} so far`,
    level: errorLevel,
  });
  for (const wanted of [0.5, 0.95, 0.99]) {
    const breached = (objectives ?? []).filter(
      ({ state, indicator, quantile: of }) => state === 'breached' && indicator === 'latency' && of === wanted,
    ).length;
    const judged = (objectives ?? []).some(({ indicator, quantile: of }) => indicator === 'latency' && of === wanted);
    const estimate = quantile(latency, wanted);
    tiles.push({
      name: `P${wanted * 100}`,
      value: seconds(estimate?.seconds),
      note: breached > 0 ? `${breached} over objective` : `${count(latency.count)} in ${latency.windowSeconds} s`,
      level: breached > 0 ? 'bad' : judged && estimate?.seconds !== undefined ? 'ok' : 'none',
    });
  }
  return tiles;
}

function pressureTile({ pressure }: Snapshot): Tile[] {
  if (pressure === undefined) return [];
  const { value, causes } = pressure;
  const level: Level = value >= 0.9 ? 'bad' : value >= 0.7 ? 'warn' : 'ok';
  const largest = [...causes].sort((a, b) => b.value - a.value)[0];
  return [
    {
      name: 'Pressure',
      value: percent(value, 0),
      note: largest?.cause.replace(/^event_/, '').replaceAll('_', ' ') ?? NONE,
      level,
    },
  ];
}

function resourceTiles({ process }: Snapshot): Tile[] {
  if (process === undefined) return [];
  const heap = process.heapUsedBytes / process.heapLimitBytes;
  const delay = process.eventLoopDelayP99Seconds;
  return [
    {
      name: 'Memory',
      value: bytes(process.residentBytes),
      note: `heap ${bytes(process.heapUsedBytes)}`,
      level: heap > 0.9 ? 'bad' : heap > 0.8 ? 'warn' : 'ok',
    },
    {
      name: 'Loop P99',
      value: seconds(delay),
      note: `${percent(process.eventLoopUtilization, 0)} busy`,
      level: delay === undefined ? 'none' : delay > 0.1 ? 'bad' : delay > 0.05 ? 'warn' : 'ok',
    },
    {
      name: 'CPU',
      value: percent(process.cpuUtilization, 0),
      note: 'of one core',
      level: (process.cpuUtilization ?? 0) > 0.8 ? 'warn' : 'ok',
    },
  ];
}
