import type { Stream } from './stream.ts';

export const METRIC_V8JS_GC_DURATION = 'v8js.gc.duration' as const;

export const ATTR_CPU_MODE = 'cpu.mode';
export const CPU_MODE_VALUE_USER = 'user';
export const CPU_MODE_VALUE_SYSTEM = 'system';
export const ATTR_NODEJS_EVENTLOOP_STATE = 'nodejs.eventloop.state';
export const NODEJS_EVENTLOOP_STATE_VALUE_ACTIVE = 'active';
export const NODEJS_EVENTLOOP_STATE_VALUE_IDLE = 'idle';
export const ATTR_V8JS_GC_TYPE = 'v8js.gc.type';
/** Name of a V8 heap space; the set is fixed by the V8 version (9 to 14 names). */
export const ATTR_V8JS_HEAP_SPACE_NAME = 'v8js.heap.space.name';

export const ATTR_V8JS_RESOURCE_TYPE = 'v8js.resource.type';
export const ATTR_PROCESS_CONTEXT_SWITCH_TYPE = 'process.context_switch.type';
/** `array_buffers`, or `other` objects outside the V8 heap. */
export const ATTR_MEMORY_TYPE = 'mcp_vitals.memory.type';
/** Which limit: of the V8 `heap`, or of the `container`. */
export const ATTR_MEMORY_LIMIT = 'mcp_vitals.memory.limit';

/** Names of {@link RUNTIME_STREAMS}; a row without a figure to report does not compile. */
export type RuntimeStreamName =
  | 'process.cpu.time'
  | 'process.cpu.utilization'
  | 'process.memory.usage'
  | 'process.uptime'
  | 'process.context_switches'
  | 'process.disk.io'
  | 'process.thread.count'
  | 'process.unix.file_descriptor.count'
  | 'nodejs.eventloop.delay.min'
  | 'nodejs.eventloop.delay.max'
  | 'nodejs.eventloop.delay.mean'
  | 'nodejs.eventloop.delay.stddev'
  | 'nodejs.eventloop.delay.p50'
  | 'nodejs.eventloop.delay.p90'
  | 'nodejs.eventloop.delay.p99'
  | 'nodejs.eventloop.utilization'
  | 'nodejs.eventloop.time'
  | typeof METRIC_V8JS_GC_DURATION
  | 'v8js.resource.active'
  | 'v8js.memory.heap.space.size'
  | 'v8js.memory.heap.used'
  | 'v8js.memory.heap.space.available_size'
  | 'v8js.memory.heap.space.physical_size'
  | 'mcp_vitals.memory.external'
  | 'mcp_vitals.memory.utilization';

/**
 * Every stream recorded about the process, its event loop and its JavaScript engine.
 *
 * Names, kinds and units of the OpenTelemetry semantic conventions 1.45 for processes, Node.js and V8, where all of them are in
 * development. `v8js.memory.heap.space.size` stands for `v8js.memory.heap.limit`, deprecated there: it never was a limit.
 */
