import type { ComponentKind } from './model/component.ts';

/** A component as everybody refers to it: one object per kind and name, so that it can be compared and be a key. */
export interface ComponentRef {
  readonly kind: ComponentKind;
  readonly name: string;
}

/** Who reported a call: the client (by a diagnostics channel, or being watched), a span, or code. */
export type CallSource = 'channel' | 'span' | 'code';

/** One call of a component while it runs, and after. Times are monotonic milliseconds. */
export interface Call {
  readonly component: ComponentRef;
  readonly source: CallSource;
  from: number;
  /** Infinity while it runs. */
  to: number;
}

/** What an operation spent in one component: the union of its calls. */
export interface ComponentTime {
  readonly component: ComponentRef;
  busyMs: number;
  readonly calls: Record<CallSource, number>;
  readonly errors: Record<CallSource, number>;
}

/** What an operation spent in components, once it is over. */
export interface CallTotals {
  readonly components: readonly ComponentTime[];
  /** Union over the calls of each kind. */
  readonly kinds: ReadonlyMap<ComponentKind, number>;
  /** Union over all calls: what of the operation was not its own code. */
  readonly busyMs: number;
}

const MAX_CALLS = 256;
/** Eight calls one after the other. */
const MAX_MOMENTS = 16;

/**
 * The component calls of one operation. Holds at most 256: when it is full, everything up to that moment is added up and
 * forgotten, which loses nothing, because the union of intervals can be cut at any moment. A call beyond 256 that run at
 * once is counted, but its time is not looked at.
 *
 * Made when an operation makes its first call, and never before.
 */
export class CallLog {
  /** Set when the operation is over. */
  totals: CallTotals | undefined = undefined;
  /**
   * When components were called and, with a minus, when they had answered, monotonic milliseconds: the first moments, as many as are
   * kept.
   */
  readonly moments: number[] = [];
  #calls: Call[] = [];
  #addedUpTo = Number.NEGATIVE_INFINITY;
  #busyMs = 0;
  readonly #kinds = new Map<ComponentKind, number>();
  readonly #components = new Map<ComponentRef, ComponentTime>();

  /**
   * A call begins at `now`.
   *
   * @param calls how many it counts as: 0 for what belongs to a call but is none, such as connecting, which takes time only
   * @returns the call to end, `undefined` when too many run at once
   */
  begin(component: ComponentRef, source: CallSource, now: number, calls = 1): Call | undefined {
    this.#keepMoment(now);
    const time = this.#timeOf(component);
    time.calls[source] += calls;
    if (this.#calls.length >= MAX_CALLS) this.#addUp(Number.NEGATIVE_INFINITY, now);
    if (this.#calls.length >= MAX_CALLS) return undefined;
    const call: Call = { component, source, from: now, to: Number.POSITIVE_INFINITY };
    this.#calls.push(call);
    return call;
  }

  /** A call ends at `now`. The second end of a call changes nothing. */
  end(call: Call, now: number, failed: boolean): void {
    if (call.to !== Number.POSITIVE_INFINITY || this.totals !== undefined) return;
    call.to = now;
    this.#keepMoment(-now);
    if (failed) this.#timeOf(call.component).errors[call.source] += 1;
  }

  /** The operation is over: what ran between `from` and `to` counts. The second close changes nothing. */
  close(from: number, to: number): CallTotals {
    if (this.totals !== undefined) return this.totals;
    this.#addUp(from, to);
    this.#calls = [];
    const limit = Math.max(0, to - from);
    const components = [...this.#components.values()];
    for (const time of components) time.busyMs = Math.min(time.busyMs, limit);
    this.totals = { components, kinds: this.#kinds, busyMs: Math.min(this.#busyMs, limit) };
    return this.totals;
  }

  #keepMoment(moment: number): void {
    if (this.moments.length < MAX_MOMENTS) this.moments.push(moment);
  }

  #timeOf(component: ComponentRef): ComponentTime {
    let time = this.#components.get(component);
    if (time === undefined) {
      const none = (): Record<CallSource, number> => ({ channel: 0, span: 0, code: 0 });
      time = { component, busyMs: 0, calls: none(), errors: none() };
      this.#components.set(component, time);
    }
    return time;
  }

  /** Adds up what lies between the last time this was done and `to`; calls that still run go on from there. */
  #addUp(from: number, to: number): void {
    const low = Math.max(from, this.#addedUpTo);
    const sorted = this.#calls.toSorted((a, b) => a.from - b.from);
    this.#busyMs += unionOf(sorted, low, to);
    for (const kind of new Set(sorted.map(({ component }) => component.kind))) {
      const calls = sorted.filter(({ component }) => component.kind === kind);
      this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + unionOf(calls, low, to));
    }
    for (const component of new Set(sorted.map((call) => call.component))) {
      const calls = sorted.filter((call) => call.component === component);
      this.#timeOf(component).busyMs += unionOf(calls, low, to);
    }
    this.#calls = this.#calls.filter((call) => call.to > to);
    this.#addedUpTo = to;
  }
}

/** Length of the union of intervals, sorted by their beginnings, as far as it lies between `low` and `high`. */
function unionOf(sorted: readonly Pick<Call, 'from' | 'to'>[], low: number, high: number): number {
  let covered = 0;
  let reached = low;
  for (const { from, to } of sorted) {
    const end = Math.min(to, high);
    if (end <= reached || from >= end) continue;
    covered += end - Math.max(from, reached);
    reached = end;
  }
  return covered;
}
