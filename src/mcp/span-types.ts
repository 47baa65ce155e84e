/**
 * The shapes of OpenTelemetry that the hot path speaks, copied so that an application without OpenTelemetry loads nothing
 * of it before the first answer. They are structurally equal to the types of `@opentelemetry/api`; a test holds them to it.
 */
export type AttributeValue =
  | string
  | number
  | boolean
  | Array<null | undefined | string>
  | Array<null | undefined | number>
  | Array<null | undefined | boolean>;

export interface Attributes {
  [name: string]: AttributeValue | undefined;
}

export interface TraceState {
  set(key: string, value: string): TraceState;
  unset(key: string): TraceState;
  get(key: string): string | undefined;
  serialize(): string;
}

export interface SpanContext {
  traceId: string;
  spanId: string;
  isRemote?: boolean;
  traceFlags: number;
  traceState?: TraceState;
}

export interface Link {
  context: SpanContext;
  attributes?: Attributes;
  droppedAttributesCount?: number;
}

/** Seconds and nanoseconds since the Unix epoch. */
export type HrTime = [number, number];

export interface TimedEvent {
  time: HrTime;
  name: string;
  attributes?: Attributes;
  droppedAttributesCount?: number;
}

/** `SpanKind.INTERNAL`. */
export const SPAN_KIND_INTERNAL = 0;
export const SPAN_KIND_SERVER = 1;
export const SPAN_KIND_CLIENT = 2;
export const SPAN_STATUS_UNSET = 0;
export const SPAN_STATUS_ERROR = 2;
export const TRACE_FLAG_SAMPLED = 1;

export interface SpanStatus {
  code: number;
  message?: string;
}
