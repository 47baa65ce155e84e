import type { Resource } from '@opentelemetry/resources';
import type { VitalsConfig } from '../config/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Exemplar } from '../core/explicit-histogram.ts';
import { VERSION } from '../core/version.ts';
import type { OtlpPipeline } from '../exporters/otlp/pipeline.ts';
import { ContentCapture, type Redact } from '../mcp/content.ts';
import type { Instrumentation } from '../mcp/instrumentation.ts';
import type { Operation } from '../mcp/operation.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import type { OperationSpan } from '../mcp/operation-span.ts';
import type { FinishedListener } from '../mcp/recorder.ts';
import type { KeptTraces } from '../slo/kept-traces.ts';
import { exportsTraces } from './export-pipeline.ts';
import type { GuestSpans } from './guest-spans.ts';
import type { Part } from './part.ts';
import { createHeadSampler, type RemoteSampling } from './sampling.ts';
import { clientAttributes, toReadableClientSpan, toReadableSpan } from './span-export.ts';
import { stageSpans } from './stage-spans.ts';

export interface OperationExportParts {
  readonly instrumentation: Instrumentation;
  readonly pipeline: OtlpPipeline;
  readonly remote: RemoteSampling;
  readonly resource: Resource;
  /** Operations that are spans of the application's own tracer; they leave through its exporters. */
  readonly guests: GuestSpans;
  /** Bounds what leaves against the sampler's decision. */
  readonly kept: KeptTraces;
  readonly redact: Redact | undefined;
  readonly clock: Clock;
  /** Rooms that hear of every operation and may have its trace exported. */
  readonly parts: readonly Part[];
}

/** Sets what happens to operations that finish: their spans go to the application's tracer or to our pipeline. */
export function exportOperations(config: VitalsConfig, parts: OperationExportParts): void {
  const { instrumentation, pipeline, guests, kept } = parts;
  const { clock } = parts;
  const { recorder, clients } = instrumentation;
  const spanOptions = {
    resource: parts.resource,
    scope: { name: 'mcp-vitals', version: VERSION },
    // Read for each span: it moves on when the machine has slept.
    get timeOrigin(): number {
      return clock.timeOrigin;
    },
  };
  const exported = exportsTraces(config);
  const sample = createHeadSampler(config.traces.sampler, Math.random, parts.remote);
  instrumentation.outgoing = { exported, propagation: config.propagation.outbound, sample };
  const sentListeners = parts.parts.flatMap((part) => part.onSent ?? []);
  clients.onFinished = (operation, entry) => {
    for (const listener of sentListeners) listener(operation, entry);
    if (guests.endSent(operation, entry)) return;
    if (operation.foreign?.isRecording() === true) operation.foreign.setAttributes(clientAttributes(operation, entry));
    if (!exported || !operation.sampled || operation.foreign !== undefined) return;
    pipeline.addSpan(toReadableClientSpan(operation, entry, spanOptions));
    const durationMs = operation.endedAt - operation.sentAt;
    const { outcome, connection } = operation;
    entry.exemplify(connection.kind, outcome, exemplarOf(operation, durationMs, clock.timeOrigin + operation.endedAt));
  };
  const isKept = announceTo(parts.parts);
  const settledListeners = parts.parts.flatMap((part) => part.onSettled ?? []);
  const settled = (operation: Operation, entry: OperationEntry): void => {
    for (const listener of settledListeners) listener(operation, entry);
  };
  if (!exported) {
    recorder.onFinished = (operation, entry, stagesMs) => {
      isKept(operation, entry, stagesMs);
      guests.end(operation, entry, stagesMs);
      settled(operation, entry);
    };
    return;
  }
  if (config.capture.content) instrumentation.content = new ContentCapture(config.capture.maxBytes, parts.redact);
  const samplingSince = instrumentation.now();
  instrumentation.sample = sample;
  recorder.onFinished = (operation, entry, stagesMs) => {
    // What was dispatched before there was a sampler is decided now; nobody has seen its ids.
    if (operation.dispatchedAt < samplingSince) operation.sampled = sample(operation.parentSpanContext);
    const isWanted = isKept(operation, entry, stagesMs);
    if (guests.end(operation, entry, stagesMs)) {
      settled(operation, entry);
      return;
    }
    if (!operation.sampled && isWanted && kept.accepts()) {
      operation.sampled = true;
      for (const child of kept.release(operation.spanContext().traceId)) pipeline.addSpan(child);
    }
    settled(operation, entry);
    if (!operation.sampled) return;
    const span = toReadableSpan(operation, entry, stagesMs, spanOptions);
    pipeline.addSpan(span);
    const { outcome, connection, durationMs } = operation;
    entry.exemplify(connection.kind, outcome, exemplarOf(operation, durationMs, clock.timeOrigin + operation.sendTo));
    if (!config.traces.stageSpans) return;
    for (const child of stageSpans(operation, span, clock.timeOrigin)) pipeline.addSpan(child);
  };
}

function exemplarOf(span: OperationSpan, durationMs: number, timeMs: number): Exemplar {
  const { traceId, spanId } = span.spanContext();
  return { value: durationMs / 1000, traceId, spanId, timeMs };
}

/** Tells every part that listens of a finished operation; answers whether one of them wants its trace exported. */
function announceTo(parts: readonly Part[]): (...finished: Parameters<FinishedListener>) => boolean {
  const listeners = parts.flatMap((part) => part.onFinished ?? []);
  return (operation, entry, stagesMs) => {
    let kept = false;
    for (const listener of listeners) kept = listener(operation, entry, stagesMs) === true || kept;
    return kept;
  };
}
