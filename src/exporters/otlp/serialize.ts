import { ProtobufMetricsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { writeSpans } from './span-writer.ts';

/** Turns spans into the body of an OTLP trace request. Throws when a span cannot be read. */
export function serializeSpans(spans: ReadableSpan[]): Uint8Array {
  const body = writeSpans(spans) ?? ProtobufTraceSerializer.serializeRequest(spans);
  if (body === undefined) throw new TypeError('the serializer returned nothing');
  return body;
}

/** Turns collected metrics into the body of an OTLP metrics request. Throws when a point cannot be read. */
export function serializeMetrics(metrics: ResourceMetrics): Uint8Array {
  const body = ProtobufMetricsSerializer.serializeRequest(metrics);
  if (body === undefined) throw new TypeError('the serializer returned nothing');
  return body;
}

/** Spans, their request body, and how many had to be left out because they cannot be serialized. */
export interface SerializedSpans {
  readonly spans: ReadableSpan[];
  /** `undefined` when no span is left. */
  readonly body: Uint8Array | undefined;
  readonly broken: number;
}

/** Serializes spans; one broken span (a throwing attribute) does not cost its neighbours. Never throws. */
export function serializeSound(spans: ReadableSpan[]): SerializedSpans {
  const body = trySerialize(spans);
  if (body !== undefined) return { spans, body, broken: 0 };
  const sound = spans.filter((span) => trySerialize([span]) !== undefined);
  return {
    spans: sound,
    body: sound.length === 0 ? undefined : trySerialize(sound),
    broken: spans.length - sound.length,
  };
}

function trySerialize(spans: ReadableSpan[]): Uint8Array | undefined {
  try {
    return serializeSpans(spans);
  } catch {
    return undefined;
  }
}
