import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A rule, as Prometheus' own API tells it. */
export interface LoadedRule {
  readonly name: string;
  readonly type: 'recording' | 'alerting';
  readonly query: string;
  readonly health?: string;
  readonly lastError?: string;
}

/** Rules in the answer of `/api/v1/rules`. */
export function rulesOf(answer: unknown): LoadedRule[] {
  const { data } = answer as { data: { groups: { rules: LoadedRule[] }[] } };
  return data.groups.flatMap(({ rules }) => rules);
}

/** The same from a rule file. */
export function rulesIn(path: string): LoadedRule[] {
  const { groups } = parse(readFileSync(path, 'utf8')) as {
    groups: { rules: { record?: string; alert?: string; expr: string }[] }[];
  };
  return groups.flatMap(({ rules }) =>
    rules.map(({ record, alert, expr }) => {
      return { name: record ?? alert ?? '', type: record === undefined ? 'alerting' : 'recording', query: expr };
    }),
  );
}

/** A name of a metric with its matchers, where it has any. */
const SELECTOR = /(?<![\w:"$])([a-zA-Z_:][\w:]*)(\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?(?!\s*[(\w:])/g;
const MODIFIER = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|\[[^\]]*\]|\boffset\s+\w+/g;
/** Words of PromQL that are no metrics. */
const WORDS = new Set(['and', 'or', 'unless', 'bool']);

/** Series a query asks for, without their ranges. */
function selectorsOf(query: string): string[] {
  const bare = query.replaceAll(MODIFIER, ' ');
  return [...bare.matchAll(SELECTOR)].filter(([, name = '']) => !WORDS.has(name)).map(([selector]) => selector);
}

/** Everything that must exist for the rules to say something: what is recorded, and what alerts ask for. */
export function askedSeries(rules: readonly LoadedRule[]): string[] {
  const all = rules.flatMap(({ name, type, query }) => (type === 'recording' ? [name] : selectorsOf(query)));
  return [...new Set(all)];
}

/** Names recorded only once there are minutes to days of history: they look back with `offset`, or ask for one that does. */
export function historyRecords(rules: readonly LoadedRule[]): string[] {
  const recording = rules.filter(({ type }) => type === 'recording');
  const late = new Set(recording.filter(({ query }) => /\boffset \d/.test(query)).map(({ name }) => name));
  for (let before = -1; before !== late.size; ) {
    before = late.size;
    for (const { name, query } of recording) if (selectorsOf(query).some((one) => late.has(one))) late.add(name);
  }
  return [...late];
}
