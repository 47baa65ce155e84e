import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/clock.ts';

const LIFETIME_MS = 12 * 3_600_000;
const PREFIX = 'mcp_vitals_';

/**
 * The cookie that stands for the token in a browser: `EventSource` cannot send a header.
 *
 * It holds its own expiry, signed with a key of this process, so nothing is kept per browser, the token is not in it, and
 * a restart ends it. Cookies are shared by all ports of a host, hence the port in its name; scripts cannot read it and
 * other sites cannot send it.
 */
export class SessionCookies {
  readonly #clock: Clock;
  readonly #key = randomBytes(32);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Value of `Set-Cookie` for a browser that has shown the token. */
  issue(host: string | undefined): string {
    const expires = String(Math.floor(this.#wallTime() + LIFETIME_MS));
    const value = `${expires}.${this.#signature(expires)}`;
    return `${nameFor(host)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${LIFETIME_MS / 1000}`;
  }

  /** Value of `Set-Cookie` that takes it back. */
  revoke(host: string | undefined): string {
    return `${nameFor(host)}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
  }

  /** Whether a `Cookie` header holds one of ours that is still good. */
  isGood(header: string | undefined, host: string | undefined): boolean {
    const name = nameFor(host);
    for (const pair of (header ?? '').split(';')) {
      const at = pair.indexOf('=');
      if (at > 0 && pair.slice(0, at).trim() === name && this.#isValid(pair.slice(at + 1).trim())) return true;
    }
    return false;
  }

  #isValid(value: string): boolean {
    const [, expires = '', signature = ''] = /^(\d{1,16})\.([\w-]{43})$/.exec(value) ?? [];
    if (expires === '') return false;
    const good = timingSafeEqual(Buffer.from(signature), Buffer.from(this.#signature(expires)));
    return good && Number(expires) > this.#wallTime();
  }

  #signature(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }

  #wallTime(): number {
    return this.#clock.timeOrigin + this.#clock.now();
  }
}

function nameFor(host: string | undefined): string {
  return `${PREFIX}${/:(\d{1,5})$/.exec(host ?? '')?.[1] ?? '80'}`;
}
