import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

/** Whether a host stands for this machine only: `localhost`, 127.0.0.0/8, `::1` (also as an IPv4 address mapped to IPv6). */
export function isLoopback(host: string): boolean {
  const name = unbracketed(host).toLowerCase();
  if (name === 'localhost' || name === '::1') return true;
  const v4 = name.startsWith('::ffff:') ? name.slice('::ffff:'.length) : name;
  return isIPv4(v4) && v4.startsWith('127.');
}

// The first call of isIPv6 takes 20 ms, so what cannot be such an address is told first.

/** Whether a server bound to this host can be reached under every name and address of the machine. */
export function isWildcard(host: string): boolean {
  const name = unbracketed(host);
  return name === '' || name === '0.0.0.0' || (/^[0:]+$/.test(name) && isIPv6(name));
}

/**
 * Whether a `Host` header names this endpoint. A page of a stranger that rebinds its own name to 127.0.0.1 still sends that
 * name, so it is turned away here. The port may be any: forwarded ports are common and prove nothing.
 *
 * @param boundHost host the server listens on; behind a wildcard any name may be right, and there a token is required anyway
 */
export function isExpectedHost(header: string | undefined, boundHost: string): boolean {
  // Only HTTP/1.0 clients send none, and no browser is among them.
  if (header === undefined) return true;
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:\s/@[\]]+)(?::\d{1,5})?$/.exec(header);
  const name = match?.[1]?.toLowerCase();
  if (name === undefined) return false;
  return isLoopback(name) || unbracketed(name) === unbracketed(boundHost).toLowerCase() || isWildcard(boundHost);
}

/** Makes the check of an `Authorization` header against a token; without a token everything passes. */
export function createTokenCheck(token: string | undefined): (authorization: string | undefined) => boolean {
  if (token === undefined) return () => true;
  const expected = digest(token);
  return (authorization) => {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    // Digests have one length, so the comparison tells nothing about the token, not even how long it is.
    return timingSafeEqual(digest(given ?? ''), expected) && given !== undefined;
  };
}

/** A host as it stands in a URL: IPv6 addresses in brackets. */
export function urlHost(host: string): string {
  const name = unbracketed(host);
  return name.includes(':') && isIPv6(name) ? `[${name}]` : name;
}

function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
