/**
 * Server-sent events: the figures as they change, for the page, other user interfaces, and `curl -N`.
 *
 * Figures are taken and written out once for all readers, and only while somebody reads. Everything is bounded: readers,
 * events kept for those who come back, bytes a reader may leave unread.
 * Source: WHATWG HTML, "Server-sent events".
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Timer } from '../../core/clock.ts';

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
  /** Prepares what `first` gives, when the first reader comes; should it fail, figures come with the first of `next`. */
  readonly begin: () => Promise<void>;
  /** Asked once a second while there are readers; a failure costs that second only. */
  readonly next: () => Promise<readonly StreamEvent[]>;
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
  /** Readers that came before there were figures. */
  readonly #waiting = new Set<ServerResponse>();
  #kept: Kept[] = [];
  #keptBytes = 0;
  #number = 0;
  #ticks: Timer | undefined;
  #heartbeat: Timer | undefined;
  #ready: Promise<void> | undefined;
  #isTaking = false;
  #ticksAlone = 0;
  #refused = 0;
  #cutOff = 0;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  get counts(): StreamCounts {
    return { readers: this.#readers.size + this.#waiting.size, refused: this.#refused, cutOff: this.#cutOff };
  }

  /** Whether there is room for another reader; a refusal is counted. */
  hasRoom(): boolean {
    if (this.#readers.size + this.#waiting.size < MAX_READERS) return true;
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
    response.once('close', () => {
      this.#waiting.delete(response);
      this.#readers.delete(response);
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
    this.#heartbeat ??= this.#options.clock.every(HEARTBEAT_MS, () => this.#broadcast(Buffer.from(':\n\n')));
    const missed = this.#missed(request.headers['last-event-id']);
    if (missed !== undefined) this.#admit(response, missed);
    else this.#welcome(response);
  }

  /** Ends all streams; readers come back by themselves when there is a server again. */
  close(): void {
    for (const reader of [...this.#readers, ...this.#waiting]) reader.destroy();
    this.#readers.clear();
    this.#waiting.clear();
    this.#stopTimers();
  }

  /** Gives a reader everything, as soon as there is something. */
  #welcome(response: ServerResponse): void {
    this.#waiting.add(response);
    this.#ready ??= this.#begin();
    void this.#ready.then(() => {
      if (this.#waiting.delete(response)) this.#admit(response, this.#first());
    });
  }

  async #begin(): Promise<void> {
    await this.#options.begin().catch(() => {});
    if (this.#ready !== undefined) this.#ticks ??= this.#options.clock.every(TICK_MS, () => this.#tick());
  }

  #admit(response: ServerResponse, text: string): void {
    if (text !== '') response.write(text);
    this.#readers.add(response);
  }

  #tick(): void {
    this.#ticksAlone = this.#readers.size === 0 ? this.#ticksAlone + 1 : 0;
    if (this.#ticksAlone > LINGER_TICKS) {
      this.#stopTimers();
      return;
    }
    if (this.#isTaking) return;
    this.#isTaking = true;
    const taken = this.#options.next().then(
      (events) => this.#publish(events),
      () => {},
    );
    void taken.then(() => {
      this.#isTaking = false;
    });
  }

  #publish(events: readonly StreamEvent[]): void {
    if (this.#ticks === undefined || events.length === 0) return;
    // Written out once for all readers.
    this.#broadcast(Buffer.from(events.map((event) => this.#keep(event)).join(''), 'utf8'));
  }

  #broadcast(bytes: Buffer): void {
    for (const reader of this.#readers) {
      if (reader.writableLength <= MAX_UNREAD_BYTES) {
        reader.write(bytes);
        continue;
      }
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

  /** What came after the event a reader saw last; `undefined` where that is not known any more. */
  #missed(lastEventId: string | string[] | undefined): string | undefined {
    const [, run, number] = /^([\w-]{8})-(\d{1,15})$/.exec(String(lastEventId ?? '')) ?? [];
    const seen = run === this.#run ? Number(number) : Number.NaN;
    const oldest = this.#kept[0]?.number ?? this.#number + 1;
    if (this.#ticks === undefined || !(seen <= this.#number && seen >= oldest - 1)) return undefined;
    return this.#kept.reduce((text, kept) => (kept.number > seen ? text + kept.text : text), '');
  }

  /** Everything, which only a reader needs that is new. It carries the number of the last event, so that coming back works at once. */
  #first(): string {
    try {
      return this.#options
        .first()
        .map(({ name, data }) => `id: ${this.#run}-${this.#number}\nevent: ${name}\ndata: ${data}\n\n`)
        .join('');
    } catch {
      return '';
    }
  }

  #stopTimers(): void {
    this.#ticks?.stop();
    this.#heartbeat?.stop();
    this.#ticks = undefined;
    this.#heartbeat = undefined;
    this.#ready = undefined;
    this.#ticksAlone = 0;
    // What is kept would be replayed after a gap in which nothing was taken.
    this.#kept = [];
    this.#keptBytes = 0;
  }
}
