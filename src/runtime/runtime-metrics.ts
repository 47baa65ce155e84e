import { availableParallelism } from 'node:os';
import type { HeapSpaceInfo } from 'node:v8';
import type { Attributes, Meter, Observable } from '@opentelemetry/api';
import { GC_DURATION_BOUNDARIES } from '../semconv/boundaries.ts';
import { ATTR_DISK_IO_DIRECTION } from '../semconv/host-streams.ts';
import {
  ATTR_CPU_MODE,
  ATTR_MEMORY_LIMIT,
  ATTR_MEMORY_TYPE,
  ATTR_NODEJS_EVENTLOOP_STATE,
  ATTR_PROCESS_CONTEXT_SWITCH_TYPE,
  ATTR_V8JS_GC_TYPE,
  ATTR_V8JS_HEAP_SPACE_NAME,
  ATTR_V8JS_RESOURCE_TYPE,
  CPU_MODE_VALUE_SYSTEM,
  CPU_MODE_VALUE_USER,
  METRIC_V8JS_GC_DURATION,
  NODEJS_EVENTLOOP_STATE_VALUE_ACTIVE,
  NODEJS_EVENTLOOP_STATE_VALUE_IDLE,
  RUNTIME_STREAMS,
  type RuntimeStreamName,
} from '../semconv/runtime-streams.ts';
import type { Stream } from '../semconv/stream.ts';
import type { EventLoopDelay } from './event-loop-delay.ts';
import type { GarbageCollectionType } from './garbage-collection.ts';
import type { HostSample } from './host/host-sample.ts';
import { createObservable } from './observable.ts';
import type { ByCpuMode, RuntimeSample } from './runtime-sample.ts';
import type { RuntimeSampler } from './runtime-sampler.ts';

type ObservedName = Exclude<RuntimeStreamName, typeof METRIC_V8JS_GC_DURATION>;
type Observe = (value: number, attributes?: Attributes) => void;
type Report = (sample: RuntimeSample, observe: Observe, host: HostSample | undefined) => void;

/**
 * Creates the instruments of `RUNTIME_STREAMS` on a meter. Their callbacks only read the sampler's last sample, so no
 * reader takes anything from another one.
 *
 * Garbage collections go into an ordinary histogram, which counts from this call on: call it before the sampler starts.
 * A figure the platform does not tell has no points.
 */
export function registerRuntimeMetrics(meter: Meter, sampler: RuntimeSampler): void {
  const observed: { readonly instrument: Observable; readonly report: Report }[] = [];
  for (const stream of RUNTIME_STREAMS) {
    if (stream.name === METRIC_V8JS_GC_DURATION) recordCollections(meter, sampler, stream);
    else observed.push({ instrument: createObservable(meter, stream), report: REPORTS[stream.name] });
  }
  meter.addBatchObservableCallback(
    (result) => {
      const sample = sampler.latest();
      const host = sampler.host.latest();
      for (const { instrument, report } of observed) {
        report(sample, (value, attributes) => result.observe(instrument, value, attributes), host);
      }
    },
    observed.map(({ instrument }) => instrument),
  );
}

/** CPUs available to the process; asked once, since newer Node versions read files for the answer. */
const CPUS = availableParallelism();

const USER = { [ATTR_CPU_MODE]: CPU_MODE_VALUE_USER };
const SYSTEM = { [ATTR_CPU_MODE]: CPU_MODE_VALUE_SYSTEM };
const ACTIVE = { [ATTR_NODEJS_EVENTLOOP_STATE]: NODEJS_EVENTLOOP_STATE_VALUE_ACTIVE };
const IDLE = { [ATTR_NODEJS_EVENTLOOP_STATE]: NODEJS_EVENTLOOP_STATE_VALUE_IDLE };
const COLLECTIONS: Readonly<Record<GarbageCollectionType, Attributes>> = {
  minor: { [ATTR_V8JS_GC_TYPE]: 'minor' },
  major: { [ATTR_V8JS_GC_TYPE]: 'major' },
  incremental: { [ATTR_V8JS_GC_TYPE]: 'incremental' },
  weakcb: { [ATTR_V8JS_GC_TYPE]: 'weakcb' },
};

