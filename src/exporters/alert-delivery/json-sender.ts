import type { Clock } from '../../core/clock.ts';
import { createHttpSender, type HttpSender, type Suppress } from '../otlp/http-sender.ts';

export interface JsonSenderOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Limit of one attempt. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly suppress: Suppress;
}

/** Receivers of alerts answer with an error of the server's while they restart or are overloaded: all of those pass. */
function isRetryable(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** An HTTP endpoint that takes JSON. */
export function createJsonSender({ url, headers, timeoutMs, clock, suppress }: JsonSenderOptions): HttpSender {
  return createHttpSender({
    http: {
      url,
      timeoutMillis: timeoutMs,
      compression: 'none',
      headers: async () => ({ ...headers, 'Content-Type': 'application/json' }),
      agentFactory: async (protocol) => {
        const { Agent } = protocol === 'https:' ? await import('node:https') : await import('node:http');
        return new Agent({ keepAlive: true, maxSockets: 1 });
      },
    },
    parsePartial: () => undefined,
    isRetryable,
    clock,
    suppress,
  });
}
