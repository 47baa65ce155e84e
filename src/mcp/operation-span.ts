import { monotonicNow } from '../core/clock.ts';
import { newSpanId, newTraceId } from './ids.ts';
import {
  type Attributes,
  type AttributeValue,
  type HrTime,
  type Link,
  SPAN_STATUS_ERROR,
  SPAN_STATUS_UNSET,
  type SpanContext,
  type SpanStatus,
  type TimedEvent,
  TRACE_FLAG_SAMPLED,
} from './span-types.ts';

/** OpenTelemetry's default span limits; what is over them is counted, as the SDK does. */
const MAX_ATTRIBUTES = 128;
const MAX_EVENTS = 128;
const MAX_LINKS = 128;

/** A point in time as OpenTelemetry's API lets users write it. */
export type TimeInput = HrTime | number | Date;

/** Converts a user's time input to seconds and nanoseconds since the Unix epoch. */
export function toHrTime(time: TimeInput | undefined): HrTime {
  if (Array.isArray(time)) return time;
  if (time instanceof Date) return millisToHrTime(time.getTime());
  if (typeof time !== 'number') return millisToHrTime(performance.timeOrigin + monotonicNow());
  // The API allows both epoch milliseconds and performance.now(); smaller numbers than the origin mean the latter.
  return millisToHrTime(time < performance.timeOrigin ? performance.timeOrigin + time : time);
}

/** Converts milliseconds since the Unix epoch to seconds and nanoseconds. */
export function millisToHrTime(millis: number): HrTime {
  const seconds = Math.trunc(millis / 1000);
  const nanos = Math.round((millis - seconds * 1000) * 1e6);
  return nanos < 1e9 ? [seconds, nanos] : [seconds + 1, nanos - 1e9];
}

/** What user code has put on a span, within OpenTelemetry's limits; what is over them is counted. */
class SpanAdditions {
  attributes: Attributes | undefined = undefined;
  events: TimedEvent[] | undefined = undefined;
  links: Link[] | undefined = undefined;
  status: SpanStatus | undefined = undefined;
  name: string | undefined = undefined;
  droppedAttributes = 0;
  droppedEvents = 0;
  droppedLinks = 0;
  #attributeCount = 0;

  setAttribute(key: string, value: AttributeValue): void {
    // Without a prototype, because a user may well name an attribute `__proto__`.
    this.attributes ??= Object.create(null) as Attributes;
    if (!Object.hasOwn(this.attributes, key)) {
      if (this.#attributeCount >= MAX_ATTRIBUTES) {
        this.droppedAttributes += 1;
        return;
      }
      this.#attributeCount += 1;
    }
    this.attributes[key] = value;
  }

  addEvent(event: TimedEvent): void {
    this.events ??= [];
    if (this.events.length >= MAX_EVENTS) this.droppedEvents += 1;
    else this.events.push(event);
  }

  addLink(link: Link): void {
    this.links ??= [];
    if (this.links.length >= MAX_LINKS) this.droppedLinks += 1;
    else this.links.push(link);
  }
}

/**
 * The span of an operation as user code sees it through `trace.getActiveSpan()`: what users set is kept whatever the head
 * sampler said, because the operation may still be exported when it fails or breaches. Ids are made when first asked for;
 * they never change afterwards, so logs and child spans point at the span that is exported.
 */
export class OperationSpan {
  readonly parentSpanContext: SpanContext | undefined;
  /** Head decision; settled once configuration is known, before anything outside can have read the flags. */
  sampled: boolean;
  closed = false;
  /** What user code has put on the span; most spans are left alone. */
  added: SpanAdditions | undefined = undefined;
  #context: SpanContext | undefined = undefined;

  constructor(parent: SpanContext | undefined, sampled: boolean) {
    this.parentSpanContext = parent;
    this.sampled = sampled;
  }

  spanContext(): SpanContext {
    this.#context ??= this.#newContext();
    return this.#context;
  }

  #newContext(): SpanContext {
    const parent = this.parentSpanContext;
    const context: SpanContext = {
      traceId: parent?.traceId ?? newTraceId(),
      spanId: newSpanId(),
      traceFlags: this.sampled ? TRACE_FLAG_SAMPLED : 0,
    };
    if (parent?.traceState !== undefined) context.traceState = parent.traceState;
    return context;
  }

  isRecording(): boolean {
    return !this.closed;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (!this.closed) this.#additions().setAttribute(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) this.setAttribute(key, value);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.closed) return this;
    const isTime =
      typeof attributesOrTime === 'number' || Array.isArray(attributesOrTime) || attributesOrTime instanceof Date;
    const event: TimedEvent = { time: toHrTime(isTime ? (attributesOrTime as TimeInput) : time), name };
    if (!isTime && attributesOrTime !== undefined) event.attributes = attributesOrTime as Attributes;
    this.#additions().addEvent(event);
    return this;
  }

  addLink(link: Link): this {
    if (!this.closed) this.#additions().addLink(link);
    return this;
  }

  addLinks(links: readonly Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus(status: SpanStatus): this {
    if (!this.closed && status.code !== SPAN_STATUS_UNSET) this.#additions().status = { ...status };
    return this;
  }

  updateName(name: string): this {
    if (!this.closed) this.#additions().name = name;
    return this;
  }

  recordException(exception: unknown, time?: TimeInput): void {
    const error = exception as { name?: unknown; code?: unknown; message?: unknown; stack?: unknown } | undefined;
    const attributes: Attributes = {};
    const type = error?.code ?? error?.name;
    if (type !== undefined) attributes['exception.type'] = String(type);
    const message = typeof exception === 'string' ? exception : error?.message;
    if (typeof message === 'string') attributes['exception.message'] = message;
    if (typeof error?.stack === 'string') attributes['exception.stacktrace'] = error.stack;
    this.addEvent('exception', attributes, time);
  }

  /** The operation ends when its response is transmitted; user code cannot end it early. */
  end(): void {}

  /** Status to export: what the user set wins over the classification, as in the SDK `error` stays `error`. */
  exportedStatus(errorType: string, message: string): SpanStatus {
    const status = this.added?.status;
    if (status !== undefined) return status;
    if (errorType === '') return { code: SPAN_STATUS_UNSET };
    return message === '' ? { code: SPAN_STATUS_ERROR } : { code: SPAN_STATUS_ERROR, message };
  }

  #additions(): SpanAdditions {
    this.added ??= new SpanAdditions();
    return this.added;
  }
}
