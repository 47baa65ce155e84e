/** Integer in decimal notation, exact; `undefined` for anything else. */
export function parseInteger(text: string): number | undefined {
  if (!/^[+-]?\d{1,16}$/.test(text.trim())) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Finite number in decimal or exponent notation; `undefined` for anything else (`NaN`, `0x10`, empty). */
export function parseNumber(text: string): number | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const MS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
]);

const BYTES_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1000],
  ['mb', 1000 ** 2],
  ['gb', 1000 ** 3],
  ['kib', 1024],
  ['mib', 1024 ** 2],
  ['gib', 1024 ** 3],
]);

function parseQuantity(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const match = /^(\d{1,16}(?:\.\d{1,9})?)\s*([a-z]*)$/i.exec(text.trim());
  const factor = units.get(match?.[2]?.toLowerCase() ?? '');
  if (match === null || factor === undefined) return undefined;
  return Math.round(Number(match[1]) * factor);
}

/** Duration in milliseconds from `500`, `500ms`, `60s`, `1.5m`, `1h`; without a unit it is milliseconds. */
export function parseDurationMs(text: string): number | undefined {
  return parseQuantity(text, MS_PER_UNIT);
}

/** Size in bytes from `4096`, `64KiB`, `4 MB`; without a unit it is bytes. */
export function parseSizeBytes(text: string): number | undefined {
  return parseQuantity(text, BYTES_PER_UNIT);
}

/**
 * Pairs from `key=value,key=value` with percent-encoding, the form of `OTEL_RESOURCE_ATTRIBUTES` and
 * `OTEL_EXPORTER_OTLP_HEADERS`.
 *
 * One malformed pair makes the whole text `undefined`, as the OpenTelemetry resource specification asks; empty members
 * (a trailing comma) are skipped. A later pair wins over an earlier one of the same key.
 */
export function parseKeyValues(text: string): [string, string][] | undefined {
  const pairs: [string, string][] = [];
  for (const member of text.split(',')) {
    if (member.trim() === '') continue;
    const at = member.indexOf('=');
    if (at < 0) return undefined;
    try {
      const key = decodeURIComponent(member.slice(0, at).trim());
      if (key === '') return undefined;
      pairs.push([key, decodeURIComponent(member.slice(at + 1).trim())]);
    } catch {
      return undefined;
    }
  }
  return pairs;
}
