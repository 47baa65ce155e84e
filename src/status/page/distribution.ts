import type { DistributionBin } from '../../core/latency-distribution.ts';
import type { ObjectiveSnapshot } from '../../core/model/objective.ts';
import { el, setAttribute, setText } from './dom.ts';
import { count, seconds } from './figures.ts';

/** Edges of bins with a figure below, evenly spread. */
const LABELS = 5;

/** How the calls of the sliding window spread over latency: one bar per bin, the bins over an objective in another colour. */
export class Distribution {
  readonly root: HTMLElement;
  readonly #bars = el('div', { class: 'distribution', attributes: { role: 'img' } });
  readonly #labels = Array.from({ length: LABELS }, () => el('span'));
  readonly #over = el('span', { class: 'muted' });
  readonly #empty = el('p', { class: 'empty', text: 'No call within the window.' });
  readonly #axis = el('div', { class: 'distribution-axis muted' }, ...this.#labels);

  constructor() {
    this.root = el(
      'section',
      { class: 'card' },
      el('div', { class: 'card-head' }, el('h2', { text: 'Distribution of the last minute' }), this.#over),
      this.#bars,
      this.#axis,
      this.#empty,
    );
  }

  show(bins: readonly DistributionBin[], objectives: readonly ObjectiveSnapshot[]): void {
    const highest = Math.max(1, ...bins.map((bin) => bin.count));
    const targets = objectives.filter(({ indicator }) => indicator === 'latency').map(({ target }) => target);
    const threshold = Math.min(...targets);
    while (this.#bars.children.length > bins.length) this.#bars.lastElementChild?.remove();
    while (this.#bars.children.length < bins.length) this.#bars.append(el('i'));
    bins.forEach((bin, at) => {
      const bar = this.#bars.children[at] as HTMLElement;
      bar.style.height = `${((100 * bin.count) / highest).toFixed(1)}%`;
      setAttribute(bar, 'data-over', bin.from >= threshold ? 'true' : undefined);
      setAttribute(bar, 'title', `${seconds(bin.from)} to ${seconds(bin.to)}: ${count(bin.count)}`);
    });
    setText(this.#over, Number.isFinite(threshold) ? `red: over the objective of ${seconds(threshold)}` : '');
    this.#labels.forEach((label, at) => {
      const edge = Math.round((at * bins.length) / (LABELS - 1));
      const bin = bins[Math.min(edge, bins.length - 1)];
      setText(label, bin === undefined ? '' : seconds(edge === bins.length ? bin.to : bin.from));
      label.style.left = `${(100 * edge) / Math.max(1, bins.length)}%`;
    });
    const most = bins.reduce<DistributionBin | undefined>(
      (a, b) => (a === undefined || b.count > a.count ? b : a),
      undefined,
    );
    const spoken = most === undefined ? 'no calls' : `most calls take ${seconds(most.from)} to ${seconds(most.to)}`;
    setAttribute(this.#bars, 'aria-label', `Distribution of latency: ${spoken}`);
    this.#bars.hidden = bins.length === 0;
    this.#axis.hidden = bins.length === 0;
    this.#empty.hidden = bins.length > 0;
  }
}
