import type { RuleOptions } from '../config/rule-fields.ts';
import { defaultRules, type RuleSurroundings } from './default-rules.ts';
import type { Rule } from './rule.ts';
import { RULE_ADVICE } from './rule-advice.ts';

type Draft = Omit<RuleOptions, 'name'> & { readonly unit?: string | undefined };

/** What an own rule says when it has no text. */
const PLAIN_MESSAGE = '{metric} is {value}, threshold {threshold}';

/**
 * The rules in force: the default ones with the changes written for them, and the written ones. Items of the same name are
 * united, the later one winning by field; what is switched off, and what lacks a metric, an operator or a threshold (a change to a
 * default rule that these surroundings do not have), is left out.
 */
export function compileRules(written: readonly RuleOptions[], surroundings: RuleSurroundings): Rule[] {
  const drafts = new Map<string, Draft>();
  for (const [name, draft] of defaultRules(surroundings)) drafts.set(name, { ...draft, advice: RULE_ADVICE[name] });
  for (const { name, ...changes } of written) {
    const known = drafts.get(name);
    // Another figure is shown in its own unit, and ends at the threshold given for it.
    const carried = known === undefined || changes.threshold === undefined ? known : { ...known, clear: undefined };
    const isOther = changes.metric !== undefined || changes.aggregate !== undefined;
    drafts.set(name, { ...carried, ...(isOther ? { unit: undefined } : {}), ...changes });
  }
  return [...drafts].flatMap(([name, draft]) => compileRule(name, draft) ?? []);
}

function compileRule(name: string, draft: Draft): Rule | undefined {
  const { metric, operator, threshold } = draft;
  if (draft.enabled === false || metric === undefined || operator === undefined || threshold === undefined) {
    return undefined;
  }
  const aggregate = draft.aggregate ?? 'value';
  const clear = draft.clear ?? threshold;
  return {
    name,
    metric,
    where: draft.where ?? {},
    by: draft.by ?? [],
    aggregate,
    quantile: draft.quantile ?? 0.95,
    over: aggregate === 'ratio' ? { metric: draft.overMetric ?? metric, where: draft.overWhere ?? {} } : undefined,
    combine: draft.combine,
    minSamples: draft.minSamples ?? 1,
    operator,
    threshold,
    clear: operator.startsWith('>') ? Math.min(clear, threshold) : Math.max(clear, threshold),
    windowMs: draft.window ?? 60_000,
    forMs: draft.for ?? 0,
    clearForMs: draft.clearFor ?? 0,
    staleMs: draft.stale ?? 60_000,
    category: draft.category ?? 'resource',
    severity: draft.severity ?? 'warning',
    unit: draft.unit,
    message: draft.message ?? PLAIN_MESSAGE,
    advice: draft.advice,
  };
}
