import { randomBytes } from 'node:crypto';

/** A span made for a test. */
export interface MadeSpan {
  readonly traceId: string;
  readonly name: string;
  readonly durationMs: number;
  readonly isError?: boolean;
  /** Ids of objectives it says it missed. */
  readonly missed?: readonly string[];
}

export function newTraceId(): string {
  return randomBytes(16).toString('hex');
}

/** Sends spans to an OTLP/HTTP receiver as JSON, in one request. */
export async function sendSpans(otlpUrl: string, service: string, spans: readonly MadeSpan[]): Promise<void> {
  const nowNanos = BigInt(Date.now()) * 1_000_000n;
  const body = {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeSpans: [
          {
            scope: { name: 'test' },
            spans: spans.map(({ traceId, name, durationMs, isError = false, missed = [] }) => ({
              traceId,
              spanId: randomBytes(8).toString('hex'),
              name,
              kind: 2,
              startTimeUnixNano: `${nowNanos - BigInt(Math.round(durationMs * 1e6))}`,
              endTimeUnixNano: `${nowNanos}`,
              status: { code: isError ? 2 : 0 },
              attributes:
                missed.length === 0
                  ? []
                  : [
                      {
                        key: 'mcp_vitals.objective.breached',
                        value: { arrayValue: { values: missed.map((id) => ({ stringValue: id })) } },
                      },
                    ],
            })),
          },
        ],
      },
    ],
  };
  const response = await fetch(`${otlpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`the Collector answered ${response.status}: ${await response.text()}`);
}
