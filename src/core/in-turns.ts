import type { Clock } from './clock.ts';

/** So long a turn of the event loop may take before requests get theirs. */
const MAX_TURN_MS = 0.25;

/** Runs small steps, as many in each turn of the event loop as fit; requests are answered in between. */
export async function inTurns(steps: Iterator<unknown>, clock: Pick<Clock, 'now'>): Promise<void> {
  for (;;) {
    const startedAt = clock.now();
    do {
      if (steps.next().done === true) return;
    } while (clock.now() - startedAt < MAX_TURN_MS);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
