import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, gzip } from 'node:zlib';

/** Below this size compression costs more than it saves on a local connection. */
const GZIP_FROM_BYTES = 8_192;

/** Headers of every answer; a page of ours replaces some of them. */
export const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
} as const;

/** A finished answer. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A short plain-text answer, such as an error. */
export function textReply(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n`, headers };
}

/** Writes a reply with the security headers, compressed where the client takes it and it is worth it. Never throws. */
export async function send(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  const plain = typeof reply.body === 'string' ? Buffer.from(reply.body, 'utf8') : reply.body;
  const large = plain.byteLength >= GZIP_FROM_BYTES;
  const compressed = large && acceptsGzip(request.headers['accept-encoding']) ? await gzipped(plain) : undefined;
  if (response.destroyed || response.headersSent) return;
  const body = compressed ?? plain;
  const bodiless = reply.status === 204 || reply.status === 304;
  response.writeHead(reply.status, {
    ...SECURITY_HEADERS,
    ...(bodiless ? {} : { 'Content-Type': reply.contentType, 'Content-Length': body.byteLength }),
    ...(compressed === undefined ? {} : { 'Content-Encoding': 'gzip' }),
    ...reply.headers,
    ...(large ? { Vary: [reply.headers?.['Vary'], 'Accept-Encoding'].filter(Boolean).join(', ') } : {}),
  });
  response.end(request.method === 'HEAD' || bodiless ? undefined : body);
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  for (const part of String(header ?? '').split(',')) {
    const [coding = '', ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    if (coding === 'gzip') return !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  }
  return false;
}

/** `undefined` when it cannot be compressed: the plain text does as well. */
function gzipped(body: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    gzip(body, { level: constants.Z_BEST_SPEED }, (error, result) => resolve(error === null ? result : undefined));
  });
}