const REPORTS: Readonly<Record<ObservedName, Report>> = {
  'process.cpu.time': (sample, observe) => observeModes(sample.cpuSeconds, 1, observe),
  'process.cpu.utilization': (sample, observe) => observeModes(sample.cpuCores, CPUS, observe),
  'process.memory.usage': (sample, observe) => observe(sample.residentBytes),
  'process.uptime': (sample, observe) => observe(sample.uptimeSeconds),
  'process.context_switches': ({ contextSwitches }, observe) => {
    observe(contextSwitches.voluntary, { [ATTR_PROCESS_CONTEXT_SWITCH_TYPE]: 'voluntary' });
    observe(contextSwitches.involuntary, { [ATTR_PROCESS_CONTEXT_SWITCH_TYPE]: 'involuntary' });
  },
  'process.disk.io': (_sample, observe, host) => {
    if (host?.processIo === undefined) return;
    observe(host.processIo.in, { [ATTR_DISK_IO_DIRECTION]: 'read' });
    observe(host.processIo.out, { [ATTR_DISK_IO_DIRECTION]: 'write' });
  },
  'process.thread.count': (sample, observe) => observeKnown(sample.threads, observe),
  'process.unix.file_descriptor.count': (sample, observe) => observeKnown(sample.fileDescriptors, observe),
  'nodejs.eventloop.delay.min': delayReport('minSeconds'),
  'nodejs.eventloop.delay.max': delayReport('maxSeconds'),
  'nodejs.eventloop.delay.mean': delayReport('meanSeconds'),
  'nodejs.eventloop.delay.stddev': delayReport('stddevSeconds'),
  'nodejs.eventloop.delay.p50': delayReport('p50Seconds'),
  'nodejs.eventloop.delay.p90': delayReport('p90Seconds'),
  'nodejs.eventloop.delay.p99': delayReport('p99Seconds'),
  'nodejs.eventloop.utilization': (sample, observe) => observeKnown(sample.eventLoopUtilization, observe),
  'nodejs.eventloop.time': (sample, observe) => {
    observe(sample.eventLoopActiveSeconds, ACTIVE);
    observe(sample.eventLoopIdleSeconds, IDLE);
  },
  'v8js.memory.heap.space.size': spaceReport('space_size'),
  'v8js.memory.heap.used': spaceReport('space_used_size'),
  'v8js.memory.heap.space.available_size': spaceReport('space_available_size'),
  'v8js.memory.heap.space.physical_size': spaceReport('physical_space_size'),
  'v8js.resource.active': ({ activeResources }, observe) => {
    for (const [type, count] of Object.entries(activeResources)) observe(count, { [ATTR_V8JS_RESOURCE_TYPE]: type });
  },
  'mcp_vitals.memory.external': ({ externalBytes, arrayBuffersBytes }, observe) => {
    observe(arrayBuffersBytes, { [ATTR_MEMORY_TYPE]: 'array_buffers' });
    observe(Math.max(0, externalBytes - arrayBuffersBytes), { [ATTR_MEMORY_TYPE]: 'other' });
  },
  'mcp_vitals.memory.utilization': ({ heapUsedBytes, heapLimitBytes }, observe, host) => {
    observe(heapUsedBytes / heapLimitBytes, { [ATTR_MEMORY_LIMIT]: 'heap' });
    const container = host?.container;
    if (container === undefined) return;
    observe(container.workingSetBytes / container.limitBytes, { [ATTR_MEMORY_LIMIT]: 'container' });
  },
};

function recordCollections(meter: Meter, sampler: RuntimeSampler, stream: Stream): void {
  const histogram = meter.createHistogram(stream.name, {
    unit: stream.unit,
    description: stream.description,
    advice: { explicitBucketBoundaries: [...GC_DURATION_BOUNDARIES] },
  });
  sampler.onGarbageCollection((type, durationSeconds) => histogram.record(durationSeconds, COLLECTIONS[type]));
}

function observeKnown(value: number | undefined, observe: Observe): void {
  if (value !== undefined) observe(value);
}

function observeModes(value: ByCpuMode | undefined, divisor: number, observe: Observe): void {
  if (value === undefined) return;
  observe(value.user / divisor, USER);
  observe(value.system / divisor, SYSTEM);
}

function delayReport(figure: keyof EventLoopDelay): Report {
  return (sample, observe) => observeKnown(sample.eventLoopDelay?.[figure], observe);
}

function spaceReport(figure: Exclude<keyof HeapSpaceInfo, 'space_name'>): Report {
  return (sample, observe) => {
    for (const space of sample.heapSpaces) observe(space[figure], { [ATTR_V8JS_HEAP_SPACE_NAME]: space.space_name });
  };
}
