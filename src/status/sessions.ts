import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { isSameOrigin } from './cross-origin.ts';
import { OneTimeCodes } from './one-time-codes.ts';
import { type Reply, textReply } from './respond.ts';
import { SessionCookies } from './session-cookie.ts';

/** Where a browser gets its cookie, by `POST` with the token or by `GET` with a code that was got with it. */
export const SESSION_PATH = '/api/session';

/** Who may read without showing the token each time: browsers, which cannot send it with an event stream. */
export class Sessions {
  readonly #cookies: SessionCookies;
  readonly #codes: OneTimeCodes;

  constructor(clock: Clock) {
    this.#cookies = new SessionCookies(clock);
    this.#codes = new OneTimeCodes(clock);
  }

  /** Whether a request carries a cookie of ours. It counts only where the browser says that our own page asks. */
  isSignedIn(headers: IncomingHttpHeaders): boolean {
    return isSameOrigin(headers) && this.#cookies.isGood(headers.cookie, headers.host);
  }

  /** Path that signs in whoever asks for it first, within a minute. */
  oneTimePath(): string {
    return `${SESSION_PATH}?code=${this.#codes.issue()}`;
  }

  /** Answers who has shown the token: with the cookie, with a path that gives it (`?code`), or by taking it back (`?end`). */
  grant({ headers, url }: IncomingMessage): Reply {
    const query = queryOf(url);
    if (query.has('code')) {
      const body = `${JSON.stringify({ schemaVersion: 1, path: this.oneTimePath() })}\n`;
      return { status: 200, contentType: 'application/json; charset=utf-8', body };
    }
    const cookie = query.has('end') ? this.#cookies.revoke(headers.host) : this.#cookies.issue(headers.host);
    return { ...textReply(204, ''), headers: { 'Set-Cookie': cookie } };
  }

  /** Leads to the page, with the cookie for the first who shows a code; the page asks all others for the token. */
  enter({ headers, method, url }: IncomingMessage): Reply {
    const code = queryOf(url).get('code') ?? '';
    const isGood = method === 'GET' && isSameOrigin(headers) && this.#codes.redeem(code);
    const cookie = isGood ? { 'Set-Cookie': this.#cookies.issue(headers.host) } : {};
    return { ...textReply(303, 'the page'), headers: { Location: '/', ...cookie } };
  }
}

function queryOf(url = ''): URLSearchParams {
  return new URLSearchParams(url.split('?', 2)[1] ?? '');
}
