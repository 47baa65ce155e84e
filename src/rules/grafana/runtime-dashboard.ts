import type { ObjectiveDefinition } from '../../core/model/objective-definition.ts';
import { HOST_STREAMS } from '../../semconv/host-streams.ts';
import { RESOURCE_STREAMS } from '../../semconv/resource-streams.ts';
import { RUNTIME_STREAMS } from '../../semconv/runtime-streams.ts';
import type { Stream } from '../../semconv/stream.ts';
import { chosen, type DashboardSpec, type Limit, type PanelSpec, type RowSpec, rate, share } from './panel.ts';

const CACHE = 'a cache the server uses or watches';
const POOL = 'a connection pool';
const BATCHES = 'a batcher';

function streamNamed(name: string): Stream {
  const stream = [...RUNTIME_STREAMS, ...HOST_STREAMS, ...RESOURCE_STREAMS].find(
    (candidate) => candidate.name === name,
  );
  if (stream === undefined) throw new RangeError(`unknown metric stream ${JSON.stringify(name)}`);
  return stream;
}

function line(panel: Omit<PanelSpec, 'type' | 'width' | 'queries'>, expr: string, legend: string): PanelSpec {
  return { ...panel, type: 'timeseries', width: 8, queries: [{ expr, legend }] };
}

/** The ten servers with the largest figure. */
function worst(figure: string): string {
  return `topk(10, ${figure})`;
}

function byServer(name: string, ...matchers: string[]): string {
  return `sum by (instance) (${chosen(streamNamed(name), '', ...matchers)})`;
}

function rateBy(
  labels: string,
  name: string,
  part: '' | '_bucket' | '_sum' | '_count' = '',
  ...matchers: string[]
): string {
  return `sum by (${labels}) (${rate(chosen(streamNamed(name), part, ...matchers))})`;
}

/** What the processes and their machines are busy with, and the caches, pools and batchers in them. */
export function runtimeDashboard(definitions: readonly ObjectiveDefinition[]): DashboardSpec {
  return {
    uid: 'mcp-vitals-runtime',
    title: 'MCP runtime and resources',
    description: 'Event loop, memory, CPU, garbage collection, host, caches, pools, batches.',
    rows: [processes(definitions), host(), caches(), pools(), batches()],
  };
}

function processes(definitions: readonly ObjectiveDefinition[]): RowSpec {
  const limit = (indicator: string): readonly Limit[] => {
    const target = definitions.find((definition) => definition.indicator === indicator)?.target;
    return target === undefined ? [] : [{ value: target, color: 'red' }];
  };
  return {
    title: 'Processes',
    panels: [
      line(
        { title: 'CPU', description: 'Cores in use; a line at the objective.', unit: 'short', limits: limit('cpu') },
        worst(rateBy('instance', 'process.cpu.time')),
        '{{instance}}',
      ),
      line(
        {
          title: 'Resident memory',
          description: 'Physical memory in use; a line at the objective.',
          unit: 'bytes',
          limits: limit('memory'),
        },
        worst(byServer('process.memory.usage')),
        '{{instance}}',
      ),
      line(
        {
          title: 'Event-loop delay P99',
          description: 'How late the event loop gets round to its work; over 100 ms it stalls.',
          unit: 's',
          limits: [{ value: 0.1, color: 'red' }],
        },
        worst(byServer('nodejs.eventloop.delay.p99')),
        '{{instance}}',
      ),
      line(
        {
          title: 'Event-loop utilization',
          description: 'Share of the time the event loop is not waiting.',
          unit: 'percentunit',
          max: 1,
          limits: [{ value: 0.8, color: 'orange' }],
        },
        worst(byServer('nodejs.eventloop.utilization')),
        '{{instance}}',
      ),
      line(
        {
          title: 'Garbage collection',
          description: 'Share of the time spent collecting garbage, by type.',
          unit: 'percentunit',
        },
        rateBy('v8js_gc_type', 'v8js.gc.duration', '_sum'),
        '{{v8js_gc_type}}',
      ),
      line(
        {
          title: 'Memory limits',
          description: 'Share in use of the heap limit and of the limit of the container.',
          unit: 'percentunit',
          max: 1,
          limits: [
            { value: 0.8, color: 'orange' },
            { value: 0.9, color: 'red' },
          ],
        },
        worst(`max by (instance, mcp_vitals_memory_limit) (${chosen(streamNamed('mcp_vitals.memory.utilization'))})`),
        '{{instance}} {{mcp_vitals_memory_limit}}',
      ),
    ],
  };
}

