// @ts-check
/** What happened when in the slow phase, worked out from the snapshots of the server. Pure. */
import { unexpectedAnswers } from './figures.js';

/** @typedef {import('./snapshot.js').Snapshot} Snapshot */

const OPERATION = 'tools/call kb.hybrid_search';
export const OBJECTIVE = `${OPERATION} p95`;
export const RULE = 'latency-high';
/** An alert is late when it fires longer than this after the first search that missed the objective. */
export const FIRING_LIMIT_SECONDS = 5;

/**
 * @typedef {object} Observed
 * @property {string} lock statement that took the lock
 * @property {Snapshot} before the lock
 * @property {readonly Snapshot[]} during one after the other, until after the lock
 * @property {number} lockedMs milliseconds since the Unix epoch, as every time here
 * @property {number} releasedMs
 * @property {readonly import('./workload.js').Call[]} calls
 * @property {{ outcomes: readonly import('./open-model.js').Outcome[] }} load
 *
 * @typedef {ReturnType<typeof computeTimeline>} Timeline
 */

/** @param {Snapshot} snapshot */
export function objectiveIn({ objectives }) {
  return objectives?.find(({ id }) => id === OBJECTIVE);
}

/**
 * The alert about the objective: the active one, or else the latest that is over.
 * @param {Snapshot} snapshot
 */
export function alertIn({ alerts }) {
  return [...(alerts?.active ?? []), ...(alerts?.history ?? [])].find(
    ({ rule, attributes }) => rule === RULE && attributes['mcp_vitals.objective'] === OBJECTIVE,
  );
}

/**
 * What was recommended for searches last: the cause that explains most of what the slow ones took longer.
 * @param {readonly Snapshot[]} snapshots
 */
function adviceIn(snapshots) {
  return snapshots
    .map(({ health }) => health?.recommendations.find(({ operation }) => operation === OPERATION))
    .findLast((advice) => advice !== undefined);
}

/** @param {Observed} observed */
export function computeTimeline({ lock, before, during, lockedMs, releasedMs, calls, load }) {
  const since = during.filter(({ timestamp }) => timestamp >= lockedMs);
  const last = since.at(-1) ?? before;
  const alert = alertIn(last);
  const isOfThisPhase = alert?.firedAt !== undefined && alert.firedAt >= lockedMs;
  const firedMs = isOfThisPhase ? alert.firedAt : undefined;
  const resolvedMs = isOfThisPhase && alert.state === 'resolved' ? alert.resolvedAt : undefined;
  const breaches = objectiveIn(before)?.breaches ?? 0;
  // The rule may have looked between two snapshots: what it fired for was there by then.
  const firstSeen = atMost(
    since.find((snapshot) => (objectiveIn(snapshot)?.breaches ?? 0) > breaches)?.timestamp,
    firedMs,
  );
  const missedMs = atMost(since.find((snapshot) => objectiveIn(snapshot)?.state === 'breached')?.timestamp, firedMs);
  const lastMissed = since.findLastIndex((snapshot) => objectiveIn(snapshot)?.state === 'breached');
  const metMs = lastMissed < 0 ? undefined : atMost(since[lastMissed + 1]?.timestamp, resolvedMs);

  const delays = {
    breachToFiringSeconds: secondsBetween(firstSeen, firedMs),
    releaseToResolvedSeconds: secondsBetween(releasedMs, resolvedMs),
  };
  const advice = adviceIn(since);
  const unexpected = unexpectedAnswers({ calls, load });
  const problems = [
    ...(objectiveIn(before)?.state === 'met' ? [] : ['the objective was not met before the lock']),
    ...(firstSeen === undefined ? ['no search missed the objective'] : []),
    ...(firedMs === undefined ? ['no alert fired'] : []),
    ...(since.some((snapshot) => alertIn(snapshot)?.state === 'firing') ? [] : ['the alert was never seen firing']),
    ...((delays.breachToFiringSeconds ?? 0) > FIRING_LIMIT_SECONDS
      ? [`the alert fired more than ${FIRING_LIMIT_SECONDS} s after the first breach`]
      : []),
    ...(firedMs !== undefined && resolvedMs === undefined ? ['the alert was not resolved'] : []),
    ...(advice?.culprit.startsWith('database')
      ? []
      : [`no recommendation named the database${advice === undefined ? '' : `, but ${advice.culprit}`}`]),
    ...(unexpected.count > 0 ? [`${unexpected.count} wrong answers: ${unexpected.examples.join('; ')}`] : []),
  ];
  return {
    passed: problems.length === 0,
    problems,
    objective: OBJECTIVE,
    rule: RULE,
    lock,
    message: since.map(alertIn).find((seen) => seen?.state === 'firing')?.message,
    events: [
      event('locked', lockedMs),
      event('first search over the objective', firstSeen),
      event('objective missed', missedMs),
      event('alert firing', firedMs),
      event('released', releasedMs),
      event('objective met again', metMs),
      event('alert resolved', resolvedMs),
    ]
      .filter((entry) => entry !== undefined)
      .sort((a, b) => a.seconds - b.seconds),
    delays,
    targetMs: toMs(objectiveIn(before)?.target),
    p95Ms: {
      before: toMs(objectiveIn(before)?.observed),
      peak: toMs(largest(since.map((snapshot) => objectiveIn(snapshot)?.observed))),
      after: toMs(objectiveIn(last)?.observed),
    },
    breaches: (objectiveIn(last)?.breaches ?? 0) - breaches,
    budget: {
      objective: objectiveIn(before)?.budget?.objective,
      remainingBefore: objectiveIn(before)?.budget?.remaining,
      remainingAfter: objectiveIn(last)?.budget?.remaining,
      peakBurnRate: largest(
        since.flatMap((snapshot) => objectiveIn(snapshot)?.budget?.burnRates ?? []).map(({ rate }) => rate),
      ),
    },
    pools: (last.pools ?? []).map(({ name, system, max }) => {
      const seen = since.flatMap(({ pools = [] }) => pools.filter((pool) => pool.name === name));
      return {
        name,
        system,
        max,
        peakUsed: largest(seen.map(({ used }) => used)) ?? 0,
        peakPending: largest(seen.map(({ pending }) => pending)) ?? 0,
      };
    }),
    calls: load.outcomes.length,
    recommendation: advice,
  };

  /**
   * @param {string} name
   * @param {number | undefined} ms
   */
  function event(name, ms) {
    if (ms === undefined) return undefined;
    return { event: name, at: new Date(ms).toISOString(), seconds: secondsBetween(lockedMs, ms) ?? 0 };
  }
}

/**
 * @param {number | undefined} ms
 * @param {number | undefined} limitMs
 */
function atMost(ms, limitMs) {
  if (ms === undefined || limitMs === undefined) return ms ?? limitMs;
  return Math.min(ms, limitMs);
}

/**
 * @param {number | undefined} fromMs
 * @param {number | undefined} toMs
 */
function secondsBetween(fromMs, toMs) {
  return fromMs === undefined || toMs === undefined ? undefined : Math.round(toMs - fromMs) / 1000;
}

/** @param {readonly (number | undefined)[]} values */
function largest(values) {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** @param {number | undefined} seconds */
function toMs(seconds) {
  return seconds === undefined ? undefined : seconds * 1000;
}
