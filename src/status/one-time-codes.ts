import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/clock.ts';

/** A browser that has to start first takes its time. */
const LIFETIME_MS = 60_000;
const MAX_CODES = 8;

interface Issued {
  readonly digest: Buffer;
  readonly untilMs: number;
}

/**
 * Codes that open the page once, within a minute: they stand in the address a browser is started with, which every user of
 * the machine can read from the list of processes.
 */
export class OneTimeCodes {
  readonly #clock: Pick<Clock, 'now'>;
  #issued: readonly Issued[] = [];

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  issue(): string {
    const code = randomBytes(24).toString('base64url');
    const one = { digest: digestOf(code), untilMs: this.#clock.now() + LIFETIME_MS };
    this.#issued = [...this.#issued, one].slice(-MAX_CODES);
    return code;
  }

  /** Whether this is a code that is still good; from then on it is not. */
  redeem(code: string): boolean {
    const given = digestOf(code);
    const now = this.#clock.now();
    // All are compared, so that the time it takes tells nothing.
    const good = this.#issued.filter(({ digest, untilMs }) => timingSafeEqual(digest, given) && untilMs > now);
    this.#issued = this.#issued.filter((one) => one.untilMs > now && !good.includes(one));
    return good.length > 0;
  }
}

function digestOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
