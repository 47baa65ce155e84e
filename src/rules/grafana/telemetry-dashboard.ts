import { METRIC_SELF_TRACES_KEPT } from '../../semconv/objective-streams.ts';
import {
  METRIC_SELF_DROPPED,
  METRIC_SELF_ERRORS,
  METRIC_SELF_NAMES_OVERFLOWED,
  METRIC_SELF_QUEUE_SIZE,
  streamByName,
} from '../../semconv/streams.ts';
import { chosen, chosenNamed, type DashboardSpec, type Limit, rate } from './panel.ts';

const ANY: readonly Limit[] = [{ value: 1e-9, color: 'red' }];

/** Whether what the other dashboards show can be believed. */
export function telemetryDashboard(): DashboardSpec {
  const growth = (labels: string, name: string): string => `sum by (${labels}) (${rate(chosen(streamByName(name)))})`;
  return {
    uid: 'mcp-vitals-telemetry',
    title: 'MCP telemetry health',
    description: 'Whether measuring itself works: scrapes, queues, losses, bounds.',
    rows: [
      {
        title: 'Scrapes',
        panels: [
          {
            title: 'Servers that answer',
            description: 'Targets that were scraped last time, of those that are known.',
            type: 'stat',
            unit: 'short',
            width: 8,
            queries: [
              { expr: `sum(${chosenNamed('up')})`, legend: 'up' },
              { expr: `count(${chosenNamed('up')})`, legend: 'known' },
            ],
          },
          {
            title: 'Scrape duration',
            description: 'Time Prometheus takes to read a server, the slowest.',
            type: 'timeseries',
            unit: 's',
            width: 8,
            limits: [{ value: 1, color: 'orange' }],
            queries: [{ expr: `topk(10, ${chosenNamed('scrape_duration_seconds')})`, legend: '{{instance}}' }],
          },
          {
            title: 'Samples',
            description: 'Samples per scrape: what a server costs to store.',
            type: 'timeseries',
            unit: 'short',
            width: 8,
            limits: [{ value: 10_000, color: 'orange' }],
            queries: [{ expr: `topk(10, ${chosenNamed('scrape_samples_scraped')})`, legend: '{{instance}}' }],
          },
        ],
      },
      {
        title: 'Inside the servers',
        panels: [
          {
            title: 'Lost telemetry',
            description: 'Items lost a second, by signal and reason. Anything above zero is a loss.',
            type: 'timeseries',
            unit: 'ops',
            width: 8,
            limits: ANY,
            needs: 'an export that lost something',
            queries: [
              {
                expr: growth('mcp_vitals_signal, error_type', METRIC_SELF_DROPPED),
                legend: '{{mcp_vitals_signal}} {{error_type}}',
              },
            ],
          },
          {
            title: 'Waiting for export',
            description: 'Items in the export queues.',
            type: 'timeseries',
            unit: 'short',
            width: 8,
            needs: 'an OTLP endpoint',
            queries: [
              {
                expr: `sum by (mcp_vitals_signal) (${chosen(streamByName(METRIC_SELF_QUEUE_SIZE))})`,
                legend: '{{mcp_vitals_signal}}',
              },
            ],
          },
          {
            title: 'Traces kept',
            description:
              'Operations exported because they failed or missed an objective, although sampling had left them out.',
            type: 'timeseries',
            unit: 'ops',
            width: 8,
            queries: [{ expr: growth('job', METRIC_SELF_TRACES_KEPT), legend: '{{job}}' }],
          },
          {
            title: 'Names over the bound',
            description: 'Operations recorded as _OTHER a second: names nobody registered, or more than the bound.',
            type: 'timeseries',
            unit: 'ops',
            width: 12,
            limits: ANY,
            queries: [{ expr: growth('job', METRIC_SELF_NAMES_OVERFLOWED), legend: '{{job}}' }],
          },
          {
            title: 'Contained failures',
            description: 'Failures inside the instrumentation a second; the servers were not affected.',
            type: 'timeseries',
            unit: 'ops',
            width: 12,
            limits: ANY,
            needs: 'a failure of ours',
            queries: [{ expr: growth('error_type', METRIC_SELF_ERRORS), legend: '{{error_type}}' }],
          },
        ],
      },
    ],
  };
}
