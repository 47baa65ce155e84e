import type { StageTotals } from '../../core/model/snapshot.ts';
import { el, setAttribute } from './dom.ts';
import { percent } from './figures.ts';

/** Stages in the order a request goes through them, with the words for people. */
export const STAGE_WORDS: Readonly<Record<string, string>> = {
  queue: 'queue',
  protocol: 'protocol',
  validation: 'validation',
  execution: 'execution',
  output_validation: 'output validation',
  serialization: 'serialization',
  transmission: 'transmission',
  unattributed: 'unattributed',
};

const STAGES = Object.keys(STAGE_WORDS);

/** Shares of the stages in the time of an operation, the stages without any left out. */
export function stageShares(stages: readonly StageTotals[]): { readonly stage: string; readonly share: number }[] {
  const total = stages.reduce((sum, { totalSeconds }) => sum + totalSeconds, 0);
  if (total === 0) return [];
  return STAGES.flatMap((stage) => {
    const share = (stages.find((candidate) => candidate.stage === stage)?.totalSeconds ?? 0) / total;
    return share > 0 ? [{ stage, share }] : [];
  });
}

/** One bar in which every stage has the length of its share. */
export class StageBar {
  readonly root: HTMLElement = el('div', { class: 'stages', attributes: { role: 'img' } });
  readonly #parts = new Map(STAGES.map((stage) => [stage, el('i', { attributes: { 'data-stage': stage } })]));
  #shown = '';

  constructor() {
    this.root.append(...this.#parts.values());
  }

  show(stages: readonly StageTotals[]): void {
    const shares = stageShares(stages);
    const spoken = shares
      .filter(({ share }) => share >= 0.005)
      .sort((a, b) => b.share - a.share)
      .map(({ stage, share }) => `${STAGE_WORDS[stage]} ${percent(share, 0)}`)
      .join(', ');
    if (spoken === this.#shown) return;
    this.#shown = spoken;
    for (const [stage, part] of this.#parts) {
      const share = shares.find((candidate) => candidate.stage === stage)?.share ?? 0;
      part.style.width = `${(share * 100).toFixed(2)}%`;
    }
    setAttribute(this.root, 'aria-label', spoken === '' ? 'nothing measured' : spoken);
    setAttribute(this.root, 'title', spoken);
  }
}

/** Which colour is which stage. */
export function stageLegend(): HTMLElement {
  return el(
    'ul',
    { class: 'legend stage-legend' },
    ...STAGES.map((stage) =>
      el('li', {}, el('i', { class: 'swatch block', attributes: { 'data-stage': stage } }), STAGE_WORDS[stage]),
    ),
  );
}
