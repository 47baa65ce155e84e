import { LATENCY_TARGETS, type ObjectiveOptions } from '../config/objective-fields.ts';
import type { Indicator } from '../core/model/objective.ts';
import type { ObjectiveDefinition } from '../core/model/objective-definition.ts';
import { namePattern } from '../core/name-pattern.ts';

/** Thresholds of latency objectives in seconds, by the instrument whose boundaries they belong to. */
export interface LatencyThresholds {
  readonly operation: readonly number[];
  readonly stage: readonly number[];
  readonly component: readonly number[];
}

/**
 * Reads objectives, later ones replacing earlier ones on the same figure of the same subject.
 *
 * @param sources the defaults, then what the user gave
 */
export function resolveObjectives(...sources: readonly (readonly ObjectiveOptions[])[]): ObjectiveDefinition[] {
  const bySubject = new Map<string, ObjectiveDefinition>();
  for (const definition of sources.flat().flatMap(definitionsOf)) {
    const key = subjectKey(definition);
    // Set anew, so that among equally specific names the one given last counts.
    bySubject.delete(key);
    bySubject.set(key, definition);
  }
  return [...bySubject.values()];
}

function subjectKey({ subject, name, stage, indicator, quantile }: ObjectiveDefinition): string {
  return JSON.stringify([subject, name?.text, stage, indicator, quantile]);
}

function definitionsOf(options: ObjectiveOptions): ObjectiveDefinition[] {
  const about = { ...subjectOf(options), stage: options.stage };
  const found: ObjectiveDefinition[] = [];
  const add = (indicator: Indicator, target: number | 'off' | undefined, quantile?: number): void => {
    if (target === undefined) return;
    found.push({ ...about, indicator, quantile, target: target === 'off' ? undefined : target });
  };
  for (const [name, quantile] of Object.entries(LATENCY_TARGETS)) {
    const target = options[name as keyof typeof LATENCY_TARGETS];
    add('latency', typeof target === 'number' ? target / 1000 : target, quantile);
  }
  add('success', options.success);
  add('availability', options.availability);
  add('throughput', options.throughput);
  add('memory', options.memory);
  add('cpu', options.cpu);
  return found;
}

function subjectOf(options: ObjectiveOptions): Pick<ObjectiveDefinition, 'subject' | 'name'> {
  const { operation, tool, method, component, stage } = options;
  if (tool !== undefined) return { subject: 'operation', name: namePattern(`tools/call ${tool}`) };
  if (operation !== undefined) return { subject: 'operation', name: namePattern(operation) };
  if (method !== undefined) return { subject: 'method', name: namePattern(method) };
  if (component !== undefined) return { subject: 'component', name: namePattern(component) };
  return { subject: stage === undefined ? 'process' : 'method', name: undefined };
}

/** The union of all latency targets: what is inserted into bucket boundaries so that ratios of breaches are exact. */
export function latencyThresholds(definitions: readonly ObjectiveDefinition[]): LatencyThresholds {
  const of = (isWanted: (definition: ObjectiveDefinition) => boolean): number[] => [
    ...new Set(
      definitions.flatMap((definition) =>
        definition.indicator === 'latency' && definition.target !== undefined && isWanted(definition)
          ? definition.target
          : [],
      ),
    ),
  ];
  return {
    operation: of(({ subject, stage }) => subject !== 'component' && stage === undefined),
    stage: of(({ stage }) => stage !== undefined),
    component: of(({ subject }) => subject === 'component'),
  };
}
