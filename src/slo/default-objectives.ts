import type { ObjectiveOptions } from '../config/objective-fields.ts';
import type { ProfileName } from '../config/settings.ts';

const MB = 1_000_000;

/** Objectives that hold unless others are given on the same figure of the same subject. */
const EVERYWHERE: readonly ObjectiveOptions[] = [
  { tool: 'kb.hybrid_search', p50: 100, p95: 200 },
  { tool: '*', p95: 500, success: 0.99 },
  { operation: 'tools/list', p95: 10 },
  { operation: 'prompts/list', p95: 10 },
  { operation: 'resources/list', p95: 10 },
  { operation: 'resources/templates/list', p95: 10 },
  // Of background tasks what answers at once; the result waits for the task.
  { operation: 'tasks/*', p95: 500 },
  { operation: 'tasks/result', p95: 'off' },
  // 1 ms is the target, 5 ms the limit: next to nothing may be over it.
  { stage: 'protocol', p95: 1, p99: 5 },
  { method: 'protocol', p95: 100 },
  { component: '* query', p95: 50 },
  { component: '* response_generation', p95: 100 },
  { component: '* end_to_end', p95: 200 },
  { availability: 0.999 },
  { cpu: 0.3 },
];

/** Resident memory that is normal for what a profile is used with. */
const MEMORY: Readonly<Record<ProfileName, number>> = {
  development: 500 * MB,
  testing: 500 * MB,
  production: 500 * MB,
  'high-throughput': 2000 * MB,
  'low-latency': 100 * MB,
};

/** Milliseconds in which 95 % of the executions of tools marked as fast are done. */
const FAST_TOOL_MS = 50;

/**
 * The default objectives of a profile, the weakest part of what `resolveObjectives` is given. Throughput is not among them: how
 * much a server is asked for is no merit of it, so it is judged only where a target is given.
 *
 * @param fastTools names of tools that answer like commands; `*` stands for any text
 */
export function defaultObjectives(
  profile: ProfileName,
  fastTools: readonly string[] = [],
): readonly ObjectiveOptions[] {
  const fast = fastTools.map((tool): ObjectiveOptions => ({ tool, stage: 'execution', p95: FAST_TOOL_MS }));
  return [...EVERYWHERE, { memory: MEMORY[profile] }, ...fast];
}
