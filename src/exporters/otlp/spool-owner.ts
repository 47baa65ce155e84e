import type { Clock, Timer } from '../../core/clock.ts';
import type { Diag } from '../../core/diag.ts';
import { defaultPrivateDirectory } from '../../core/private-directory.ts';
import { deliverSpool, releaseClaimsSync, type SpoolEntry, type SpoolTarget, writeSpoolSync } from './spool.ts';
import { SPOOL_FOLDER } from './spool-directory.ts';
import type { SpoolSignal } from './spool-file.ts';

export interface SpoolOptions {
  /** Default `mcp-vitals-<uid>/spool` in the directory for temporary files. */
  readonly dir?: string | undefined;
  /** Bound of the directory over all processes of the user. Default 16 MiB. */
  readonly maxBytes?: number | undefined;
  /**
   * Name of the service. Spooled data is delivered only by a process of the same service with the same endpoint,
   * because all servers of a user share the directory but not the backend.
   */
  readonly service?: string | undefined;
}

interface SpoolParts {
  readonly options: SpoolOptions | false | undefined;
  readonly clock: Clock;
  readonly diag: Diag;
  readonly targets: Partial<Record<SpoolSignal, SpoolTarget>>;
  readonly onDrop: (signal: SpoolSignal, reason: string, items: number) => void;
}

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
/** Leftovers wait until the server has answered its first requests. */
const DELIVERY_DELAY_MS = 1_000;

/** The spool of one pipeline: what it leaves behind at exit, and the leftovers it delivers. */
export class Spool {
  readonly #parts: SpoolParts;
  readonly #options: SpoolOptions;
  readonly #claims = new Set<string>();
  #delay: Timer | undefined;
  #delivery: Promise<void> | undefined;
  /** Whether files for us may lie there. */
  #leftovers = false;

  constructor(parts: SpoolParts) {
    this.#parts = parts;
    this.#options = parts.options === false ? {} : (parts.options ?? {});
  }

  start(): void {
    if (this.#parts.options === false || this.#delay !== undefined) return;
    this.#leftovers = true;
    this.#delay = this.#parts.clock.after(DELIVERY_DELAY_MS, () => this.deliverAgain());
  }

  stop(): void {
    this.#delay?.stop();
  }

  keyOf(signal: SpoolSignal): string | undefined {
    return this.#parts.targets[signal]?.key;
  }

  /** Delivers in the background when files for us may be waiting. */
  deliverAgain(): void {
    if (!this.#leftovers || this.#delivery !== undefined) return;
    this.#delivery = this.#deliver().finally(() => {
      this.#delivery = undefined;
    });
  }

  /** Delivers and waits for it, for `limitMs` at most. */
  async deliverWithin(limitMs: number): Promise<void> {
    this.deliverAgain();
    const delivery = this.#delivery;
    if (delivery === undefined || limitMs <= 0) return;
    let deadline: Timer | undefined;
    const expired = new Promise<void>((resolve) => {
      deadline = this.#parts.clock.after(limitMs, resolve);
    });
    await Promise.race([delivery, expired]);
    deadline?.stop();
  }

  /** Puts files back whose delivery has not ended. */
  release(): void {
    releaseClaimsSync(this.#claims);
  }

  /** Writes entries, synchronously; says in one line what could not be kept. */
  write(entries: readonly SpoolEntry[]): { readonly spooled: number; readonly lost: number } {
    if (entries.length === 0) return { spooled: 0, lost: 0 };
    const result =
      this.#parts.options === false
        ? writeNothing(entries)
        : writeSpoolSync(this.#dir(), entries, this.#maxBytes(), this.#wallClock());
    const losses = Object.entries(result.lost) as [SpoolSignal, number][];
    if (losses.length === 0) return { spooled: result.spooled, lost: 0 };
    let lost = 0;
    for (const [signal, items] of losses) {
      lost += items;
      this.#parts.onDrop(signal, 'unsent_at_exit', items);
    }
    const what = losses.map(([signal, items]) => `${items} ${signal === 'traces' ? 'spans' : 'metric points'}`);
    const why = this.#parts.options === false ? 'the spool is off' : `spool ${this.#dir()}: ${result.reason}`;
    this.#parts.diag.error('otlp spool', `lost at exit: ${what.join(' and ')} could be neither sent nor kept (${why})`);
    return { spooled: result.spooled, lost };
  }

  async #deliver(): Promise<void> {
    this.#leftovers = false;
    const { targets, onDrop, diag } = this.#parts;
    const { delivered, remaining } = await deliverSpool(this.#dir(), targets, {
      wallClock: () => this.#wallClock(),
      claims: this.#claims,
      onDrop,
      maxBytes: this.#maxBytes(),
    });
    this.#leftovers = remaining;
    if (delivered > 0) diag.info('otlp spool delivered', `delivered ${delivered} items an earlier process left behind`);
  }

  #dir(): string {
    return this.#options.dir ?? defaultPrivateDirectory(SPOOL_FOLDER);
  }

  #maxBytes(): number {
    return this.#options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  #wallClock(): number {
    return this.#parts.clock.timeOrigin + this.#parts.clock.now();
  }
}

function writeNothing(entries: readonly SpoolEntry[]): { spooled: 0; lost: Record<string, number>; reason: undefined } {
  const lost: Record<string, number> = {};
  for (const { signal, items } of entries) lost[signal] = (lost[signal] ?? 0) + items;
  return { spooled: 0, lost, reason: undefined };
}
