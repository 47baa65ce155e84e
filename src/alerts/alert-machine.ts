import type { Operator, Rule } from './rule.ts';

export type MachineRule = Pick<Rule, 'operator' | 'threshold' | 'clear' | 'forMs' | 'clearForMs' | 'staleMs'>;

/** What a step did: `withdrawn` is a pending alert whose condition ended before it fired. */
export type AlertChange = 'pending' | 'fired' | 'resolved' | 'withdrawn';

/** Whether a figure is beyond a limit. */
export function isBeyond(value: number, operator: Operator, limit: number): boolean {
  switch (operator) {
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '<':
      return value < limit;
    default:
      return value <= limit;
  }
}

/**
 * The life of one alert: quiet → pending → firing → quiet.
 *
 * It fires when the condition held at every step for `forMs`, and ends when the figure was back over `clear` at every step for
 * `clearForMs`. Steps without a figure (`undefined`, `NaN`: the series is gone or holds too little) are no verdict: a pending
 * alert is withdrawn, because nothing shows that the condition lasted; a firing one stays for `staleMs` after the last verdict,
 * then it ends. A clock that goes backwards starts the interval under way anew; steps at unusable times are ignored.
 */
export class AlertMachine {
  readonly #rule: MachineRule;
  #state: 'quiet' | 'pending' | 'firing' = 'quiet';
  #pendingSinceMs = 0;
  #verdictAtMs = 0;
  #clearSinceMs: number | undefined;

  constructor(rule: MachineRule) {
    this.#rule = rule;
  }

  get state(): 'quiet' | 'pending' | 'firing' {
    return this.#state;
  }

  /** One evaluation at `nowMs`; says what changed. A condition without `forMs` fires in its first step. */
  step(nowMs: number, value: number | undefined): AlertChange | undefined {
    if (!Number.isFinite(nowMs)) return undefined;
    const figure = value === undefined || Number.isNaN(value) ? undefined : value;
    if (this.#state === 'firing') return this.#stepFiring(nowMs, figure);
    const { operator, threshold, forMs } = this.#rule;
    if (figure === undefined || !isBeyond(figure, operator, threshold)) {
      if (this.#state === 'quiet') return undefined;
      this.#state = 'quiet';
      return 'withdrawn';
    }
    const wasQuiet = this.#state === 'quiet';
    if (wasQuiet || nowMs < this.#pendingSinceMs) this.#pendingSinceMs = nowMs;
    if (nowMs - this.#pendingSinceMs < forMs) {
      this.#state = 'pending';
      return wasQuiet ? 'pending' : undefined;
    }
    this.#state = 'firing';
    this.#verdictAtMs = nowMs;
    this.#clearSinceMs = undefined;
    return 'fired';
  }

  #stepFiring(nowMs: number, figure: number | undefined): AlertChange | undefined {
    const { operator, clear, clearForMs, staleMs } = this.#rule;
    if (figure === undefined) {
      this.#clearSinceMs = undefined;
      if (nowMs < this.#verdictAtMs) this.#verdictAtMs = nowMs;
      return nowMs - this.#verdictAtMs < staleMs ? undefined : this.#end();
    }
    this.#verdictAtMs = nowMs;
    if (isBeyond(figure, operator, clear)) {
      this.#clearSinceMs = undefined;
      return undefined;
    }
    if (this.#clearSinceMs === undefined || nowMs < this.#clearSinceMs) this.#clearSinceMs = nowMs;
    return nowMs - this.#clearSinceMs < clearForMs ? undefined : this.#end();
  }

  #end(): AlertChange {
    this.#state = 'quiet';
    return 'resolved';
  }
}
