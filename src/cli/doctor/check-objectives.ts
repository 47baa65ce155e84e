import type { ResolvedConfig } from '../../config/index.ts';
import type { ObjectiveDefinition } from '../../core/model/objective-definition.ts';
import { objectivesOf } from '../../sdk/objective-part.ts';
import { type Finding, ok } from './finding.ts';

/** The objectives in force, those of the profile included, on one line. */
export function checkObjectives({ values }: ResolvedConfig): Finding {
  const bySubject = new Map<string, string[]>();
  for (const definition of objectivesOf(values).definitions) {
    if (definition.target === undefined) continue;
    const subject = subjectOf(definition);
    bySubject.set(subject, [...(bySubject.get(subject) ?? []), targetOf(definition, definition.target)]);
  }
  const shown = [...bySubject].map(([subject, targets]) => `${subject} ${targets.join(', ')}`);
  return ok('objectives', shown.join('; '));
}

function subjectOf({ subject, name, stage }: ObjectiveDefinition): string {
  const parts = name === undefined ? [] : [subject === 'operation' ? name.text : `${subject} ${name.text}`];
  if (stage !== undefined) parts.push(`stage ${stage}`);
  return parts.length === 0 ? 'process' : parts.join(' ');
}

function targetOf({ indicator, quantile = 0 }: ObjectiveDefinition, target: number): string {
  const rounded = (value: number): number => Number(value.toPrecision(6));
  switch (indicator) {
    case 'latency':
      return `p${rounded(100 * quantile)} ${rounded(1000 * target)} ms`;
    case 'success':
    case 'availability':
      return `${indicator} ${rounded(100 * target)} %`;
    case 'memory':
      return `memory ${rounded(target / 1e6)} MB`;
    case 'cpu':
      return `cpu ${target} cores`;
    case 'throughput':
      return `throughput ${target}/s`;
  }
}
