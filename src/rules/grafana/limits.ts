import type { ObjectiveDefinition } from '../../core/model/objective-definition.ts';
import type { Limit } from './panel.ts';

/** Of a figure that is a share of what is allowed. */
export const OVER_ONE: readonly Limit[] = [
  { value: 0.8, color: 'orange' },
  { value: 1, color: 'red' },
];

/** The target every tool has unless it has one of its own, as a line to compare with. */
export function limitOf(
  definitions: readonly ObjectiveDefinition[],
  name: string,
  quantile: number | undefined,
): readonly Limit[] {
  const found = definitions.find((of) => of.name?.text === name && of.stage === undefined && of.quantile === quantile);
  if (found?.target === undefined) return [];
  return [{ value: quantile === undefined ? Number((1 - found.target).toPrecision(6)) : found.target, color: 'red' }];
}
