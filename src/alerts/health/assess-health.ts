import type {
  ComponentHealth,
  HealthIssue,
  HealthSnapshot,
  HealthStatus,
  Recommendation,
} from '../../core/model/health.ts';
import type { Snapshot } from '../../core/model/snapshot.ts';
import { type Concern, concernsOf, groupsOf, HEALTH_THRESHOLDS, type HealthThresholds } from './concerns.ts';
import { declaredConcerns } from './declared-concerns.ts';

/** From 90 excellent, from 75 good, from 50 warning, below that critical. */
export function healthStatus(score: number): HealthStatus {
  if (score >= 90) return 'excellent';
  if (score >= 75) return 'good';
  return score >= 50 ? 'warning' : 'critical';
}

/**
 * Judges a snapshot: 100 points less a deduction for each kind of trouble, down to 0. Within a kind the worst case is deducted
 * and the others are named in its evidence, so that ten operations slow for one reason do not count ten times.
 *
 * @param recommendations what is known about the causes: the deduction for an operation carries the advice for that operation
 */
export function assessHealth(
  snapshot: Snapshot,
  thresholds: HealthThresholds = HEALTH_THRESHOLDS,
  recommendations: readonly Recommendation[] = [],
): HealthSnapshot {
  const concerns = [...concernsOf(snapshot, thresholds, recommendations), ...declaredConcerns(snapshot, thresholds)];
  const issues = worstOfEachKind(concerns.filter(({ ofTheWhole }) => ofTheWhole));
  const score = scoreOf(issues);
  return {
    score,
    status: healthStatus(score),
    issues,
    recommendations,
    components: componentsOf(snapshot, concerns),
  };
}

/** What to say about the health as a whole in one line. */
export function healthLine({ score, status, issues }: HealthSnapshot): string {
  const why = issues.map(({ component, deduction }) => `−${deduction} ${component}`).join(', ');
  return `health ${score} of 100, ${status}: ${why === '' ? 'the system is performing well' : why}`;
}

function scoreOf(issues: readonly Pick<HealthIssue, 'deduction'>[]): number {
  return Math.max(0, 100 - issues.reduce((sum, { deduction }) => sum + deduction, 0));
}

function worstOfEachKind(concerns: readonly Concern[]): HealthIssue[] {
  return groupsOf(concerns, ({ kind }) => kind)
    .map((same) => {
      const [worst, ...others] = same.toSorted((a, b) => b.deduction - a.deduction || b.excess - a.excess) as [
        Concern,
        ...Concern[],
      ];
      const { component, deduction, recommendation } = worst;
      const more = others.length === 0 ? '' : `; also ${others.map((other) => other.component).join(', ')}`;
      return { component, deduction, evidence: `${worst.evidence}${more}`, recommendation };
    })
    .sort((a, b) => b.deduction - a.deduction);
}

function componentsOf(snapshot: Snapshot, concerns: readonly Concern[]): ComponentHealth[] {
  const names = new Set([
    ...snapshot.operations.map(({ name }) => name),
    ...(snapshot.process === undefined ? [] : ['memory', 'cpu']),
    ...(snapshot.caches ?? []).map(({ name }) => `cache ${name}`),
    ...(snapshot.pools ?? []).map(({ name }) => `pool ${name}`),
    ...concerns.map(({ component }) => component),
  ]);
  names.delete('requests');
  return [...names]
    .map((component) => {
      const score = scoreOf(concerns.filter((concern) => concern.component === component));
      return { component, score, status: healthStatus(score) };
    })
    .sort((a, b) => a.score - b.score);
}
