import type { ObjectiveSnapshot } from '../../core/model/objective.ts';
import type { OperationDetail } from '../../core/model/operation-detail.ts';
import { ChartGrid } from './charts.ts';
import { Distribution } from './distribution.ts';
import { el, setAttribute, setText } from './dom.ts';
import { clockTime, count, NONE, percent, quantile, rate, seconds, stretch } from './figures.ts';
import type { PageInfo } from './overview.ts';
import { PlainTable } from './plain-table.ts';
import { STAGE_WORDS, StageBar, stageLegend, stageShares } from './stage-bar.ts';
import { type Tile, Tiles } from './tiles.ts';

/** One operation in detail. */
export class OperationView {
  readonly charts = new ChartGrid('operation');
  readonly #back = el('a', { class: 'back', text: '← All operations' });
  readonly #title = el('h2', { class: 'operation-name', attributes: { tabindex: '-1' } });
  readonly #tiles = new Tiles();
  readonly #missing = el('p', {
    class: 'card empty',
    text: 'No request of this operation has been seen since the process started.',
  });
  readonly #content = el('div', { class: 'stack' });
  readonly #bar = new StageBar();
  readonly #distribution = new Distribution();
  readonly #stages = new PlainTable('Stages', ['Stage', '#Share', '#Mean', '#Total'], 'No stage was measured.');
  readonly #components = new PlainTable(
    'Components',
    ['Component', 'Kind', '#Operations', '#Calls', '#Errors', '#Mean'],
    '',
  );
  readonly #objectives = new PlainTable('Objectives', ['Objective', '#Target', '#Observed', '#Breaches', 'State'], '');
  readonly #windows = new PlainTable('Longer windows', ['Window', '#Per s', '#Errors', '#P50', '#P95', '#P99'], '');
  readonly #slowest = new PlainTable(
    'Slowest calls of the last ten minutes',
    ['Ended', '#Took', 'Error', 'Trace'],
    'No call yet.',
  );
  readonly #errors = new PlainTable('Errors by type', ['Type', '#Count'], '');

  constructor(root: HTMLElement) {
    const stages = el(
      'section',
      { class: 'card' },
      el('div', { class: 'card-head' }, el('h2', { text: 'Where the time goes' })),
      el('div', { class: 'wide-bar' }, this.#bar.root),
      stageLegend(),
    );
    this.#content.append(
      this.#tiles.root,
      stages,
      this.charts.root,
      this.#distribution.root,
      el(
        'div',
        { class: 'tables' },
        ...[this.#stages, this.#components, this.#slowest, this.#objectives, this.#windows, this.#errors].map(
          ({ root: table }) => table,
        ),
      ),
    );
    root.append(
      el('nav', { attributes: { 'aria-label': 'Back' } }, this.#back),
      this.#title,
      this.#missing,
      this.#content,
    );
  }

  /** Puts the reader at the top of the view, as following a link does. */
  focus(): void {
    this.#title.focus({ preventScroll: false });
  }

  show(name: string, detail: OperationDetail | undefined, back: string, info: PageInfo | undefined): void {
    setText(this.#title, name);
    setAttribute(this.#back, 'href', back);
    this.#missing.hidden = detail !== undefined;
    this.#content.hidden = detail === undefined;
    if (detail === undefined) return;
    const { operation, objectives } = detail;
    this.#tiles.show(tilesOf(detail));
    this.#bar.show(operation.stages);
    this.#distribution.show(detail.distribution, objectives);
    const shares = stageShares(operation.stages).sort((a, b) => b.share - a.share);
    this.#stages.show(shares, ({ stage, share }) => {
      const totals = operation.stages.find((candidate) => candidate.stage === stage);
      const mean = totals === undefined || totals.count === 0 ? undefined : totals.totalSeconds / totals.count;
      return [STAGE_WORDS[stage] ?? stage, percent(share), seconds(mean), seconds(totals?.totalSeconds)];
    });
    this.#components.show(operation.components ?? [], (component) => [
      component.name,
      component.kind,
      count(component.operations),
      count(component.calls),
      count(component.errors),
      seconds(component.operations === 0 ? undefined : component.totalSeconds / component.operations),
    ]);
    this.#objectives.show(objectives, (objective) => [
      objective.id.replace(`${name} `, ''),
      inUnit(objective, objective.target),
      inUnit(objective, objective.observed),
      count(objective.breaches),
      objective.state,
    ]);
    this.#windows.show(detail.windows, (window) => [
      stretch(window.windowSeconds),
      rate(window.ratePerSecond),
      percent(window.errorRatio),
      ...[0.5, 0.95, 0.99].map((wanted) => seconds(quantile(window.latency, wanted)?.seconds)),
    ]);
    this.#errors.show(Object.entries(operation.errorTypes), ([type, times]) => [type, count(times)]);
    this.#slowest.show(detail.slowest, ({ endedAt, seconds: took, errorType, traceId, exported }) => [
      clockTime(endedAt),
      seconds(took),
      errorType === '' ? NONE : errorType,
      traceLink(traceId, exported ? (info?.traceUrl ?? null) : null),
    ]);
    this.#components.root.hidden = (operation.components ?? []).length === 0;
    this.#objectives.root.hidden = objectives.length === 0;
    this.#windows.root.hidden = detail.windows.length === 0;
    this.#errors.root.hidden = operation.errors === 0;
  }
}

function tilesOf({ operation }: OperationDetail): Tile[] {
  const { latency, errors, count: calls } = operation;
  const errorRatio = calls === 0 ? undefined : errors / calls;
  return [
    {
      name: 'Calls',
      value: count(calls),
      note: `${operation.active} in flight, at most ${operation.peak}`,
      level: 'none',
    },
    {
      name: 'Requests/s',
      value: rate(operation.ratePerSecond),
      note: `over ${latency.windowSeconds} s`,
      level: 'none',
    },
    {
      name: 'Errors',
      value: percent(errorRatio),
      note: `${count(errors)} so far`,
      level: errorRatio === undefined ? 'none' : errorRatio > 0.05 ? 'bad' : errorRatio > 0.01 ? 'warn' : 'ok',
    },
    {
      name: 'Mean',
      value: seconds(latency.mean),
      note: `${seconds(latency.min)} to ${seconds(latency.max)}`,
      level: 'none',
    },
    ...[0.5, 0.95, 0.99].map((wanted): Tile => {
      const estimate = quantile(latency, wanted);
      const { lowSeconds: low, highSeconds: high } = estimate ?? {};
      const bounds =
        low !== undefined && high !== undefined
          ? `${seconds(low)} to ${seconds(high)}`
          : `of ${count(latency.count)} calls`;
      return { name: `P${wanted * 100}`, value: seconds(estimate?.seconds), note: bounds, level: 'none' };
    }),
  ];
}

function inUnit({ indicator }: ObjectiveSnapshot, value: number | undefined): string {
  if (value === undefined) return NONE;
  if (indicator === 'latency') return seconds(value);
  return indicator === 'success' || indicator === 'availability' ? percent(value) : rate(value);
}

function traceLink(traceId: string, template: string | null): Node {
  if (template === null) return el('code', { text: traceId });
  return el('a', {
    text: traceId,
    class: 'trace',
    attributes: { href: template.replaceAll('{traceId}', traceId), target: '_blank', rel: 'noopener noreferrer' },
  });
}
