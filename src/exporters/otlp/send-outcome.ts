/** What the receiver said about a part of an accepted request. */
export interface PartialSuccess {
  /** Spans or data points the receiver refused; 0 when it only warns. */
  readonly rejected: number;
  readonly message: string;
}

/** The end of one attempt to send: accepted, worth another attempt, or refused for good. */
export type SendOutcome =
  | { readonly state: 'ok'; readonly partial?: PartialSuccess }
  | { readonly state: 'retryable'; readonly reason: string; readonly retryAfterMs?: number }
  | { readonly state: 'rejected'; readonly reason: string };

/** How many of `items` this outcome says are lost for good. */
export function rejectedItems(outcome: SendOutcome, items: number): number {
  if (outcome.state === 'rejected') return items;
  // What a receiver claims is not trusted beyond what was sent.
  return outcome.state === 'ok' ? Math.min(Math.max(outcome.partial?.rejected ?? 0, 0), items) : 0;
}

/** The status codes the OTLP/HTTP specification calls retryable. */
const RETRYABLE_STATUS: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** A receiver that asks for more patience than this is asked again all the same. */
const MAX_RETRY_AFTER_MS = 300_000;

/**
 * Reads a `Retry-After` header, which holds seconds or an HTTP date.
 *
 * @param nowMs milliseconds since the Unix epoch, to measure a date against
 * @returns milliseconds to wait (0 to 300,000), `undefined` when the header is absent or unreadable
 */
export function readRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - nowMs;
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}

/** A complete answer, or as much of one as was read. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** `undefined` when the body was cut off or too long. */
  readonly body: Uint8Array | undefined;
}

/**
 * Judges an HTTP answer by the OTLP/HTTP specification: 2xx is accepted, 429/502/503/504 are worth another attempt,
 * everything else is refused. An accepted request stays accepted when its answer cannot be parsed.
 */
export function judgeAnswer(
  answer: Answer,
  parsePartial: (body: Uint8Array) => PartialSuccess | undefined,
  nowMs: number,
  isRetryable: (status: number) => boolean = (status) => RETRYABLE_STATUS.has(status),
): SendOutcome {
  if (answer.status >= 200 && answer.status < 300) {
    const partial = parseQuietly(answer.body, parsePartial);
    return partial === undefined ? { state: 'ok' } : { state: 'ok', partial };
  }
  const reason = `HTTP ${answer.status}`;
  if (!isRetryable(answer.status)) return { state: 'rejected', reason };
  const retryAfterMs = readRetryAfterMs(answer.retryAfter, nowMs);
  return retryAfterMs === undefined ? { state: 'retryable', reason } : { state: 'retryable', reason, retryAfterMs };
}

function parseQuietly(
  body: Uint8Array | undefined,
  parsePartial: (body: Uint8Array) => PartialSuccess | undefined,
): PartialSuccess | undefined {
  if (body === undefined || body.length === 0) return undefined;
  try {
    return parsePartial(body);
  } catch {
    // Proxies answer 200 with HTML; that says nothing about the data.
    return undefined;
  }
}
