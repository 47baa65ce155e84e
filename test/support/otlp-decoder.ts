import { Buffer } from 'node:buffer';

/** A span as it came over the wire. `kind` and `statusCode` are the numbers of the protocol (SERVER is 2, ERROR is 2). */
export interface DecodedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root span. */
  readonly parentSpanId: string;
  readonly kind: number;
  readonly attributes: Record<string, unknown>;
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly events: readonly { name: string; timeNs: bigint; attributes: Record<string, unknown> }[];
  readonly links: readonly { traceId: string; spanId: string; attributes: Record<string, unknown> }[];
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly resource: Record<string, unknown>;
  readonly scope: string;
}

/** A data point as it came over the wire, with the stream it belongs to. */
export interface DecodedPoint {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly type: 'gauge' | 'sum' | 'histogram' | 'exponential_histogram';
  readonly attributes: Record<string, unknown>;
  readonly startNs: bigint;
  readonly timeNs: bigint;
  /** Of gauges and sums. */
  readonly value: number | undefined;
  /** Of histograms, as are the fields below. */
  readonly count: number | undefined;
  readonly sum: number | undefined;
  readonly bounds: readonly number[];
  readonly bucketCounts: readonly number[];
  readonly monotonic: boolean;
  /** 1 delta, 2 cumulative, 0 for gauges. */
  readonly temporality: number;
  readonly resource: Record<string, unknown>;
  readonly scope: string;
}

interface Field {
  readonly number: number;
  readonly wire: number;
  /** Varints and fixed 64-bit values as bits, fixed 32-bit values likewise. */
  readonly bits: bigint;
  readonly bytes: Buffer;
}

const NONE = Buffer.alloc(0);

function* fieldsOf(buffer: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer[at++];
      if (byte === undefined) throw new RangeError('a varint runs past the end of its message');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
  };
  while (at < buffer.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    const wire = tag & 7;
    if (wire === 0) yield { number, wire, bits: varint(), bytes: NONE };
    else if (wire === 1) {
      at += 8;
      yield { number, wire, bits: buffer.readBigUInt64LE(at - 8), bytes: NONE };
    } else if (wire === 5) {
      at += 4;
      yield { number, wire, bits: BigInt(buffer.readUInt32LE(at - 4)), bytes: NONE };
    } else if (wire === 2) {
      const length = Number(varint());
      if (at + length > buffer.length) throw new RangeError('a field runs past the end of its message');
      at += length;
      yield { number, wire, bits: 0n, bytes: buffer.subarray(at - length, at) };
    } else throw new RangeError(`wire type ${wire} does not occur in OTLP`);
  }
}

function all(buffer: Buffer, number: number): Buffer[] {
  return [...fieldsOf(buffer)].filter((field) => field.number === number).map((field) => field.bytes);
}

function one(buffer: Buffer, number: number): Field | undefined {
  return [...fieldsOf(buffer)].findLast((field) => field.number === number);
}

const text = (buffer: Buffer, number: number): string => one(buffer, number)?.bytes.toString('utf8') ?? '';
const hex = (buffer: Buffer, number: number): string => one(buffer, number)?.bytes.toString('hex') ?? '';
const bits = (buffer: Buffer, number: number): bigint => one(buffer, number)?.bits ?? 0n;

function asDouble(value: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value);
  return view.getFloat64(0);
}

function decodeValue(buffer: Buffer): unknown {
  for (const { number, bits: value, bytes } of fieldsOf(buffer)) {
    if (number === 1) return bytes.toString('utf8');
    if (number === 2) return value === 1n;
    if (number === 3) return Number(BigInt.asIntN(64, value));
    if (number === 4) return asDouble(value);
    if (number === 5) return all(bytes, 1).map(decodeValue);
    if (number === 6) return decodeAttributes(bytes, 1);
    if (number === 7) return new Uint8Array(bytes);
  }
  return undefined;
}

function decodeAttributes(buffer: Buffer, number: number): Record<string, unknown> {
  return Object.fromEntries(
    all(buffer, number).map((pair) => [text(pair, 1), decodeValue(one(pair, 2)?.bytes ?? NONE)]),
  );
}

