import diagnosticsChannel from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import type { VitalsConfig } from '../config/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Instrumentation } from '../mcp/instrumentation.ts';
import type { Recorder } from '../mcp/recorder.ts';
import type { WriteBacklog } from '../mcp/write-backlog.ts';
import { PressureSampler } from '../runtime/pressure-sampler.ts';
import type { RuntimeSampler } from '../runtime/runtime-sampler.ts';
import { ATTR_PRESSURE_CAUSE, METRIC_PRESSURE, METRIC_PRESSURE_CAUSES } from '../semconv/pressure-streams.ts';
import { STAGE_PROTOCOL, STAGE_QUEUE, STAGE_VALIDATION } from '../semconv/stages.ts';
import type { Part } from './part.ts';

export interface PressurePartOptions {
  readonly config: VitalsConfig;
  readonly clock: Clock;
  readonly instrumentation: Pick<Instrumentation, 'recorder' | 'backlog'>;
  readonly runtime: Pick<RuntimeSampler, 'latest' | 'host'>;
  /** Whether a request came to a server of our own, whose readers put no pressure on the MCP server. */
  readonly isOurs: (localPort: number | undefined) => boolean;
}

/** How close the process is to overload, from event loop, queue, requests in flight, memory and unread answers. */
export function createPressurePart(options: PressurePartOptions): Part {
  const { config, clock, runtime, isOurs } = options;
  const { recorder, backlog } = options.instrumentation;
  const queueWait = queueWaitMeter(recorder);
  const sampler = new PressureSampler({
    clock,
    intervalMs: config.runtime.intervalMs,
    runtime,
    capacity: config.capacity.concurrency,
    load: () => ({
      queueWaitSeconds: queueWait(),
      activeRequests: recorder.active,
      backlogBytes: backlog.standingBytes(),
    }),
  });
  const onRequest = followRequests(backlog, isOurs);
  return {
    series: () => {
      const pressure = sampler.latest();
      if (pressure === undefined) return [];
      return [
        { stream: METRIC_PRESSURE, points: [{ attributes: {}, value: pressure.value }] },
        {
          stream: METRIC_PRESSURE_CAUSES,
          points: pressure.causes.map(({ cause, value }) => ({ attributes: { [ATTR_PRESSURE_CAUSE]: cause }, value })),
        },
      ];
    },
    snapshot: () => ({ pressure: sampler.latest() }),
    gauges: () => ({ pressure: sampler.latest()?.value ?? Number.NaN }),
    start() {
      diagnosticsChannel.subscribe(REQUEST_START, onRequest);
      sampler.start();
    },
    stop() {
      diagnosticsChannel.unsubscribe(REQUEST_START, onRequest);
      sampler.stop();
    },
  };
}

const REQUEST_START = 'http.server.request.start';

/** Answers over HTTP wait in the socket they leave through. */
function followRequests(backlog: WriteBacklog, isOurs: PressurePartOptions['isOurs']): (message: unknown) => void {
  return (message) => {
    const { socket } = (message as { request: IncomingMessage }).request;
    if (!isOurs(socket.localPort)) backlog.follow(socket);
  };
}

/**
 * From receipt to the beginning of the work. The SDK hands all messages of a chunk on before the first handler runs: then the wait
 * for the handlers before shows in the stages after the queue, which take no time worth naming by themselves.
 */
const WAITING = [STAGE_QUEUE, STAGE_PROTOCOL, STAGE_VALIDATION] as const;

/**
 * Mean wait of what has finished since the last call, in seconds. Nothing finished: 0, unless something is queued, in which case
 * nobody knows.
 */
function queueWaitMeter(recorder: Recorder): () => number | undefined {
  let [seenCount, seenSum] = [0, 0];
  return () => {
    let [count, sum] = [0, 0];
    for (const { stageHistograms } of recorder.entries()) {
      count += stageHistograms[STAGE_QUEUE]?.count ?? 0;
      for (const stage of WAITING) sum += stageHistograms[stage]?.sum ?? 0;
    }
    const finished = count - seenCount;
    const waited = sum - seenSum;
    [seenCount, seenSum] = [count, sum];
    if (finished > 0) return Math.max(0, waited) / finished;
    return recorder.queued === 0 ? 0 : undefined;
  };
}