export const RUNTIME_STREAMS: readonly (Stream & { readonly name: RuntimeStreamName })[] = [
  {
    name: 'process.cpu.time',
    kind: 'counter',
    unit: 's',
    description: 'CPU seconds of the process, by CPU mode.',
    attributes: [ATTR_CPU_MODE],
  },
  {
    name: 'process.cpu.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'CPU time of the last interval divided by the elapsed time and the CPUs available to the process.',
    attributes: [ATTR_CPU_MODE],
  },
  {
    name: 'process.memory.usage',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Physical memory in use by the process (resident set).',
    attributes: [],
  },
  {
    name: 'process.uptime',
    kind: 'gauge',
    unit: 's',
    description: 'Time the process has been running.',
    attributes: [],
  },
  {
    name: 'process.context_switches',
    kind: 'counter',
    unit: '{context_switch}',
    description: 'Times the process gave up the CPU, by whether it had to.',
    attributes: [ATTR_PROCESS_CONTEXT_SWITCH_TYPE],
  },
  {
    name: 'process.disk.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes the process made the disks transfer, page cache excluded (Linux).',
    attributes: ['disk.io.direction'],
  },
  {
    name: 'process.thread.count',
    kind: 'updowncounter',
    unit: '{thread}',
    description: 'Threads of the process (Linux).',
    attributes: [],
  },
  {
    name: 'process.unix.file_descriptor.count',
    kind: 'updowncounter',
    unit: '{file_descriptor}',
    description: 'File descriptors in use by the process (Linux).',
    attributes: [],
  },
  {
    name: 'nodejs.eventloop.delay.min',
    kind: 'gauge',
    unit: 's',
    description: 'Smallest event-loop delay of the last 15 to 30 s.',
    attributes: [],
  },
  {
    name: 'nodejs.eventloop.delay.max',
    kind: 'gauge',
    unit: 's',
    description: 'Largest event-loop delay of the last 15 to 30 s.',
    attributes: [],
  },
  {
    name: 'nodejs.eventloop.delay.mean',
    kind: 'gauge',
    unit: 's',
    description: 'Mean event-loop delay of the last 15 to 30 s.',
    attributes: [],
  },
  {
    name: 'nodejs.eventloop.delay.stddev',
    kind: 'gauge',
    unit: 's',
    description: 'Standard deviation of the event-loop delay of the last 15 to 30 s.',
    attributes: [],
  },
  {
    name: 'nodejs.eventloop.delay.p50',
    kind: 'gauge',
    unit: 's',
    description: 'Median event-loop delay of the last 15 to 30 s.',
    attributes: [],
  },
  {
    name: 'nodejs.eventloop.delay.p90',
    kind: 'gauge',
    unit: 's',
    description: '90th percentile of the event-loop delay of the last 15 to 30 s.',
    attributes: [],
  },
  {
    name: 'nodejs.eventloop.delay.p99',
    kind: 'gauge',
    unit: 's',
    description: '99th percentile of the event-loop delay of the last 15 to 30 s.',
    attributes: [],
  },
  {
    name: 'nodejs.eventloop.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Share of the last interval the event loop was not waiting for events.',
    attributes: [],
  },
  {
    name: 'nodejs.eventloop.time',
    kind: 'counter',
    unit: 's',
    description: 'Time the event loop has been in each state.',
    attributes: [ATTR_NODEJS_EVENTLOOP_STATE],
  },
  {
    name: METRIC_V8JS_GC_DURATION,
    kind: 'histogram',
    unit: 's',
    description: 'Garbage collection duration, by type.',
    attributes: [ATTR_V8JS_GC_TYPE],
  },
  {
    name: 'v8js.memory.heap.space.size',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Heap memory pre-allocated for a heap space.',
    attributes: [ATTR_V8JS_HEAP_SPACE_NAME],
  },
  {
    name: 'v8js.memory.heap.used',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Heap memory in use in a heap space.',
    attributes: [ATTR_V8JS_HEAP_SPACE_NAME],
  },
  {
    name: 'v8js.memory.heap.space.available_size',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Heap memory still available in a heap space.',
    attributes: [ATTR_V8JS_HEAP_SPACE_NAME],
  },
  {
    name: 'v8js.memory.heap.space.physical_size',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Committed size of a heap space.',
    attributes: [ATTR_V8JS_HEAP_SPACE_NAME],
  },
  {
    name: 'v8js.resource.active',
    kind: 'gauge',
    unit: '{resource}',
    description: 'Handles, requests and timers that keep the event loop alive, by type.',
    attributes: [ATTR_V8JS_RESOURCE_TYPE],
  },
  {
    name: 'mcp_vitals.memory.external',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory of objects outside the V8 heap, by type.',
    attributes: [ATTR_MEMORY_TYPE],
  },
  {
    name: 'mcp_vitals.memory.utilization',
    kind: 'gauge',
    unit: '1',
    description:
      'Share of a memory limit in use: heap used of the heap limit, working set of the limit of the container.',
    attributes: [ATTR_MEMORY_LIMIT],
  },
];
