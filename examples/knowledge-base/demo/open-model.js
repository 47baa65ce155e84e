// @ts-check
/**
 * An open load model: the moments at which calls are due are fixed before the first one is sent and do not wait for
 * answers, as independent users would not. Latency counts from the moment a call was due, so a server that stalls is
 * charged for everybody who had to wait (no coordinated omission). The moments are those of a Poisson process: `count`
 * points, uniformly distributed and sorted.
 */
import { performance } from 'node:perf_hooks';

/**
 * @param {number} count
 * @param {number} durationMs
 * @param {() => number} random
 * @returns {number[]} milliseconds from the start, ascending
 */
export function createSchedule(count, durationMs, random) {
  return Array.from({ length: count }, () => random() * durationMs).sort((a, b) => a - b);
}

/**
 * @typedef {object} Outcome
 * @property {number} index into the schedule
 * @property {number} latencyMs from the moment the call was due to its answer
 * @property {boolean} late it was due while the most allowed were in flight, and waited
 * @property {{ isError?: boolean | undefined } | undefined} answer undefined when it failed
 * @property {unknown} failure
 */

/**
 * Sends the calls when they are due. When `maxInFlight` are unanswered, those that fall due wait for a free place, are
 * counted as late and keep the moment they were due: none is left out, unless `signal` ends the load before its time.
 *
 * @param {readonly number[]} schedule
 * @param {(index: number) => Promise<{ isError?: boolean | undefined }>} send
 * @param {{ maxInFlight: number, onProgress?: (done: number) => void, signal?: AbortSignal }} options
 * @returns {Promise<{ outcomes: Outcome[], elapsedMs: number, peakInFlight: number }>}
 */
export function runOpenModel(schedule, send, { maxInFlight, onProgress, signal }) {
  return new Promise((resolve) => {
    /** @type {Outcome[]} */
    const outcomes = [];
    const startMs = performance.now();
    let next = 0;
    let inFlight = 0;
    let peakInFlight = 0;
    /** Calls up to this index fell due while no place was free. */
    let dueWhileFull = 0;

    /** @param {number} index */
    async function sendCall(index) {
      const dueMs = startMs + /** @type {number} */ (schedule[index]);
      const late = index < dueWhileFull;
      inFlight += 1;
      peakInFlight = Math.max(peakInFlight, inFlight);
      let answer;
      let failure;
      try {
        answer = await send(index);
      } catch (error) {
        failure = error;
      }
      inFlight -= 1;
      outcomes.push({ index, latencyMs: performance.now() - dueMs, late, answer, failure });
      onProgress?.(outcomes.length);
      if (isOver()) finish();
      else if (inFlight === maxInFlight - 1) sendDue();
    }

    function isOver() {
      return inFlight === 0 && (next === schedule.length || signal?.aborted === true);
    }

    function finish() {
      resolve({ outcomes, elapsedMs: performance.now() - startMs, peakInFlight });
    }

    function sendDue() {
      if (signal?.aborted) return;
      const nowMs = performance.now() - startMs;
      while (next < schedule.length && /** @type {number} */ (schedule[next]) <= nowMs && inFlight < maxInFlight) {
        void sendCall(next++);
      }
      let due = next;
      while (due < schedule.length && /** @type {number} */ (schedule[due]) <= nowMs) due++;
      dueWhileFull = Math.max(dueWhileFull, due);
    }

    function tick() {
      sendDue();
      if (signal?.aborted) {
        if (isOver()) finish();
        return;
      }
      const dueMs = schedule[Math.max(next, dueWhileFull)];
      if (dueMs !== undefined) setTimeout(tick, Math.max(0, dueMs - (performance.now() - startMs)));
    }

    if (schedule.length === 0) finish();
    else tick();
  });
}
