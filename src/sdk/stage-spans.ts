import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { newSpanId } from '../mcp/ids.ts';
import type { Operation } from '../mcp/operation.ts';
import { millisToHrTime } from '../mcp/operation-span.ts';
import { SPAN_KIND_INTERNAL } from '../mcp/span-types.ts';
import { ATTR_STAGE } from '../semconv/attributes.ts';
import type { Stage } from '../semconv/stages.ts';

interface Interval {
  readonly stage: Stage;
  readonly from: number;
  readonly to: number;
}

/** Where each stage lay on the time axis. `protocol` is several pieces; the first, parsing and routing, stands for it. */
function intervalsOf(operation: Operation): Interval[] {
  const { receivedAt, dispatchedAt, routedAt, parseMs, handlerFrom, executionFrom, sendTo, serializationMs } =
    operation;
  const parsedFrom = dispatchedAt - parseMs;
  const sendFrom = operation.sendFrom || sendTo;
  const executionTo = operation.executionTo || operation.outputValidationFrom || sendFrom;
  const intervals: Interval[] = [
    { stage: 'queue', from: receivedAt, to: parsedFrom },
    { stage: 'protocol', from: parsedFrom, to: routedAt || dispatchedAt },
  ];
  if (executionFrom > 0) {
    intervals.push({ stage: 'validation', from: operation.validationFrom || handlerFrom, to: executionFrom });
    intervals.push({ stage: 'execution', from: executionFrom, to: executionTo });
    intervals.push({ stage: 'output_validation', from: executionTo, to: sendFrom });
  }
  intervals.push({ stage: 'serialization', from: sendFrom, to: sendFrom + serializationMs });
  intervals.push({ stage: 'transmission', from: sendFrom + serializationMs, to: sendTo });
  return intervals.filter(({ from, to }) => to > from);
}

/** One child span per stage of an exported operation: for the profile `development`, where a trace is read by eye. */
export function stageSpans(operation: Operation, parent: ReadableSpan, timeOrigin: number): ReadableSpan[] {
  const { traceId, spanId, traceFlags } = operation.spanContext();
  return intervalsOf(operation).map(({ stage, from, to }) => {
    const context = { traceId, spanId: newSpanId(), traceFlags };
    return {
      ...parent,
      name: stage,
      kind: SPAN_KIND_INTERNAL,
      spanContext: () => context,
      parentSpanContext: { traceId, spanId, traceFlags },
      startTime: millisToHrTime(timeOrigin + from),
      endTime: millisToHrTime(timeOrigin + to),
      duration: millisToHrTime(to - from),
      status: { code: 0 },
      attributes: { [ATTR_STAGE]: stage },
      links: [],
      events: [],
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
  });
}
