import { createHash } from 'node:crypto';
import type { AlertSnapshot } from '../core/model/alert.ts';
import { type AlertChange, AlertMachine } from './alert-machine.ts';
import type { Explanation } from './explain-alert.ts';
import { figureText, fillMessage } from './figure-text.ts';
import type { Rule } from './rule.ts';

/** The same for the same rule and attributes, in every process. */
function fingerprintOf(rule: string, attributes: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([rule, sorted]))
    .digest('hex')
    .slice(0, 16);
}

/** One rule at one combination of attributes, from the first time its condition held. Times are Unix milliseconds. */
export class Alert {
  readonly rule: Rule;
  readonly attributes: Readonly<Record<string, string>>;
  readonly fingerprint: string;
  readonly #machine: AlertMachine;
  #value = Number.NaN;
  #unit = '';
  #pendingSince: number | undefined;
  #firedAt: number | undefined;
  #resolvedAt: number | undefined;
  silencedUntil: number | undefined;
  /** What is known about it besides the figure. */
  explanation: Explanation = {};
  /** Whether channels were told that it fires. */
  announced = false;
  /** Number of the evaluation that looked at it last. */
  evaluation = 0;

  constructor(rule: Rule, attributes: Readonly<Record<string, string>>) {
    this.rule = rule;
    this.attributes = attributes;
    this.fingerprint = fingerprintOf(rule.name, attributes);
    this.#machine = new AlertMachine(rule);
  }

  get state(): 'quiet' | 'pending' | 'firing' {
    return this.#machine.state;
  }

  /**
   * One evaluation.
   *
   * @param nowMs monotonic
   * @param wallMs the same instant since the Unix epoch
   */
  step(nowMs: number, wallMs: number, value: number | undefined, unit: string): AlertChange | undefined {
    const change = this.#machine.step(nowMs, value);
    if (change === 'pending' || change === 'fired') this.#pendingSince ??= wallMs;
    if (change === 'fired') this.#firedAt = wallMs;
    if (change === 'resolved') this.#resolvedAt = wallMs;
    if (value !== undefined && !Number.isNaN(value)) {
      this.#value = value;
      this.#unit = unit;
    }
    return change;
  }

  snapshot(): AlertSnapshot {
    const { rule } = this;
    return {
      fingerprint: this.fingerprint,
      rule: rule.name,
      severity: rule.severity,
      category: rule.category,
      state: this.#resolvedAt !== undefined ? 'resolved' : this.#firedAt === undefined ? 'pending' : 'firing',
      attributes: this.attributes,
      value: this.#value,
      threshold: rule.threshold,
      message: this.#message(),
      advice: this.explanation.advice ?? rule.advice,
      pendingSince: this.#pendingSince ?? 0,
      firedAt: this.#firedAt,
      resolvedAt: this.#resolvedAt,
      silencedUntil: this.silencedUntil,
    };
  }

  #message(): string {
    const { rule, attributes, explanation } = this;
    const text = fillMessage(rule.message, (name) => {
      switch (name) {
        case 'value':
          return figureText(this.#value, this.#unit);
        case 'threshold':
          return figureText(rule.threshold, this.#unit);
        case 'window':
          return figureText(rule.windowMs / 1000, 's');
        case 'rule':
          return rule.name;
        case 'metric':
          return rule.metric;
        case 'attributes':
          return Object.entries(attributes)
            .map(([key, text]) => `${key}=${text}`)
            .join(', ');
        default:
          // What a series does not have is nothing, what a rule does not distinguish is not known.
          return attributes[name] ?? (rule.by.includes(name) ? '' : undefined);
      }
    });
    return explanation.evidence === undefined ? text : `${text}: ${explanation.evidence}`;
  }
}
