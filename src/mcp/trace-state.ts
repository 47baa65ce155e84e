import type { TraceState } from './span-types.ts';

/** Bounds of W3C Trace Context: list members, and characters of a list worth passing on. */
const MAX_MEMBERS = 32;
const MAX_LENGTH = 512;
const KEY = /^(?:[a-z][_0-9a-z\-*/]{0,255}|[a-z0-9][_0-9a-z\-*/]{0,240}@[a-z][_0-9a-z\-*/]{0,13})$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** A W3C `tracestate`: what other vendors say about a trace, passed on as it came. Immutable. */
export class W3cTraceState implements TraceState {
  readonly #members: ReadonlyMap<string, string>;

  private constructor(members: ReadonlyMap<string, string>) {
    this.#members = members;
  }

  /**
   * Reads a header value. A list that is not valid as a whole is not passed on in part (`undefined`), as the standard wants:
   * malformed members, a key twice, more than 32 members. So is one longer than 512 characters, which nobody must carry.
   */
  static parse(text: unknown): W3cTraceState | undefined {
    if (typeof text !== 'string' || text.length > MAX_LENGTH) return undefined;
    const members = new Map<string, string>();
    for (const part of text.split(',')) {
      const member = part.trim();
      if (member === '') continue;
      const separator = member.indexOf('=');
      const key = member.slice(0, separator);
      const value = member.slice(separator + 1);
      if (separator < 1 || !KEY.test(key) || !VALUE.test(value) || members.has(key)) return undefined;
      members.set(key, value);
    }
    return members.size === 0 || members.size > MAX_MEMBERS ? undefined : new W3cTraceState(members);
  }

  get(key: string): string | undefined {
    return this.#members.get(key);
  }

  /** A changed member moves to the front, as the standard demands. Invalid ones are not taken over. */
  set(key: string, value: string): W3cTraceState {
    if (!KEY.test(key) || !VALUE.test(value)) return this;
    const members = new Map([[key, value]]);
    for (const [otherKey, otherValue] of this.#members) {
      if (otherKey !== key && members.size < MAX_MEMBERS) members.set(otherKey, otherValue);
    }
    return new W3cTraceState(members);
  }

  unset(key: string): W3cTraceState {
    return new W3cTraceState(new Map([...this.#members].filter(([otherKey]) => otherKey !== key)));
  }

  serialize(): string {
    return [...this.#members].map(([key, value]) => `${key}=${value}`).join(',');
  }
}
