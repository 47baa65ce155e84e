import type { ObjectiveDefinition } from '../../core/model/objective-definition.ts';
import { METRIC_SERVER_OPERATION_DURATION, streamByName } from '../../semconv/streams.ts';
import { limitOf } from './limits.ts';
import { chosen, type RowSpec, rate, share } from './panel.ts';

const OPERATIONS = streamByName(METRIC_SERVER_OPERATION_DURATION);
const CALLS = ['mcp_method_name="tools/call"', 'gen_ai_tool_name=~"$tool"'];

/** Each tool by itself. */
export function toolsRow(definitions: readonly ObjectiveDefinition[]): RowSpec {
  const byTool = (series: string): string => `sum by (gen_ai_tool_name) (${rate(series)})`;
  const count = byTool(chosen(OPERATIONS, '_count', ...CALLS));
  const failed = byTool(chosen(OPERATIONS, '_count', ...CALLS, 'error_type!=""'));
  return {
    title: 'Tools',
    panels: [
      {
        title: 'Calls by tool',
        description: 'Calls a second, the ten most used tools.',
        type: 'timeseries',
        unit: 'reqps',
        width: 8,
        queries: [{ expr: `topk(10, ${count})`, legend: '{{gen_ai_tool_name}}' }],
      },
      {
        title: 'Errors by tool',
        description: 'Share of the calls that fail; a line at what the objective allows.',
        type: 'timeseries',
        unit: 'percentunit',
        width: 8,
        max: 1,
        limits: limitOf(definitions, 'tools/call *', undefined),
        queries: [{ expr: `topk(10, ${share(`(${failed} or 0 * ${count})`, count)})`, legend: '{{gen_ai_tool_name}}' }],
      },
      {
        title: 'P95 by tool',
        description: 'Duration that 95 % of the calls stay below; a line at the objective. Points lead to traces.',
        type: 'timeseries',
        unit: 's',
        width: 8,
        limits: limitOf(definitions, 'tools/call *', 0.95),
        queries: [
          {
            expr: `topk(10, histogram_quantile(0.95, sum by (gen_ai_tool_name, le) (${rate(chosen(OPERATIONS, '_bucket', ...CALLS))})))`,
            legend: '{{gen_ai_tool_name}}',
            exemplars: true,
          },
        ],
      },
      {
        title: 'Durations of the chosen tools',
        description: 'How many calls took how long; a bucket ends at every objective. Points lead to traces.',
        type: 'heatmap',
        unit: 's',
        width: 16,
        queries: [
          {
            expr: `sum by (le) (increase(${chosen(OPERATIONS, '_bucket', ...CALLS)}[$__rate_interval]))`,
            legend: '{{le}}',
            exemplars: true,
          },
        ],
      },
      {
        title: 'Errors by kind',
        description: 'Failing calls a second by kind of error.',
        type: 'timeseries',
        unit: 'reqps',
        width: 8,
        needs: 'a call that failed',
        queries: [
          {
            expr: `sum by (error_type) (${rate(chosen(OPERATIONS, '_count', ...CALLS, 'error_type!=""'))})`,
            legend: '{{error_type}}',
          },
        ],
      },
    ],
  };
}
