/** A stretch of time on the event loop, in monotonic milliseconds. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A stretch in which the event loop did not turn, and how much of it was the code of known calls. */
interface Block extends Stretch {
  /** Share of the stretch in which there was work and no processor for it. */
  readonly starved: number;
  /** Milliseconds of the stretch explained by calls, and which ones: their beginning and the milliseconds of their own. */
  owned: number;
  readonly owners: Map<number, number>;
}

/** What of a call's time belongs to the event loop rather than to what the call seemed to do. */
export interface LoopShare {
  /** Collections of garbage. */
  readonly collectionMs: number;
  /** Something that is no call kept the loop. */
  readonly blockedMs: number;
  /** Nobody kept the loop: it had no processor to turn on. */
  readonly starvedMs: number;
  /** Other calls kept the loop. */
  readonly othersMs: number;
  /** The call itself kept the loop. */
  readonly ownMs: number;
}

/** How long the loop stood still for something that is no call. */
export interface Standstill {
  readonly count: number;
  readonly totalMs: number;
  /** Sum of the squares of their milliseconds. */
  readonly squaresMs: number;
  readonly longestMs: number;
  /** Of all time the loop stood still, 0 … 1. */
  readonly share: number;
}

const MAX_BLOCKS = 256;
const MAX_COLLECTIONS = 2048;
const MAX_STAMPS = 4096;
const FIRST = 1;
const LATER = 0;

/**
 * What the event loop was kept by, lately: bounded lists of the stretches in which it did not turn, of garbage collections, and of
 * the moments at which calls were seen to run code.
 *
 * Nothing tells directly whose code ran; but code of a call that keeps the loop stamps its beginning, its components or its end while
 * the loop stands still, and a timer that computes stamps nothing. So a stretch is divided at its stamps: what lies before a stamp of a
 * call belongs to that call, and what lies behind the beginning of a call, too. What is left belongs to nobody known. The limit: code that runs in an I/O callback of the application, with an answer for a call behind it in the same turn, is taken for the call.
 */
export class LoopLog {
  #blocks: Block[] = [];
  #unsettled: Block[] = [];
  #collections: Stretch[] = [];
  /** Moments, the call (number) each belongs to, and whether it is the beginning of its execution. */
  readonly #times = new Float64Array(MAX_STAMPS);
  readonly #calls = new Float64Array(MAX_STAMPS);
  readonly #firsts = new Uint8Array(MAX_STAMPS);
  #next = 0;

