import type { Finding } from '../core/model/health.ts';
import { METRIC_ANOMALY_ACTIVE, METRIC_BASELINE_RATIO } from '../semconv/judgement-streams.ts';
import type { Rule } from './rule.ts';

/** Kind of finding behind the figures a rule looks at. */
const KINDS: Readonly<Record<string, Finding['kind']>> = {
  [METRIC_ANOMALY_ACTIVE]: 'anomaly',
  [METRIC_BASELINE_RATIO]: 'regression',
};

/** What was found about the operation of an alert and lasts: the evidence behind a figure that only says that there is some. */
export function explainByFindings(
  { metric }: Pick<Rule, 'metric'>,
  attributes: Readonly<Record<string, string>>,
  findings: () => readonly Finding[],
): string | undefined {
  const kind = KINDS[metric];
  if (kind === undefined) return undefined;
  const target = attributes['gen_ai.tool.name'] ?? attributes['gen_ai.prompt.name'];
  const method = attributes['mcp.method.name'] ?? '';
  const operation = target === undefined ? method : `${method} ${target}`;
  const found = findings().filter((finding) => finding.kind === kind && finding.subject === operation);
  return (found.findLast(({ until }) => until === undefined) ?? found.at(-1))?.evidence;
}
