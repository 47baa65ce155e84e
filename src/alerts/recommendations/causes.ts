import type { ComponentKind } from '../../core/model/component.ts';
import { STAGES } from '../../semconv/stages.ts';

/** What kind of thing a cause of slowness is: the key of the advice. */
export type CauseKind =
  | ComponentKind
  | 'stage'
  | 'queue'
  | 'own code'
  | 'computing'
  | 'garbage collection'
  | 'event loop'
  | 'processor';

/** One of the causes the time of an operation is split into; all of them together are its duration. */
export interface Cause {
  readonly kind: CauseKind;
  /** As shown: `database postgresql`, `queue`, `event loop`. */
  readonly name: string;
}

const STAGE_CAUSES: readonly Cause[] = STAGES.map((stage): Cause => {
  if (stage === 'execution') return { kind: 'own code', name: 'own code' };
  return stage === 'queue' ? { kind: 'queue', name: 'queue' } : { kind: 'stage', name: stage };
});

/** Causes every operation has, in the order of the columns of a call; stages first, the execution standing for its own code. */
export const FIXED_CAUSES: readonly Cause[] = [
  ...STAGE_CAUSES,
  { kind: 'computing', name: 'own code, computing' },
  { kind: 'garbage collection', name: 'garbage collection' },
  { kind: 'event loop', name: 'event loop' },
  { kind: 'processor', name: 'wait for a processor' },
];
export const CAUSE_COMPUTING: number = STAGES.length;
export const CAUSE_COLLECTION: number = STAGES.length + 1;
export const CAUSE_EVENT_LOOP: number = STAGES.length + 2;
export const CAUSE_PROCESSOR: number = STAGES.length + 3;

/** What usually helps, by kind of cause. */
const ADVICE: Readonly<Record<CauseKind, string>> = {
  database:
    'Look at the slow queries and their plans (an index, fewer rows, fewer round trips), at locks, and at the wait for a connection; cache what is asked again.',
  cache:
    'Check that the cache answers at all; give it a time-out far below what it saves, and go on without it while it fails (circuit breaker).',
  embedding:
    'Batch several texts into one request, cache the vectors of what is asked again, keep connections open; a smaller or nearer model is faster.',
  generation:
    'Stream the answer, shorten prompt and output, cache equal questions, or take a smaller model for simple ones.',
  http: 'Set a time-out, keep connections open, run independent requests at the same time, and cache what may be old.',
  messaging: 'Answer without waiting for the delivery, or send several messages at once.',
  feature_flag: 'Evaluate flags locally and refresh them in the background.',
  custom: 'Measure inside of it: vitals.stage names its parts, and they appear here.',
  stage: 'Look at sizes and schemas: large inputs and results take time to validate, to serialize and to send.',
  queue:
    'More arrives at once than is worked off: limit what is in flight, shorten the work that runs before the first wait, or run more replicas.',
  'own code':
    'The tool waits for something nobody reports: vitals.track or vitals.stage around the parts of the tool shows for what.',
  computing:
    'The tool computes on the event loop: find the hot function with a CPU profile, use a cheaper algorithm, or move it to a worker thread.',
  'garbage collection':
    'Allocate less and keep less: stream instead of building large objects, reuse buffers, bound caches; a larger young generation (--max-semi-space-size) helps with many short-lived objects.',
  'event loop':
    'Something else blocks the event loop while calls wait: synchronous file, crypto or JSON work, a timer that computes. A CPU profile shows it; move it to a worker thread or cut it into pieces.',
  processor:
    'The process was ready to run and had no processor: other processes took it, or the CPU limit of its container did. Give it more, or move the others.',
};

/** What usually helps against a cause of that kind. */
export function adviceFor(kind: CauseKind): string {
  return ADVICE[kind];
}
