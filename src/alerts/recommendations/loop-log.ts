/** A stretch of time on the event loop, in monotonic milliseconds. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A stretch in which the event loop did not turn, and how much of it was the code of known calls. */
interface Block extends Stretch {
  /** Since when the loop has not been idle. */
  readonly busyFrom: number;
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
  /** Of the time in which code or a collection kept the loop, 0 … 1. */
  readonly share: number;
}

const MAX_BLOCKS = 256;
/** A standstill that would have been shorter than this with a processor of its own is none. */
const SHORTEST_MS = 10;
const MAX_COLLECTIONS = 2048;
const MAX_STAMPS = 4096;

/** What a call was seen to do at a moment. */
const ARRIVED = 0;
const BEGAN = 1;
const CALLED = 2;
const ANSWERED = 3;
/** Answered while it goes on waiting for something else. */
const PARTLY_ANSWERED = 4;
const WENT_ON = 5;

/** The moments of a call that is over, monotonic milliseconds. */
export interface CallMoments {
  readonly receivedAt: number;
  /** 0 where it never began. */
  readonly executionFrom: number;
  readonly executionTo: number;
  readonly sentAt: number;
  /** When its components were called and, with a minus, when they had answered. */
  readonly moments: readonly number[];
}

/**
 * What the event loop was kept by, lately: bounded lists of the stretches in which it did not turn, of garbage collections, and of
 * the moments at which calls were seen to run code.
 *
 * Nothing tells directly whose code ran; but code of a call that keeps the loop stamps its beginning, its components or its end while
 * the loop stands still, and a timer that computes stamps nothing. So a stretch is divided at its stamps: what lies before a stamp of a
 * call belongs to that call, and what lies behind the beginning of a call or an answer it got, too. Not so what lies before the arrival
 * of a call, or before an answer it has been waiting for since before the stretch: that was not its code. What is left belongs to nobody
 * known. The limits: code in an I/O callback of the application with the end of a call behind it in the same turn is taken for the call,
 * and a call that computes in pieces for longer than a second is not known in time.
 */
export class LoopLog {
  #blocks: Block[] = [];
  #unsettled: Block[] = [];
  #collections: Stretch[] = [];
  /** Moments, the call (number) each belongs to, and what it did. */
  readonly #times = new Float64Array(MAX_STAMPS);
  readonly #calls = new Float64Array(MAX_STAMPS);
  readonly #kinds = new Uint8Array(MAX_STAMPS);
  #next = 0;
  /** Where the stamps begin that were made since the loop last turned. */
  #fresh = 0;
  /** Stamps before this moment have been overwritten. */
  #lostUpTo = Number.NEGATIVE_INFINITY;

