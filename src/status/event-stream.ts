/**
 * Server-sent events: the figures as they change, for the page, other user interfaces, and `curl -N`.
 *
 * Figures are taken and written out once for all readers, and only while somebody reads. Everything is bounded: readers,
 * events kept for those who come back, bytes a reader may leave unread.
 * Source: WHATWG HTML, "Server-sent events".
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Timer } from '../core/clock.ts';

const MAX_READERS = 32;
const MAX_KEPT_EVENTS = 60;
const MAX_KEPT_BYTES = 1_048_576;
const MAX_UNREAD_BYTES = 1_048_576;
/** Below the time after which the server closes an idle connection; one whose reader takes nothing is closed by it. */
const HEARTBEAT_MS = 4_000;
const TICK_MS = 1_000;
/** Figures are taken this long after the last reader left, so that one who comes back misses nothing. */
const LINGER_TICKS = 30;
/** What a reader waits before it comes back after the connection broke. */
const RETRY_MS = 2_000;

/** One event: its name, and its data as one line of JSON. */
export interface StreamEvent {
  readonly name: string;
  readonly data: string;
}

export interface EventStreamOptions {
  readonly clock: Clock;
  /** Asked once a second while there are readers; what it throws costs that second only. */
  readonly next: () => readonly StreamEvent[];
  /** What a reader gets first when it is new or was away for too long. */
  readonly first: () => readonly StreamEvent[];
}

interface Kept {
  readonly number: number;
  readonly text: string;
}

/** What became of readers, since the start. */
export interface StreamCounts {
  readonly readers: number;
  readonly refused: number;
  readonly cutOff: number;
}

/** All readers of `/api/stream`. */
export class EventStream {
  readonly #options: EventStreamOptions;
  /** Of this run of the process: numbers of another run mean nothing here. */
  readonly #run = randomBytes(6).toString('base64url');
  readonly #readers = new Set<ServerResponse>();
  #kept: Kept[] = [];
  #keptBytes = 0;
  #number = 0;
  #ticks: Timer | undefined;
  #heartbeat: Timer | undefined;
  #ticksAlone = 0;
  #refused = 0;
  #cutOff = 0;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  get counts(): StreamCounts {
    return { readers: this.#readers.size, refused: this.#refused, cutOff: this.#cutOff };
  }

  /** Whether there is room for another reader; a refusal is counted. */
  hasRoom(): boolean {
    if (this.#readers.size < MAX_READERS) return true;
    this.#refused += 1;
    return false;
  }

  /** Takes over a request that has passed every check. `headers` go with the answer. */
  serve(request: IncomingMessage, response: ServerResponse, headers: Readonly<Record<string, string>>): void {
    response.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream; charset=utf-8' });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    request.socket.setNoDelay(true);
    response.on('error', () => {});
    response.once('close', () => this.#readers.delete(response));
    response.write(`retry: ${RETRY_MS}\n\n${this.#missed(request.headers['last-event-id'])}`);
    this.#readers.add(response);
    this.#ticks ??= this.#options.clock.every(TICK_MS, () => this.#tick());
    this.#heartbeat ??= this.#options.clock.every(HEARTBEAT_MS, () => this.#broadcast(':\n\n'));
  }

  /** Ends all streams; readers come back by themselves when there is a server again. */
  close(): void {
    for (const reader of this.#readers) reader.destroy();
    this.#readers.clear();
    this.#stopTimers();
  }

  #tick(): void {
    this.#ticksAlone = this.#readers.size === 0 ? this.#ticksAlone + 1 : 0;
    if (this.#ticksAlone > LINGER_TICKS) {
      this.#stopTimers();
      return;
    }
    let text = '';
    for (const event of taken(this.#options.next)) text += this.#keep(event);
    if (text !== '') this.#broadcast(text);
  }

  #broadcast(text: string): void {
    for (const reader of this.#readers) {
      reader.write(text);
      if (reader.writableLength <= MAX_UNREAD_BYTES) continue;
      this.#cutOff += 1;
      reader.destroy();
    }
  }

  #keep({ name, data }: StreamEvent): string {
    this.#number += 1;
    const text = `id: ${this.#run}-${this.#number}\nevent: ${name}\ndata: ${data}\n\n`;
    this.#kept.push({ number: this.#number, text });
    this.#keptBytes += text.length;
    while (this.#kept.length > MAX_KEPT_EVENTS || this.#keptBytes > MAX_KEPT_BYTES) {
      this.#keptBytes -= this.#kept.shift()?.text.length ?? 0;
    }
    return text;
  }

  /** What came after the event a reader saw last; everything anew where that is not known any more. */
  #missed(lastEventId: string | string[] | undefined): string {
    const [, run, number] = /^([\w-]{8})-(\d{1,15})$/.exec(String(lastEventId ?? '')) ?? [];
    const seen = run === this.#run ? Number(number) : Number.NaN;
    const oldest = this.#kept[0]?.number ?? this.#number + 1;
    if (seen <= this.#number && seen >= oldest - 1) {
      return this.#kept.reduce((text, kept) => (kept.number > seen ? text + kept.text : text), '');
    }
    // Not kept: only this reader needs it. It carries the number of the last event, so that coming back works at once.
    return taken(this.#options.first)
      .map(({ name, data }) => `id: ${this.#run}-${this.#number}\nevent: ${name}\ndata: ${data}\n\n`)
      .join('');
  }

  #stopTimers(): void {
    this.#ticks?.stop();
    this.#heartbeat?.stop();
    this.#ticks = undefined;
    this.#heartbeat = undefined;
    this.#ticksAlone = 0;
    // What is kept would be replayed after a gap in which nothing was taken.
    this.#kept = [];
    this.#keptBytes = 0;
  }
}

function taken(source: () => readonly StreamEvent[]): readonly StreamEvent[] {
  try {
    return source();
  } catch {
    return [];
  }
}
