import type { ObjectiveDefinition } from '../../core/model/objective-definition.ts';
import { METRIC_COMPONENT_DURATION } from '../../semconv/component-streams.ts';
import { METRIC_HEALTH_SCORE } from '../../semconv/health-streams.ts';
import { METRIC_PRESSURE, METRIC_PRESSURE_CAUSES } from '../../semconv/pressure-streams.ts';
import {
  METRIC_ACTIVE_REQUESTS,
  METRIC_ACTIVE_SESSIONS,
  METRIC_MESSAGE_SIZE,
  METRIC_QUEUE_DEPTH,
  METRIC_SERVER_OPERATION_DURATION,
  METRIC_STAGE_DURATION,
  streamByName,
} from '../../semconv/streams.ts';
import { limitOf, OVER_ONE } from './limits.ts';
import { objectivesRow } from './objectives-row.ts';
import { chosen, type DashboardSpec, type RowSpec, rate, share } from './panel.ts';
import { toolsRow } from './tools-row.ts';

const OPERATIONS = streamByName(METRIC_SERVER_OPERATION_DURATION);
const TOOL = 'gen_ai_tool_name=~"$tool"';

/** Objectives and budgets first, then what serves to find out why: traffic, tools, stages, components, pressure. */
export function overviewDashboard(definitions: readonly ObjectiveDefinition[]): DashboardSpec {
  return {
    uid: 'mcp-vitals-overview',
    title: 'MCP overview',
    description: 'Are objectives met, and if not: which operation, which stage, which component.',
    rows: [objectivesRow(), traffic(definitions), toolsRow(definitions), inside(), pressure()],
  };
}

function traffic(definitions: readonly ObjectiveDefinition[]): RowSpec {
  const byMethod = (series: string): string => `sum by (mcp_method_name) (${rate(series)})`;
  const count = byMethod(chosen(OPERATIONS, '_count'));
  const failed = byMethod(chosen(OPERATIONS, '_count', 'error_type!=""'));
  return {
    title: 'Traffic by method',
    panels: [
      {
        title: 'Rate',
        description: 'Operations a second by method.',
        type: 'timeseries',
        unit: 'reqps',
        width: 8,
        queries: [{ expr: count, legend: '{{mcp_method_name}}' }],
      },
      {
        title: 'Errors',
        description: 'Share of the operations that fail, by method; a line at what the objective on tools allows.',
        type: 'timeseries',
        unit: 'percentunit',
        width: 8,
        max: 1,
        limits: limitOf(definitions, 'tools/call *', undefined),
        queries: [{ expr: share(`(${failed} or 0 * ${count})`, count), legend: '{{mcp_method_name}}' }],
      },
      {
        title: 'P95',
        description: 'Duration that 95 % of the operations stay below, by method; a line at the objective on tools.',
        type: 'timeseries',
        unit: 's',
        width: 8,
        limits: limitOf(definitions, 'tools/call *', 0.95),
        queries: [
          {
            expr: `histogram_quantile(0.95, sum by (mcp_method_name, le) (${rate(chosen(OPERATIONS, '_bucket'))}))`,
            legend: '{{mcp_method_name}}',
            exemplars: true,
          },
        ],
      },
      {
        title: 'In flight',
        description: 'Requests received and not yet answered.',
        type: 'timeseries',
        unit: 'short',
        width: 8,
        queries: [
          {
            expr: `sum by (mcp_method_name) (${chosen(streamByName(METRIC_ACTIVE_REQUESTS))})`,
            legend: '{{mcp_method_name}}',
          },
          { expr: `sum(${chosen(streamByName(METRIC_QUEUE_DEPTH))})`, legend: 'waiting for their handler' },
        ],
      },
      {
        title: 'Sessions',
        description: 'Sessions that are open, by transport.',
        type: 'timeseries',
        unit: 'short',
        width: 8,
        queries: [
          {
            expr: `sum by (network_transport) (${chosen(streamByName(METRIC_ACTIVE_SESSIONS))})`,
            legend: '{{network_transport}}',
          },
        ],
      },
      {
        title: 'Message size',
        description: 'Mean size of messages by direction.',
        type: 'timeseries',
        unit: 'bytes',
        width: 8,
        queries: [meanBy('mcp_vitals_direction', METRIC_MESSAGE_SIZE)],
      },
    ],
  };
}

function inside(): RowSpec {
  return {
    title: 'Where the time goes',
    panels: [
      {
        title: 'Stages',
        description: 'Mean time of the chosen tools in each stage of the SDK; together they are the duration.',
        type: 'timeseries',
        unit: 's',
        width: 12,
        queries: [meanBy('mcp_vitals_stage', METRIC_STAGE_DURATION, TOOL)],
      },
      {
        title: 'Components',
        description: 'Mean time the chosen tools spend in what they call: databases, caches, embeddings, HTTP.',
        type: 'timeseries',
        unit: 's',
        width: 12,
        needs: 'instrumented calls within a tool',
        queries: [meanBy('mcp_vitals_component, mcp_vitals_component_name', METRIC_COMPONENT_DURATION, TOOL)],
      },
    ],
  };
}

function pressure(): RowSpec {
  return {
    title: 'Pressure and health',
    panels: [
      {
        title: 'Pressure',
        description: 'How close the most loaded servers are to overload, 0 to 1.',
        type: 'timeseries',
        unit: 'percentunit',
        width: 8,
        max: 1,
        limits: OVER_ONE,
        queries: [
          { expr: `topk(10, max by (instance) (${chosen(streamByName(METRIC_PRESSURE))}))`, legend: '{{instance}}' },
        ],
      },
      {
        title: 'Causes of pressure',
        description: 'The largest value of each cause over all servers.',
        type: 'timeseries',
        unit: 'percentunit',
        width: 8,
        max: 1,
        limits: OVER_ONE,
        queries: [
          {
            expr: `max by (mcp_vitals_pressure_cause) (${chosen(streamByName(METRIC_PRESSURE_CAUSES))})`,
            legend: '{{mcp_vitals_pressure_cause}}',
          },
        ],
      },
      {
        title: 'Health',
        description: 'Score of the least healthy servers, 100 is best.',
        type: 'timeseries',
        unit: 'short',
        width: 8,
        max: 100,
        goodAbove: true,
        limits: [
          { value: 50, color: 'orange' },
          { value: 75, color: 'green' },
        ],
        queries: [
          {
            expr: `bottomk(10, min by (instance) (${chosen(streamByName(METRIC_HEALTH_SCORE), '', 'mcp_vitals_health_component=""')}))`,
            legend: '{{instance}}',
          },
        ],
      },
    ],
  };
}

function meanBy(label: string, stream: string, ...matchers: string[]): { expr: string; legend: string } {
  const of = (part: '_sum' | '_count'): string =>
    `sum by (${label}) (${rate(chosen(streamByName(stream), part, ...matchers))})`;
  const legend = label
    .split(', ')
    .map((name) => `{{${name}}}`)
    .join(' ');
  return { expr: share(of('_sum'), of('_count')), legend };
}
