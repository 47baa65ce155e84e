import { OBJECTIVE_STAGES } from '../core/model/objective.ts';
import { list } from './collection-fields.ts';
import type { Field } from './field.ts';
import { bytes, duration, number, oneOf, orWord, ratio, string } from './field-builders.ts';
import { type ItemsField, items } from './item-fields.ts';

/** What an objective can be about; an objective names at most one, `stage` besides. */
const OBJECTIVE_SUBJECTS = ['operation', 'tool', 'method', 'component'] as const;

/** Targets of the latency, with their quantiles. */
export const LATENCY_TARGETS = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

/** Targets of the process as a whole. */
const PROCESS_TARGETS = ['availability', 'throughput', 'memory', 'cpu'] as const;

type OrOff<T> = T | 'off';

/**
 * One objective: whom it is about and what is to hold. `off` switches off a default. Names may contain `*`; among several
 * objectives on the same figure of the same operation the one with the most specific name counts.
 */
export interface ObjectiveOptions {
  /** Each operation of that name: `tools/call kb.search`, `tools/call *`, `tools/list`. */
  readonly operation?: string | undefined;
  /** Each tool of that name: short for `operation: tools/call …`. */
  readonly tool?: string | undefined;
  /** All operations of the methods of that name, judged together: `tools/call`, `*`. */
  readonly method?: string | undefined;
  /** Calls of the components of that name, judged together: `database postgresql`, `embedding *`. */
  readonly component?: string | undefined;
  /** One stage of those operations instead of all of their time. */
  readonly stage?: (typeof OBJECTIVE_STAGES)[number] | undefined;
  /** Longest latency in milliseconds that share of the operations may have. */
  readonly p50?: OrOff<number> | undefined;
  readonly p90?: OrOff<number> | undefined;
  readonly p95?: OrOff<number> | undefined;
  readonly p99?: OrOff<number> | undefined;
  /** Smallest share of operations without error. */
  readonly success?: OrOff<number> | undefined;
  /** Smallest share of time in which the process is responsive. */
  readonly availability?: OrOff<number> | undefined;
  /** Fewest operations a second. */
  readonly throughput?: OrOff<number> | undefined;
  /** Most resident memory of the process, bytes. */
  readonly memory?: OrOff<number> | undefined;
  /** Most CPU of the process, in cores. */
  readonly cpu?: OrOff<number> | undefined;
}

const NAME = { fallback: undefined, maxLength: 255 } as const;
const HOUR_MS = 3_600_000;

function orOff(field: Field<number | undefined>): Field<OrOff<number> | undefined> {
  return orWord(['off'], field, undefined);
}

function latency(percent: string): Field<OrOff<number> | undefined> {
  const description = `Longest latency of ${percent} of the operations, milliseconds`;
  return orOff(duration({ min: 0.01, max: HOUR_MS, fallback: undefined, description }));
}

const FIELDS: { readonly [K in keyof ObjectiveOptions]-?: Field<ObjectiveOptions[K]> } = {
  operation: string({ ...NAME, description: 'Name of operations' }),
  tool: string({ ...NAME, description: 'Name of tools' }),
  method: string({ ...NAME, description: 'Name of methods, judged together' }),
  component: string({ ...NAME, description: 'Kind and name of components, judged together' }),
  stage: oneOf(OBJECTIVE_STAGES, { fallback: undefined, description: 'Stage' }),
  p50: latency('half'),
  p90: latency('90 %'),
  p95: latency('95 %'),
  p99: latency('99 %'),
  success: orOff(ratio({ fallback: undefined, description: 'Smallest share of operations without error' })),
  availability: orOff(ratio({ fallback: undefined, description: 'Smallest share of responsive time' })),
  throughput: orOff(number({ min: 0.001, max: 1e6, fallback: undefined, description: 'Fewest operations a second' })),
  memory: orOff(bytes({ min: 1024, max: 2 ** 50, fallback: undefined, description: 'Most resident memory' })),
  cpu: orOff(number({ min: 0.001, max: 1024, fallback: undefined, description: 'Most CPU, in cores' })),
};

/** What properties of an objective must not stand together, or must. */
function checkObjective(
  item: ObjectiveOptions,
  problem: (property: keyof ObjectiveOptions | '', expected: string) => void,
): void {
  const subjects = OBJECTIVE_SUBJECTS.filter((subject) => item[subject] !== undefined);
  for (const subject of subjects.slice(1)) problem(subject, `no ${subject} beside ${subjects[0]}`);
  const latencies = (Object.keys(LATENCY_TARGETS) as (keyof typeof LATENCY_TARGETS)[]).filter(
    (target) => item[target] !== undefined,
  );
  const isOfProcess = subjects.length === 0 && item.stage === undefined;
  const ofProcess = PROCESS_TARGETS.filter((target) => item[target] !== undefined);
  if (isOfProcess) {
    for (const target of latencies) problem(target, 'operation, tool, method, component or stage beside it');
    if (item.success !== undefined) problem('success', 'operation, tool or method beside it');
  } else {
    for (const target of ofProcess) problem(target, `nothing but targets of the process beside it`);
  }
  if (item.success !== undefined && (item.stage !== undefined || item.component !== undefined)) {
    problem('success', 'operation, tool or method beside it, without stage');
  }
  if (item.stage !== undefined && item.component !== undefined) problem('stage', 'no stage beside component');
  for (const share of ['success', 'availability'] as const) {
    if (item[share] === 1) problem(share, 'less than 1: nothing is perfect, and there would be no error budget');
  }
  if (latencies.length === 0 && ofProcess.length === 0 && item.success === undefined) {
    problem('', `a target: ${[...Object.keys(LATENCY_TARGETS), 'success', ...PROCESS_TARGETS].join(', ')}`);
  }
}

/** The setting `objectives`. */
export const OBJECTIVES_FIELD: ItemsField<ObjectiveOptions> = items<ObjectiveOptions>({
  env: 'MCP_VITALS_OBJECTIVES',
  fallback: [],
  description: 'Objectives besides the default ones, and instead of those on the same figure of the same subject',
  items: 'objectives',
  fields: FIELDS,
  check: checkObjective,
});

/** The setting `tools.fast`. */
export const FAST_TOOLS_FIELD: Field<readonly string[]> = list({
  env: 'MCP_VITALS_FAST_TOOLS',
  fallback: [],
  pattern: /^.{1,255}$/,
  expected: 'at most 128 names of tools, separated by commas, `*` for any text',
  description: 'Tools that answer like commands: an objective of 50 ms (P95) on their execution',
});
