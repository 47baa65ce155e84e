import type { Finding, HealthSnapshot } from '../../core/model/health.ts';
import { el, KeyedList, setAttribute, setText } from './dom.ts';
import { clockTime } from './figures.ts';

/** So many pieces of advice are shown without being asked for. */
const AT_FIRST = 4;

interface Advice {
  readonly key: string;
  readonly title: string;
  readonly evidence: string;
  readonly advice: string;
  readonly severity: string;
}

interface AdviceView {
  readonly root: HTMLElement;
  readonly title: HTMLElement;
  readonly evidence: HTMLElement;
  readonly advice: HTMLElement;
}

/** Why the score is what it is, what to do about it, and what was unusual. */
export class HealthPanel {
  readonly root: HTMLElement;
  readonly #list = el('ul', { class: 'advice' });
  readonly #others = el('ul', { class: 'advice' });
  readonly #moreTitle = el('summary');
  readonly #more = el('details', {}, this.#moreTitle, this.#others);
  readonly #empty = el('p', { class: 'empty', text: 'The system is performing well.' });
  readonly #advice: KeyedList<Advice, AdviceView>;
  readonly #moreAdvice: KeyedList<Advice, AdviceView>;

  constructor() {
    this.root = el(
      'section',
      { class: 'card', attributes: { 'aria-labelledby': 'health-title' } },
      el('div', { class: 'card-head' }, el('h2', { text: 'Health and advice', attributes: { id: 'health-title' } })),
      this.#list,
      this.#more,
      this.#empty,
    );
    this.#moreAdvice = new KeyedList<Advice, AdviceView>(this.#others, createAdvice, updateAdvice);
    this.#advice = new KeyedList<Advice, AdviceView>(this.#list, createAdvice, updateAdvice);
  }

  show(health: HealthSnapshot | undefined, findings: readonly Finding[] | undefined): void {
    const advice = [...adviceOf(health), ...(findings ?? []).map(adviceOfFinding)];
    // Without a verdict nothing is said: silence is not health.
    this.root.hidden = health === undefined && advice.length === 0;
    // The same advice for several in a row is given once, with the first of them.
    const said = advice.map((one, at) => (one.advice === advice[at - 1]?.advice ? { ...one, advice: '' } : one));
    // What matters most is seen; one more is not worth hiding.
    const first = said.length <= AT_FIRST + 1 ? said : said.slice(0, AT_FIRST);
    this.#advice.show(first, ({ key }) => key);
    this.#moreAdvice.show(said.slice(first.length), ({ key }) => key);
    this.#more.hidden = first.length === said.length;
    setText(this.#moreTitle, `${said.length - first.length} more`);
    this.#empty.hidden = advice.length > 0;
  }
}

function adviceOf(health: HealthSnapshot | undefined): Advice[] {
  const issues = (health?.issues ?? []).map(({ component, deduction, evidence, recommendation }) => ({
    key: `issue ${component} ${deduction}`,
    title: `${component} −${deduction}`,
    evidence,
    advice: recommendation,
    severity: deduction >= 30 ? 'critical' : 'warning',
  }));
  const recommendations = (health?.recommendations ?? []).map(({ operation, culprit, evidence, advice, severity }) => ({
    key: `advice ${operation ?? ''} ${culprit}`,
    title: operation === undefined ? culprit : `${operation}: ${culprit}`,
    evidence,
    advice,
    severity,
  }));
  return [...issues, ...recommendations];
}

function adviceOfFinding({ kind, subject, channel, since, until, evidence }: Finding): Advice {
  const times = until === undefined ? `since ${clockTime(since)}` : `${clockTime(since)} to ${clockTime(until)}`;
  return {
    key: `finding ${kind} ${subject} ${channel} ${since}`,
    title: `${kind}: ${subject}`,
    evidence: `${evidence} (${times})`,
    advice: '',
    severity: kind === 'deploy' || until !== undefined ? 'info' : 'warning',
  };
}

function createAdvice(): AdviceView {
  const title = el('h3');
  const evidence = el('p', { class: 'muted' });
  const advice = el('p');
  return { root: el('li', {}, title, evidence, advice), title, evidence, advice };
}

function updateAdvice({ root, title, evidence, advice }: AdviceView, item: Advice): void {
  setText(title, item.title);
  setText(evidence, item.evidence);
  setText(advice, item.advice);
  advice.hidden = item.advice === '';
  setAttribute(root, 'data-severity', item.severity);
}