function host(): RowSpec {
  return {
    title: 'Hosts',
    panels: [
      line(
        { title: 'Host CPU', description: 'Share of all CPUs of the host, by mode.', unit: 'percentunit', max: 1 },
        `avg by (cpu_mode) (${chosen(streamNamed('system.cpu.utilization'), '', 'cpu_mode!="idle"')})`,
        '{{cpu_mode}}',
      ),
      line(
        { title: 'Host memory', description: 'Memory of the host by state.', unit: 'bytes' },
        `avg by (system_memory_state) (${chosen(streamNamed('system.memory.usage'))})`,
        '{{system_memory_state}}',
      ),
      line(
        {
          title: 'Disk',
          description: 'Bytes a second by direction.',
          unit: 'Bps',
          needs: 'Linux with a disk of its own',
        },
        rateBy('disk_io_direction', 'system.disk.io'),
        '{{disk_io_direction}}',
      ),
    ],
  };
}

function caches(): RowSpec {
  const of = (...matchers: string[]): string =>
    rateBy('mcp_vitals_cache_name', 'mcp_vitals.cache.requests', '', ...matchers);
  const hits = of('mcp_vitals_cache_result="hit"');
  const lookups = of('mcp_vitals_cache_result=~"hit|miss"');
  return {
    title: 'Caches',
    panels: [
      line(
        {
          title: 'Hit ratio',
          description: 'Share of look-ups that hit; below 0.7 a cache hardly helps.',
          unit: 'percentunit',
          max: 1,
          goodAbove: true,
          limits: [{ value: 0.7, color: 'green' }],
          needs: CACHE,
        },
        share(`(${hits} or 0 * ${lookups})`, lookups),
        '{{mcp_vitals_cache_name}}',
      ),
      line(
        { title: 'Look-ups', description: 'Look-ups a second.', unit: 'reqps', needs: CACHE },
        lookups,
        '{{mcp_vitals_cache_name}}',
      ),
      line(
        {
          title: 'Evictions',
          description: 'Entries dropped a second to make room or for their age.',
          unit: 'ops',
          needs: `${CACHE} that tells`,
        },
        rateBy('mcp_vitals_cache_name', 'mcp_vitals.cache.evictions'),
        '{{mcp_vitals_cache_name}}',
      ),
    ],
  };
}

function pools(): RowSpec {
  const pool = 'db_client_connection_pool_name';
  return {
    title: 'Pools and databases',
    panels: [
      line(
        { title: 'Connections', description: 'Connections by pool and state.', unit: 'short', needs: POOL },
        `sum by (${pool}, db_client_connection_state) (${chosen(streamNamed('db.client.connection.count'))})`,
        `{{${pool}}} {{db_client_connection_state}}`,
      ),
      line(
        {
          title: 'Waiting',
          description: 'Requests for a connection that wait; any for long is a pool too small.',
          unit: 'short',
          limits: [{ value: 1, color: 'orange' }],
          needs: POOL,
        },
        `sum by (${pool}) (${chosen(streamNamed('db.client.connection.pending_requests'))})`,
        `{{${pool}}}`,
      ),
      line(
        {
          title: 'Query P95',
          description: 'Duration that 95 % of the queries stay below.',
          unit: 's',
          needs: 'a watched database',
        },
        `histogram_quantile(0.95, ${rateBy('mcp_vitals_database_name, le', 'db.client.operation.duration', '_bucket')})`,
        '{{mcp_vitals_database_name}}',
      ),
    ],
  };
}

function batches(): RowSpec {
  const mean = (name: string): string => {
    const of = (part: '_sum' | '_count'): string => rateBy('mcp_vitals_batcher_name', name, part);
    return share(of('_sum'), of('_count'));
  };
  return {
    title: 'Batches',
    panels: [
      line(
        { title: 'Batch size', description: 'Mean number of items in a batch.', unit: 'short', needs: BATCHES },
        mean('mcp_vitals.batch.size'),
        '{{mcp_vitals_batcher_name}}',
      ),
      line(
        {
          title: 'Batch wait',
          description: 'Mean time the first item waits for others.',
          unit: 's',
          needs: `${BATCHES} that waits`,
        },
        mean('mcp_vitals.batch.wait'),
        '{{mcp_vitals_batcher_name}}',
      ),
      line(
        { title: 'Batch duration', description: 'Mean time a batch takes.', unit: 's', needs: BATCHES },
        mean('mcp_vitals.batch.duration'),
        '{{mcp_vitals_batcher_name}}',
      ),
    ],
  };
}
