import { context as contexts } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { ObjectiveOptions } from '../config/objective-fields.ts';
import type { ProfileName } from '../config/settings.ts';
import { type Clock, systemClock, type Timer } from '../core/clock.ts';
import { LatencyWindows } from '../core/latency-windows.ts';
import type { ObjectiveSnapshot, OperationWindows } from '../core/model/objective.ts';
import { ATTR_ERROR_TYPE, ATTR_GEN_AI_TOOL_NAME, ATTR_MCP_METHOD_NAME, OTHER } from '../semconv/attributes.ts';
import { ATTR_OBJECTIVE, ATTR_OBJECTIVE_BREACHED, EVENT_OBJECTIVE_BREACH } from '../semconv/objective-streams.ts';
import { defaultObjectives } from './default-objectives.ts';
import { resolveObjectives } from './definition.ts';
import { KeptTraces } from './kept-traces.ts';
import { type JudgedOperation, ObjectiveJudge } from './objective-judge.ts';
import { readProcess } from './process-figures.ts';
import { TICK_MS } from './process-judge.ts';

export interface ObjectiveSpanProcessorOptions {
  /** Objectives besides the default ones of the profile, and instead of those on the same figure of the same subject. */
  readonly objectives?: readonly ObjectiveOptions[];
  /** @default 'production' */
  readonly profile?: ProfileName;
  /**
   * Gets the traces of operations that failed or missed an objective and that the sampler had dropped. Give the same exporter as to your
   * batch processor, and `recordAllSampler` around your sampler: what is not recorded, nobody can keep.
   */
  readonly exporter?: Pick<SpanExporter, 'export'>;
  /** Operations kept a second, at most. @default 10 */
  readonly keptPerSecond?: number;
  /** Spans of unsampled traces held until their operation is judged. @default 1000 */
  readonly keptChildren?: number;
  /** Hears of every objective whose verdict on the sliding window changes. */
  readonly onChange?: (objective: ObjectiveSnapshot) => void;
  /** @default the clock of the process */
  readonly clock?: Clock;
}

/** `SpanKind.SERVER` and `SpanStatusCode.ERROR` of the API, `TraceFlags.SAMPLED`. */
const KIND_SERVER = 1;
const STATUS_ERROR = 2;
const FLAG_SAMPLED = 1;

/** Operations told apart; names on spans may be the client's, so there has to be an end to them. */
const MAX_OPERATIONS = 200;

/**
 * Judges MCP operations in a tracer provider of your own (SDK 2.x `NodeTracerProvider`, 3.x `TracerProvider`): files the durations of MCP
 * server spans in sliding windows, marks the spans that miss an objective with an attribute and events, keeps error budgets, and
 * hands failing and missing traces to an exporter although the sampler dropped them.
 *
 * Under `mcp-vitals/register` operations are judged anyway; this is for processes that bring their spans from elsewhere, and for
 * tail keeping inside a provider that is not ours.
 */
export class ObjectiveSpanProcessor implements SpanProcessor {
  readonly #judge: ObjectiveJudge;
  readonly #clock: Clock;
  readonly #exporter: Pick<SpanExporter, 'export'> | undefined;
  readonly #traces: KeptTraces;
  readonly #timer: Timer;
  readonly #operations = new Map<string, JudgedOperation>();
  readonly #missed = new WeakMap<object, readonly string[]>();
  readonly #exporting = new Set<Promise<void>>();