  /** The loop did not turn from `from` to `to`; for so many milliseconds of that it waited for a processor. */
  blocked(from: number, to: number, starvedMs = 0): void {
    this.#unsettled.push({ from, to, starved: starvedMs / (to - from), owned: 0, owners: new Map() });
    if (this.#unsettled.length > MAX_BLOCKS) this.#unsettled.shift();
  }

  /** Garbage was collected; the loop stood still. */
  collected(from: number, durationMs: number): void {
    this.#collections.push({ from, to: from + durationMs });
    if (this.#collections.length > MAX_COLLECTIONS) this.#collections.splice(0, MAX_COLLECTIONS / 4);
  }

  /**
   * A call that is over: when its execution began and ended, and when its components were called and had answered. Adds numbers, nothing
   * else: on the request path.
   */
  finished(call: number, executionFrom: number, moments: readonly number[], executionTo: number): void {
    this.#stamp(call, executionFrom, FIRST);
    for (const moment of moments) this.#stamp(call, moment, LATER);
    this.#stamp(call, executionTo, LATER);
  }

  /** Decides whose the stretches that ended before `before` are; calls that took part have to be over by then. */
  settle(before: number): void {
    const ready = this.#unsettled.filter(({ to }) => to <= before);
    if (ready.length === 0) return;
    this.#unsettled = this.#unsettled.filter(({ to }) => to > before);
    for (const block of ready) this.#divide(block);
    this.#blocks.push(...ready);
    if (this.#blocks.length > MAX_BLOCKS) this.#blocks.splice(0, this.#blocks.length - MAX_BLOCKS);
  }

  /** What of the time between `from` and `to` was the loop's, for the call of that number. */
  shareOf(call: number, from: number, to: number): LoopShare {
    let [blockedMs, starvedMs, othersMs, ownMs] = [0, 0, 0, 0];
    for (const block of this.#blocks) {
      const covered = overlap(block, from, to);
      if (covered === 0) continue;
      const length = block.to - block.from;
      // Collections within count as such and not twice.
      const free = 1 - Math.min(1, this.#collectionsWithin(block.from, block.to) / length);
      const own = Math.min(covered, block.owners.get(call) ?? 0);
      const rest = covered - own;
      // Once most of it is known to be calls, so is what the SDK did for them before and after.
      const others = block.owned < length / 2 ? Math.min(rest, Math.max(0, block.owned - own)) : rest;
      ownMs += own * free;
      othersMs += others * free;
      // What a call does takes longer without a processor, and is still what it does: only what nobody did is told apart.
      const nobodys = (rest - others) * free;
      blockedMs += nobodys * (1 - block.starved);
      starvedMs += nobodys * block.starved;
    }
    return { collectionMs: this.#collectionsWithin(from, to), blockedMs, starvedMs, othersMs, ownMs };
  }

  /** The stretches since then that no call, no collection and no lack of a processor explains. */
  standstill(since: number): Standstill {
    let [count, totalMs, squaresMs, longestMs, all] = [0, 0, 0, 0, 0];
    for (const block of this.#blocks) {
      if (block.to < since) continue;
      const length = block.to - block.from;
      const nobodys = Math.max(0, length - block.owned - this.#collectionsWithin(block.from, block.to));
      const ms = nobodys * (1 - block.starved);
      all += length;
      if (ms < length / 2) continue;
      count += 1;
      totalMs += ms;
      squaresMs += ms ** 2;
      longestMs = Math.max(longestMs, ms);
    }
    return { count, totalMs, squaresMs, longestMs, share: all === 0 ? 0 : totalMs / all };
  }

  #collectionsWithin(from: number, to: number): number {
    let sum = 0;
    for (let at = this.#collections.length - 1; at >= 0; at--) {
      const collection = this.#collections[at] as Stretch;
      if (collection.to < from) break;
      sum += overlap(collection, from, to);
    }
    return sum;
  }

  #stamp(call: number, at: number, first: number): void {
    this.#times[this.#next] = at;
    this.#calls[this.#next] = call;
    this.#firsts[this.#next] = first;
    this.#next = (this.#next + 1) % MAX_STAMPS;
  }

  #divide(block: Block): void {
    const inside: number[] = [];
    for (let slot = 0; slot < MAX_STAMPS; slot++) {
      const at = this.#times[slot] as number;
      if (at > block.from && at <= block.to) inside.push(slot);
    }
    inside.sort((a, b) => (this.#times[a] as number) - (this.#times[b] as number));
    let before: number | undefined;
    let reached = block.from;
    const own = (slot: number, to: number): void => {
      const call = this.#calls[slot] as number;
      block.owners.set(call, (block.owners.get(call) ?? 0) + to - reached);
      block.owned += to - reached;
    };
    for (const slot of inside) {
      const at = this.#times[slot] as number;
      // Behind a beginning that call runs, until another one shows; before a stamp its call does, or the SDK on its behalf.
      own(before !== undefined && this.#firsts[before] === FIRST ? before : slot, at);
      before = slot;
      reached = at;
    }
    if (before !== undefined && this.#firsts[before] === FIRST) own(before, block.to);
  }
}

function overlap(stretch: Stretch, from: number, to: number): number {
  return Math.max(0, Math.min(stretch.to, to) - Math.max(stretch.from, from));
}
