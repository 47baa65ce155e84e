import type { IncomingHttpHeaders } from 'node:http';

/** Where a browser says a request comes from. */
export type Provenance = 'none' | 'same' | 'listed' | 'foreign';

/**
 * Judges the `Origin` of a request. Programs send none; a page of ours sends this endpoint; pages of others have to be
 * listed. A loopback page on another port is another origin.
 */
export function provenanceOf({ origin, host }: IncomingHttpHeaders, listed: readonly string[]): Provenance {
  if (origin === undefined) return 'none';
  if (host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)) return 'same';
  return listed.includes(origin) ? 'listed' : 'foreign';
}

/**
 * Whether the browser says that a page of this endpoint, or the person at the address bar, asks. Programs say nothing.
 * A cookie counts only then: other ports of the same host are the same site to browsers.
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
}

/** Headers that let a listed page read an answer. */
export function corsHeaders({ origin }: IncomingHttpHeaders, provenance: Provenance): Readonly<Record<string, string>> {
  if (provenance !== 'listed' || origin === undefined) return {};
  return { 'Access-Control-Allow-Origin': origin, Vary: 'Origin' };
}

/** Answer to the question a browser asks before it sends a header of its own. */
export const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Methods': 'GET, HEAD',
  'Access-Control-Allow-Headers': 'Authorization, Last-Event-ID',
  'Access-Control-Max-Age': '600',
};
