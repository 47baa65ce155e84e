import { performance } from 'node:perf_hooks';

/** Milliseconds in which the event loop of this thread has had nothing to do; a reading takes some 100 ns. */
export function idleMs(): number {
  return performance.nodeTiming.idleTime;
}
