import { stringify } from 'yaml';
import type { ObjectiveDefinition } from '../../core/model/objective-definition.ts';
import { availabilityGroups } from './availability-rules.ts';
import { budgetGroups } from './budget-rules.ts';
import { latencyGroup } from './latency-rules.ts';
import { fleetObjectives, objectiveGroups } from './objective-rules.ts';
import type { RuleGroup } from './rule-group.ts';
import { processRules, type ThresholdRule, thresholdGroup } from './threshold-rules.ts';

/** What the rules of a fleet are made from. */
export interface FleetSource {
  readonly definitions: readonly ObjectiveDefinition[];
  /** Rules of the process that compare a figure with a threshold. */
  readonly rules: readonly ThresholdRule[];
  /** Regular expression of the scrape jobs of the servers. */
  readonly job: string;
}

export interface FleetRules {
  readonly groups: readonly RuleGroup[];
  /** Rules that could not be said in PromQL: their metric is not one of ours and named as OpenTelemetry names it. */
  readonly leftOut: readonly string[];
}

/** Works out all rules of a fleet. */
export function fleetRules({ definitions, rules, job }: FleetSource): FleetRules {
  const objectives = fleetObjectives(definitions);
  const { group, leftOut } = thresholdGroup([...processRules(definitions), ...rules]);
  const groups = [
    ...objectiveGroups(objectives),
    ...availabilityGroups(definitions, job),
    ...budgetGroups(objectives),
    latencyGroup(),
    group,
  ];
  return { groups: groups.filter(({ rules: of }) => of.length > 0), leftOut };
}

const HEADER = `# Recording and alerting rules for MCP servers measured by mcp-vitals.
# Made by "mcp-vitals rules" from the objectives in force: change those, not this file.
`;

/** The rules as a file for `rule_files` of Prometheus. */
export function ruleFileText({ groups, leftOut }: FleetRules): string {
  const notes = leftOut
    .map((name) => `# Left out, name its metric as Prometheus does: ${JSON.stringify(name)}\n`)
    .join('');
  return HEADER + notes + stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false });
}
