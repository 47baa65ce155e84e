import { BURN_TIERS, BURN_WINDOWS } from '../../core/model/burn-policy.ts';
import type { ObjectiveDefinition } from '../../core/model/objective-definition.ts';
import { ATTR_OBJECTIVE } from '../../semconv/objective-streams.ts';
import { prometheusLabelName } from '../../semconv/prometheus-label.ts';
import { METRIC_QUEUE_DEPTH, streamByName } from '../../semconv/streams.ts';
import { FLEET_LABELS, metricOf, numberText, quoted, selector, sumBy } from '../promql.ts';
import { LABEL_GOAL, RECORD_BAD, RECORD_ERRORS, RECORD_EVENTS } from './record-names.ts';
import type { AlertingRule, RecordingRule, RuleGroup } from './rule-group.ts';

/**
 * Availability as Prometheus sees it: the share of scrapes that reached a server. A process that does not exist cannot tell; it
 * judges only the time in which it was responsive.
 *
 * @param job regular expression of the scrape jobs of the servers
 */
export function availabilityGroups(definitions: readonly ObjectiveDefinition[], job: string): RuleGroup[] {
  const target = definitions.find(({ indicator }) => indicator === 'availability')?.target;
  const recorded = target === undefined ? [] : availabilityRules(target, job);
  return [{ name: 'mcp-vitals-availability', interval: '30s', rules: [...recorded, ...absence(job)] }];
}

function up(job: string): string {
  return selector('up', [`job=~${quoted(job)}`]);
}

function availabilityRules(target: number, job: string): RecordingRule[] {
  const labels = { [LABEL_GOAL]: numberText(target), [prometheusLabelName(ATTR_OBJECTIVE)]: 'availability' };
  const counted: readonly string[] = ['5m', ...BURN_TIERS.map(({ long }) => long)];
  return BURN_WINDOWS.flatMap(({ window, windowMs }) => {
    const scrapes = sumBy(FLEET_LABELS, `count_over_time(${up(job)}[${window}])`);
    const reached = sumBy(FLEET_LABELS, `sum_over_time(${up(job)}[${window}])`);
    const seconds = windowMs / 1000;
    const rules: RecordingRule[] = [];
    if (counted.includes(window))
      rules.push({ record: RECORD_EVENTS + window, expr: `${scrapes} / ${seconds}`, labels });
    rules.push({ record: RECORD_ERRORS + window, expr: `1 - ${reached} / ${scrapes}`, labels });
    if (window === '5m') {
      rules.push({ record: RECORD_BAD + window, expr: `(${scrapes} - ${reached}) / ${seconds}`, labels });
    }
    return rules;
  });
}

function absence(job: string): AlertingRule[] {
  const alive = metricOf(streamByName(METRIC_QUEUE_DEPTH));
  return [
    {
      alert: 'McpServerDown',
      expr: `${up(job)} == 0`,
      for: '1m',
      labels: { severity: 'critical', category: 'resource' },
      annotations: {
        summary: '{{ $labels.job }} {{ $labels.instance }}: the server does not answer',
        description: 'Prometheus could not read its figures for a minute: it is down, stuck or out of reach.',
      },
    },
    {
      alert: 'McpServersAbsent',
      // Through a Collector there is no `up` per server: its figures are what shows that one is there.
      expr: `absent(${up(job)} == 1) and on () absent(${alive})`,
      for: '5m',
      labels: { severity: 'critical', category: 'resource' },
      annotations: {
        summary: 'no MCP server is seen at all',
        description: 'There is neither a target that answers nor a figure of a server.',
      },
    },
  ];
}
