import type { AlertSilence } from '../core/model/alert.ts';
import { type AttributeFilter, compileFilter, compilePattern } from './attribute-filter.ts';

/** Which alerts a silence is about; what is left out matches everything. */
export interface SilenceMatcher {
  /** Name of a rule, with `*` for any characters. */
  readonly rule?: string | undefined;
  /** Patterns by attribute name, as in a rule's `where`. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

interface Entry {
  readonly silence: AlertSilence;
  readonly matchesRule: (rule: string) => boolean;
  readonly matches: AttributeFilter;
}

const MAX_SILENCES = 100;

/** Silences in force. Each ends by itself; times are milliseconds since the Unix epoch. */
export class Silences {
  readonly #entries = new Map<string, Entry>();
  #made = 0;

  /**
   * @returns the id to end it with
   * @throws {RangeError} when `until` is no time, or when 100 silences are in force already
   */
  add({ rule = '*', attributes = {} }: SilenceMatcher, until: number, now: number): string {
    if (!Number.isFinite(until)) throw new RangeError(`a silence ends at a time in milliseconds, got ${until}`);
    this.#expire(now);
    if (this.#entries.size >= MAX_SILENCES) throw new RangeError(`at most ${MAX_SILENCES} silences at a time`);
    this.#made += 1;
    const id = `silence-${this.#made}`;
    this.#entries.set(id, {
      silence: { id, rule, attributes: { ...attributes }, until },
      matchesRule: compilePattern(rule),
      matches: compileFilter(attributes),
    });
    return id;
  }

  /** Ends one before its time; `false` when it is over already. */
  end(id: string): boolean {
    return this.#entries.delete(id);
  }

  list(now: number): readonly AlertSilence[] {
    this.#expire(now);
    return [...this.#entries.values()].map(({ silence }) => silence);
  }

  /** Until when alerts of these attributes are silenced; `undefined` when they are not. */
  until(rule: string, attributes: Readonly<Record<string, string>>, now: number): number | undefined {
    let until: number | undefined;
    for (const { silence, matchesRule, matches } of this.#entries.values()) {
      if (silence.until <= now || !matchesRule(rule) || !matches(attributes)) continue;
      if (until === undefined || silence.until > until) until = silence.until;
    }
    return until;
  }

  #expire(now: number): void {
    for (const [id, { silence }] of this.#entries) if (silence.until <= now) this.#entries.delete(id);
  }
}
