/**
 * Reads `true` or `false`, trimmed and case-insensitive; `undefined` for anything else.
 *
 * Parsed, never tested for truthiness: `OTEL_SDK_DISABLED=false` must not disable.
 */
export function parseBooleanText(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (word === 'true') return true;
  if (word === 'false') return false;
  return undefined;
}
