import { type Context, trace as ownTrace, type TracerProvider } from '@opentelemetry/api';
import type { CallReporter } from '../components/time/call-reporter.ts';
import { ComponentRegistry } from '../components/time/component-registry.ts';
import { ComponentTimes, type OperationComponents } from '../components/time/component-times.ts';
import { followHttp } from '../components/time/http-channels.ts';
import { followLibraries } from '../components/time/library-channels.ts';
import type { VitalsConfig } from '../config/index.ts';
import type { ComponentRef } from '../core/call-log.ts';
import { VERSION } from '../core/version.ts';
import type { Instrumentation } from '../mcp/instrumentation.ts';
import type { Operation } from '../mcp/operation.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import { SPAN_KIND_INTERNAL, SPAN_STATUS_ERROR, TRACE_FLAG_SAMPLED } from '../mcp/span-types.ts';
import { ATTR_COMPONENT, ATTR_COMPONENT_NAME, ATTR_GEN_AI_TOOL_NAME } from '../semconv/attributes.ts';
import { METRIC_COMPONENT_DURATION } from '../semconv/component-streams.ts';
import { STAGE_EXECUTION } from '../semconv/stages.ts';
import { OperationTracker, type TrackedSpan } from './component-tracker.ts';
import type { ActiveContext } from './otel-bridge.ts';
import type { Part } from './part.ts';

/** Tools with a full set of components of their own; with more, the rest of their components shares a series. */
const SERIES_PER_COMPONENT = 10;

export interface ComponentsPartOptions {
  /** Seconds, objective thresholds included. */
  readonly boundaries: readonly number[];
  readonly config: VitalsConfig;
  readonly instrumentation: Instrumentation;
  readonly contexts: ActiveContext;
  /** Whose spans calls tracked in code become: what is registered at the moment. */
  readonly provider: () => TracerProvider | undefined;
}

export interface ComponentsPart extends Part {
  /** Takes reports of calls of components. */
  readonly calls: CallReporter;
  /** What an operation has spent in components; `undefined` where none took part. */
  of(entry: OperationEntry): OperationComponents | undefined;
}

/** Component time: where the time inside a tool goes. */
export function createComponentsPart({
  boundaries,
  config,
  instrumentation,
  contexts,
  provider,
}: ComponentsPartOptions): ComponentsPart {
  const { components: limit } = config.limits;
  const times = new ComponentTimes(limit * SERIES_PER_COMPONENT, boundaries);
  const tracker = new OperationTracker({
    registry: new ComponentRegistry(limit),
    contexts,
    now: instrumentation.now,
    guard: (fn) => instrumentation.guard(fn),
    startSpan: spanStarter(provider),
  });
  let stops: (() => void)[] = [];
  return {
    calls: tracker,
    of: (entry) => times.of(entry.name),
    series: () => [
      {
        stream: METRIC_COMPONENT_DURATION,
        points: [...times.series()].map(({ tool, component, histogram }) => ({
          attributes: {
            ...(tool === undefined ? {} : { [ATTR_GEN_AI_TOOL_NAME]: tool }),
            [ATTR_COMPONENT]: component.kind,
            [ATTR_COMPONENT_NAME]: component.name,
          },
          value: histogram,
        })),
      },
    ],
    onFinished(operation, entry, stagesMs) {
      // Operations without a component end here.
      if (operation.calls === undefined) return undefined;
      const [from, to] = executionOf(operation, stagesMs);
      times.add(entry.name, entry.targetKind === 'tool' ? entry.target : undefined, operation.calls.close(from, to));
      return undefined;
    },
    start() {
      instrumentation.components = tracker;
      stops = [followHttp(tracker), followLibraries(tracker)];
    },
    stop() {
      tracker.stop();
      instrumentation.components = undefined;
      for (const stop of stops) stop();
      stops = [];
    },
  };
}

/** Where the execution lay; where no stage was seen to begin, all that the handler may have taken. */
export function executionOf(operation: Operation, stagesMs: Float64Array): [from: number, to: number] {
  const { executionFrom, handlerFrom, dispatchedAt, sendFrom, sendTo } = operation;
  if (executionFrom !== 0) return [executionFrom, executionFrom + (stagesMs[STAGE_EXECUTION] as number)];
  return [handlerFrom || dispatchedAt, sendFrom || sendTo];
}

/** A call tracked in code is a child span of its operation, where that is exported. */
function spanStarter(
  provider: ComponentsPartOptions['provider'],
): (component: ComponentRef, operation: string, parent: Context) => TrackedSpan | undefined {
  return ({ kind, name }, operation, parent) => {
    const { traceFlags = 0 } = ownTrace.getSpanContext(parent) ?? {};
    if ((traceFlags & TRACE_FLAG_SAMPLED) === 0) return undefined;
    const attributes = { [ATTR_COMPONENT]: kind, [ATTR_COMPONENT_NAME]: name };
    const tracer = provider()?.getTracer('mcp-vitals', VERSION);
    const span = tracer?.startSpan(operation, { kind: SPAN_KIND_INTERNAL, attributes }, parent);
    if (span === undefined) return undefined;
    return {
      context: ownTrace.setSpan(parent, span),
      end(error) {
        if (error !== undefined) span.setStatus({ code: SPAN_STATUS_ERROR });
        span.end();
      },
    };
  };
}
