import type { Snapshot } from '../../core/model/snapshot.ts';
import { type Concern, groupsOf, type HealthThresholds, milliseconds } from './concerns.ts';

/** Components with a weight of their own: each counts for itself. */
export function declaredConcerns(
  { objectives = [], pools = [], alerts }: Snapshot,
  { weights }: HealthThresholds,
): Concern[] {
  const weightOf = (component: string): number =>
    weights[component] ?? weights[component.slice(0, component.indexOf(' '))] ?? 0;
  const concern = (component: string, excess: number, evidence: string, recommendation: string): Concern[] => {
    const deduction = weightOf(component);
    return deduction === 0
      ? []
      : [{ kind: component, component, deduction, excess, ofTheWhole: true, evidence, recommendation }];
  };
  const slow = objectives.flatMap(({ id, operation, indicator, state, observed, target, samples }) => {
    if (operation !== undefined || indicator !== 'latency' || state !== 'breached' || observed === undefined) return [];
    const component = id.replace(/^component /, '').replace(/ p\d+$/, '');
    const evidence = `${id} is ${milliseconds(observed)}, its objective ${milliseconds(target)} (n=${samples})`;
    return concern(
      component,
      observed / target,
      evidence,
      'Look at the slowest calls of the component and at its own figures.',
    );
  });
  const exhausted = pools.flatMap(({ name, used, idle, pending, max }) => {
    if (idle > 0 || pending === 0) return [];
    const evidence = `no idle connection, ${used} in use${max === undefined ? '' : ` of ${max}`}, ${pending} waiting`;
    return concern(
      `pool ${name}`,
      pending,
      evidence,
      'Shorten what holds a connection; then enlarge the pool, if the database allows.',
    );
  });
  const firing = (alerts?.active ?? []).flatMap(({ rule, state, message, advice }) =>
    state === 'firing'
      ? concern(`rule ${rule}`, 1, message, advice ?? 'The rule is one of yours: do what it was written for.')
      : [],
  );
  // Of a rule that fires for several series the first counts.
  const rules = groupsOf(firing, ({ component }) => component).flatMap((same) => same.slice(0, 1));
  return [...slow, ...exhausted, ...rules];
}
