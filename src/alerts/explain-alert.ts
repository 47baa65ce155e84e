import { BURN_TIERS, type BurnWindow } from '../core/model/burn-policy.ts';
import type { Finding, Recommendation } from '../core/model/health.ts';
import type { ObjectiveSnapshot } from '../core/model/objective.ts';
import { METRIC_ANOMALY_ACTIVE, METRIC_BASELINE_RATIO } from '../semconv/judgement-streams.ts';
import {
  ATTR_BURN_TIER,
  ATTR_OBJECTIVE,
  METRIC_OBJECTIVE_BURNING,
  METRIC_OBJECTIVE_TARGET_RATIO,
} from '../semconv/objective-streams.ts';
import { figureText } from './figure-text.ts';
import type { Rule } from './rule.ts';

/** What is known about an alert besides its figure. */
export interface Explanation {
  /** Figures behind the one the rule looks at; said after the message. */
  readonly evidence?: string;
  /** What to do about it, better than what its rule says in general. */
  readonly advice?: string;
}

/** Where that comes from. */
export interface Known {
  readonly findings: () => readonly Finding[];
  readonly objective: (id: string) => ObjectiveSnapshot | undefined;
  /** The first cause of what is slow about an operation. */
  readonly cause: (operation: string) => Recommendation | undefined;
}

/** Kind of finding behind the figures a rule looks at. */
const KINDS: Readonly<Record<string, Finding['kind']>> = {
  [METRIC_ANOMALY_ACTIVE]: 'anomaly',
  [METRIC_BASELINE_RATIO]: 'regression',
};

/** The evidence behind a figure that only says that there is some, and what is known about the cause. */
export function explainAlert(
  { metric, where }: Pick<Rule, 'metric' | 'where'>,
  attributes: Readonly<Record<string, string>>,
  known: Known,
): Explanation | undefined {
  const kind = KINDS[metric];
  if (kind !== undefined) {
    const operation = operationOf(attributes);
    // What lasts comes first, then what has ended, the newest first.
    const finding = known.findings().find((found) => found.kind === kind && found.subject === operation);
    return explanation(finding?.evidence, causeText(operation, known));
  }
  const isBurning = metric === METRIC_OBJECTIVE_BURNING;
  if (!isBurning && metric !== METRIC_OBJECTIVE_TARGET_RATIO) return undefined;
  const objective = known.objective(attributes[ATTR_OBJECTIVE] ?? '');
  if (objective === undefined) return undefined;
  const { operation, indicator } = objective;
  const cause = operation === undefined || indicator !== 'latency' ? undefined : causeText(operation, known);
  return explanation(
    isBurning ? budgetText(objective, windowsOf(where[ATTR_BURN_TIER])) : standingText(objective),
    cause,
  );
}

function explanation(evidence: string | undefined, advice: string | undefined): Explanation {
  return { ...(evidence === undefined ? {} : { evidence }), ...(advice === undefined ? {} : { advice }) };
}

function operationOf(attributes: Readonly<Record<string, string>>): string {
  const target = attributes['gen_ai.tool.name'] ?? attributes['gen_ai.prompt.name'];
  const method = attributes['mcp.method.name'] ?? '';
  return target === undefined ? method : `${method} ${target}`;
}

function causeText(operation: string, { cause }: Known): string | undefined {
  const found = cause(operation);
  return found && `${(found.share * 100).toFixed(0)} % of what makes calls slow is ${found.culprit}. ${found.advice}`;
}

/** `306 ms against 200 ms over 1204 calls`: how it stands. */
function standingText({ indicator, observed, target, samples }: ObjectiveSnapshot): string | undefined {
  if (observed === undefined) return undefined;
  const unit = UNITS[indicator];
  const over = indicator === 'latency' || indicator === 'success' ? ` over ${samples} calls` : '';
  return `${figureText(observed, unit)} against ${figureText(target, unit)}${over}`;
}

const UNITS: Readonly<Record<ObjectiveSnapshot['indicator'], string>> = {
  latency: 's',
  success: '%',
  availability: '%',
  throughput: '{request}/s',
  memory: 'By',
  cpu: '%',
};

/** Windows that say best why a tier burns, the best first: the fast one looks at minutes, those for a ticket at hours. */
function windowsOf(tiers: Rule['where'][string] = []): readonly BurnWindow[] {
  const all = typeof tiers === 'string' ? [tiers] : tiers;
  const isTicket = BURN_TIERS.some(({ factor, response }) => response === 'ticket' && all.includes(`${factor}x`));
  return isTicket ? ['6h', '2h', '1h'] : ['5m', '30m'];
}

/**
 * `41 % of the calls took longer than 200 ms in the last 5m, 5 % allowed; 73 % of the error budget left`. The share is left out while
 * it is within what is allowed: a burst is found before it shows in minutes.
 */
function budgetText(
  { indicator, target, budget }: ObjectiveSnapshot,
  windows: readonly BurnWindow[],
): string | undefined {
  if (budget === undefined) return undefined;
  const { objective, remaining, burnRates } = budget;
  const allowed = 1 - objective;
  const known = windows.flatMap((wanted) =>
    burnRates.flatMap(({ window, rate }) =>
      window === wanted && rate !== undefined && rate > 1 ? [{ window, rate }] : [],
    ),
  )[0];
  const misses = indicator === 'latency' ? `calls took longer than ${figureText(target, 's')}` : MISSES[indicator];
  const lately =
    known === undefined || misses === undefined
      ? ''
      : `${figureText(Math.min(1, known.rate * allowed), '%')} of the ${misses} in the last ${known.window}, ` +
        `${figureText(allowed, '%')} allowed; `;
  const left = remaining > 0 ? `${figureText(remaining, '%')} of the error budget left` : 'the error budget is spent';
  return `${lately}${left}`;
}

const MISSES: Readonly<Partial<Record<ObjectiveSnapshot['indicator'], string>>> = {
  success: 'calls failed',
  availability: 'time it stood still',
};