  constructor(options: ObjectiveSpanProcessorOptions = {}) {
    const { clock = systemClock, onChange } = options;
    this.#clock = clock;
    this.#judge = new ObjectiveJudge({
      definitions: resolveObjectives(defaultObjectives(options.profile ?? 'production'), options.objectives ?? []),
      startMs: clock.now(),
      process: readProcess,
      ...(onChange === undefined ? {} : { onChange: (objective) => onChange(objective.snapshot()) }),
    });
    this.#exporter = options.exporter;
    this.#traces = new KeptTraces({
      perSecond: options.keptPerSecond ?? 10,
      children: options.keptChildren ?? 1000,
      now: () => clock.now(),
      export: (spans) => this.#export(spans),
    });
    this.#timer = clock.every(TICK_MS, () => this.#judge.tick(clock.now()));
  }

  /** Operations handed to the exporter so far. */
  get kept(): number {
    return this.#traces.kept;
  }

  /** Operations that were to be handed over, beyond `keptPerSecond`. */
  get limited(): number {
    return this.#traces.limited;
  }

  onStart(): void {}

  /** Judges the span while it can still be written to; SDKs without this hook have it judged when it has ended. */
  onEnding(span: ReadableSpan & Partial<WritableSpan>): void {
    const missed = this.#file(span);
    if (missed === undefined || span.attributes[ATTR_OBJECTIVE_BREACHED] !== undefined) return;
    span.setAttribute?.(ATTR_OBJECTIVE_BREACHED, [...missed]);
    for (const id of missed) span.addEvent?.(EVENT_OBJECTIVE_BREACH, { [ATTR_OBJECTIVE]: id });
  }

  onEnd(span: ReadableSpan): void {
    const isSampled = (span.spanContext().traceFlags & FLAG_SAMPLED) !== 0;
    if (!isOperation(span)) {
      if (!isSampled && this.#exporter !== undefined) this.#traces.hold(span);
      return;
    }
    const missed = this.#missed.get(span) ?? this.#file(span) ?? [];
    if (isSampled || this.#exporter === undefined || (missed.length === 0 && !hasFailed(span))) return;
    if (this.#traces.accepts()) this.#export([...this.#traces.release(span.spanContext().traceId), span]);
  }

  /** How the objectives stand. */
  objectives(): ObjectiveSnapshot[] {
    this.#judge.evaluate(this.#clock.now());
    return this.#judge.snapshot();
  }

  /** Latency, rate and errors of every operation over 60 s, 5 min and 1 h. */
  windows(): OperationWindows[] {
    const nowMs = this.#clock.now();
    return this.#judge.operations.map(({ identity, window }) => ({
      operation: identity.name,
      windows: window.windows.figures(nowMs),
    }));
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.#exporting);
  }

  async shutdown(): Promise<void> {
    this.#timer.stop();
    await this.forceFlush();
  }

  #file(span: ReadableSpan): readonly string[] | undefined {
    if (!isOperation(span)) return undefined;
    const operation = this.#operationOf(span);
    const [seconds, nanos] = span.duration;
    const nowMs = this.#clock.now();
    const duration = seconds + nanos / 1e9;
    const isError = hasFailed(span);
    operation.window.windows.record(duration, nowMs, isError);
    const missed = this.#judge.finished(operation, duration, isError, undefined, nowMs);
    this.#missed.set(span, missed ?? []);
    return missed;
  }

  #operationOf(span: ReadableSpan): JudgedOperation {
    const method = String(span.attributes[ATTR_MCP_METHOD_NAME]);
    const given = span.attributes[ATTR_GEN_AI_TOOL_NAME];
    const tool = typeof given === 'string' ? given : undefined;
    const name = tool === undefined ? method : `${method} ${tool}`;
    return (
      this.#operations.get(name) ??
      (this.#operations.size < MAX_OPERATIONS
        ? this.#begin(name, method, tool)
        : (this.#operations.get(OTHER) ?? this.#begin(OTHER, OTHER, undefined)))
    );
  }

  #begin(name: string, method: string, tool: string | undefined): JudgedOperation {
    const operation = this.#judge.operation({ name, method, tool }, new LatencyWindows());
    this.#operations.set(name, operation);
    return operation;
  }

  #export(spans: readonly ReadableSpan[]): void {
    const done = new Promise<void>((resolve) => {
      // The exporter's own requests must not become spans.
      contexts.with(suppressTracing(contexts.active()), () => this.#exporter?.export([...spans], () => resolve()));
    });
    this.#exporting.add(done);
    void done.then(() => this.#exporting.delete(done));
  }
}

/** What a span offers until it has ended. */
interface WritableSpan {
  setAttribute(key: string, value: string[]): unknown;
  addEvent(name: string, attributes: Record<string, string>): unknown;
}

function isOperation(span: ReadableSpan): boolean {
  return span.kind === KIND_SERVER && typeof span.attributes[ATTR_MCP_METHOD_NAME] === 'string';
}

function hasFailed(span: ReadableSpan): boolean {
  return span.attributes[ATTR_ERROR_TYPE] !== undefined || span.status.code === STATUS_ERROR;
}
