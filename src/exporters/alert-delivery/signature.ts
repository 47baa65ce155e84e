import { createHmac } from 'node:crypto';

/** When the request was signed: Unix seconds. A receiver refuses what is older than some minutes, so that nothing can be replayed. */
const TIMESTAMP_HEADER = 'X-Mcp-Vitals-Timestamp';
/** `sha256=` and the signature in hexadecimal. */
const SIGNATURE_HEADER = 'X-Mcp-Vitals-Signature';

/**
 * The headers that prove a body: HMAC-SHA256 over `<timestamp>.<body>` with the shared secret.
 *
 * @param nowMs milliseconds since the Unix epoch
 */
export function signedHeaders(secret: string, body: Uint8Array, nowMs: number): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
  return { [TIMESTAMP_HEADER]: timestamp, [SIGNATURE_HEADER]: `sha256=${signature}` };
}