function resourceOf(buffer: Buffer): Record<string, unknown> {
  return decodeAttributes(one(buffer, 1)?.bytes ?? NONE, 1);
}

/** Decodes an `ExportTraceServiceRequest`. Throws on anything malformed. */
export function decodeSpans(body: Buffer): DecodedSpan[] {
  return all(body, 1).flatMap((resourceSpans) =>
    all(resourceSpans, 2).flatMap((scopeSpans) =>
      all(scopeSpans, 2).map((span) => {
        const status = one(span, 15)?.bytes ?? NONE;
        return {
          name: text(span, 5),
          traceId: hex(span, 1),
          spanId: hex(span, 2),
          parentSpanId: hex(span, 4),
          kind: Number(bits(span, 6)),
          attributes: decodeAttributes(span, 9),
          statusCode: Number(bits(status, 3)),
          statusMessage: text(status, 2),
          events: all(span, 11).map((event) => ({
            name: text(event, 2),
            timeNs: bits(event, 1),
            attributes: decodeAttributes(event, 3),
          })),
          links: all(span, 13).map((link) => ({
            traceId: hex(link, 1),
            spanId: hex(link, 2),
            attributes: decodeAttributes(link, 4),
          })),
          startNs: bits(span, 7),
          endNs: bits(span, 8),
          resource: resourceOf(resourceSpans),
          scope: text(one(scopeSpans, 1)?.bytes ?? NONE, 1),
        };
      }),
    ),
  );
}

const KINDS = { 5: 'gauge', 7: 'sum', 9: 'histogram', 10: 'exponential_histogram' } as const;

/** Decodes an `ExportMetricsServiceRequest`. Throws on anything malformed. */
export function decodePoints(body: Buffer): DecodedPoint[] {
  return all(body, 1).flatMap((resourceMetrics) =>
    all(resourceMetrics, 2).flatMap((scopeMetrics) =>
      all(scopeMetrics, 2).flatMap((metric) => {
        const found = [...fieldsOf(metric)].find(({ number }) => number in KINDS);
        if (found === undefined) return [];
        const data = found.bytes;
        const stream = {
          name: text(metric, 1),
          unit: text(metric, 3),
          description: text(metric, 2),
          type: KINDS[found.number as keyof typeof KINDS],
          temporality: found.number === 5 ? 0 : Number(bits(data, 2)),
          monotonic: found.number === 7 && bits(data, 3) === 1n,
          resource: resourceOf(resourceMetrics),
          scope: text(one(scopeMetrics, 1)?.bytes ?? NONE, 1),
        };
        return all(data, 1).map((point) => ({ ...stream, ...decodePoint(point, stream.type) }));
      }),
    ),
  );
}

type PointData = Pick<
  DecodedPoint,
  'attributes' | 'startNs' | 'timeNs' | 'value' | 'count' | 'sum' | 'bounds' | 'bucketCounts'
>;

function decodePoint(point: Buffer, type: DecodedPoint['type']): PointData {
  const times = { startNs: bits(point, 2), timeNs: bits(point, 3) };
  const empty = { value: undefined, count: undefined, sum: undefined, bounds: [], bucketCounts: [] };
  if (type === 'gauge' || type === 'sum') {
    const double = one(point, 4);
    const value = double === undefined ? Number(BigInt.asIntN(64, bits(point, 6))) : asDouble(double.bits);
    return { ...empty, ...times, attributes: decodeAttributes(point, 7), value };
  }
  const sum = one(point, 5);
  const summary = { count: Number(bits(point, 4)), sum: sum === undefined ? undefined : asDouble(sum.bits) };
  if (type === 'exponential_histogram') {
    return { ...empty, ...times, ...summary, attributes: decodeAttributes(point, 1) };
  }
  return {
    ...empty,
    ...times,
    ...summary,
    attributes: decodeAttributes(point, 9),
    bucketCounts: packed(one(point, 6)?.bytes ?? NONE).map(Number),
    bounds: packed(one(point, 7)?.bytes ?? NONE).map(asDouble),
  };
}

function packed(bytes: Buffer): bigint[] {
  return Array.from({ length: bytes.length / 8 }, (_, index) => bytes.readBigUInt64LE(index * 8));
}