  /**
   * The loop did not turn from `from` to `to`.
   *
   * @param starvedMs how long of that it waited for a processor
   * @param busyFrom since when it has not been idle, before or behind `from`: who waited then ran no code in between
   */
  blocked(from: number, to: number, starvedMs = 0, busyFrom: number = from): void {
    this.#unsettled.push({ from, to, busyFrom, starved: starvedMs / (to - from), owned: 0, owners: new Map() });
    if (this.#unsettled.length > MAX_BLOCKS) this.#unsettled.shift();
  }

  /** The loop turns: stamps outside of the stretches that are known by now will never be asked for, and make room. */
  turned(): void {
    const from = this.#unsettled[0]?.busyFrom ?? Number.POSITIVE_INFINITY;
    const to = this.#unsettled.at(-1)?.to ?? Number.NEGATIVE_INFINITY;
    let kept = this.#fresh;
    for (let slot = this.#fresh; slot !== this.#next; slot = (slot + 1) % MAX_STAMPS) {
      const at = this.#times[slot] as number;
      if (at < from || at > to) continue;
      this.#times[kept] = at;
      this.#calls[kept] = this.#calls[slot] as number;
      this.#kinds[kept] = this.#kinds[slot] as number;
      kept = (kept + 1) % MAX_STAMPS;
    }
    for (let slot = kept; slot !== this.#next; slot = (slot + 1) % MAX_STAMPS) this.#times[slot] = 0;
    this.#next = kept;
    this.#fresh = kept;
  }

  /** Garbage was collected; the loop stood still. */
  collected(from: number, durationMs: number): void {
    this.#collections.push({ from, to: from + durationMs });
    if (this.#collections.length > MAX_COLLECTIONS) this.#collections.splice(0, MAX_COLLECTIONS / 4);
  }

  /** A call that is over. Adds numbers, nothing else: on the request path. */
  finished(call: number, { receivedAt, executionFrom, executionTo, sentAt, moments }: CallMoments): void {
    this.#stamp(call, receivedAt, ARRIVED);
    if (executionFrom > 0) this.#stamp(call, executionFrom, BEGAN);
    let open = 0;
    for (const moment of moments) {
      open += moment < 0 ? -1 : 1;
      this.#stamp(call, Math.abs(moment), moment > 0 ? CALLED : open > 0 ? PARTLY_ANSWERED : ANSWERED);
    }
    if (executionTo > 0) this.#stamp(call, executionTo, WENT_ON);
    this.#stamp(call, sentAt, WENT_ON);
  }

  /** Decides whose the stretches that ended before `before` are; calls that took part have to be over by then. */
  settle(before: number): void {
    const ready = this.#unsettled.filter(({ to }) => to <= before);
    if (ready.length === 0) return;
    this.#unsettled = this.#unsettled.filter(({ to }) => to > before);
    // Whose a stretch was cannot be told from what is left of its stamps.
    const known = ready.filter(({ busyFrom }) => busyFrom >= this.#lostUpTo);
    for (const block of known) this.#divide(block);
    this.#blocks.push(...known);
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

  /** What of the time since then no call, no collection and no lack of a processor explains. */
  standstill(since: number): Standstill {
    let [count, totalMs, squaresMs, longestMs, all] = [0, 0, 0, 0, 0];
    for (const block of this.#blocks) {
      const length = overlap(block, since, Number.POSITIVE_INFINITY);
      if (length === 0) continue;
      const part = length / (block.to - block.from);
      const nobodys = Math.max(0, length - part * (block.owned + this.#collectionsWithin(block.from, block.to)));
      const ms = nobodys * (1 - block.starved);
      all += length * (1 - block.starved);
      if (nobodys < length / 2 || ms < SHORTEST_MS) continue;
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

  #stamp(call: number, at: number, kind: number): void {
    const slot = this.#next;
    const next = (slot + 1) % MAX_STAMPS;
    this.#lostUpTo = Math.max(this.#lostUpTo, this.#times[next] as number);
    // An empty slot between the newest and the oldest tells one from the other.
    this.#times[next] = 0;
    this.#times[slot] = at;
    this.#calls[slot] = call;
    this.#kinds[slot] = kind;
    this.#next = next;
    if (next === this.#fresh) this.#fresh = (next + 1) % MAX_STAMPS;
  }

  #divide(block: Block): void {
    const inside: number[] = [];
    for (let slot = 0; slot < MAX_STAMPS; slot++) {
      const at = this.#times[slot] as number;
      if (at >= block.busyFrom && at <= block.to) inside.push(slot);
    }
    inside.sort((a, b) => (this.#times[a] as number) - (this.#times[b] as number));
    /** What each call has asked for within the stretch and not got yet. */
    const open = new Map<number, number>();
    /** The call that was last seen to run code, and may run it still. */
    let running: number | undefined;
    let reached = block.busyFrom;
    const give = (call: number, to: number): void => {
      const ms = overlap(block, reached, to);
      block.owners.set(call, (block.owners.get(call) ?? 0) + ms);
      block.owned += ms;
    };
    for (const slot of inside) {
      const at = this.#times[slot] as number;
      const call = this.#calls[slot] as number;
      const kind = this.#kinds[slot] as number;
      const asked = open.get(call) ?? 0;
      const isAnswer = kind === ANSWERED || kind === PARTLY_ANSWERED;
      const isWaiting = kind === ARRIVED || (isAnswer && asked === 0);
      if (running !== undefined) give(running, at);
      else if (!isWaiting) give(call, at);
      if (kind === CALLED) open.set(call, asked + 1);
      else if (isAnswer) open.set(call, Math.max(0, asked - 1));
      running = kind === BEGAN || kind === ANSWERED ? call : undefined;
      reached = at;
    }
    if (running !== undefined) give(running, block.to);
  }
}

function overlap(stretch: Stretch, from: number, to: number): number {
  return Math.max(0, Math.min(stretch.to, to) - Math.max(stretch.from, from));
}
