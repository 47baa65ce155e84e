// @ts-check
/** The timeline as text. Pure. */
import { formatAdvice } from './advice-report.js';
import { formatTable } from './table.js';
import { FIRING_LIMIT_SECONDS } from './timeline.js';

/** @typedef {import('./timeline.js').Timeline} Timeline */

/**
 * @param {Timeline} timeline
 * @returns {string}
 */
export function formatTimeline(timeline) {
  const { objective, rule, lock, events, delays, problems, message } = timeline;
  const lines = [
    `Slow phase: another process held ${lock}, again and again`,
    formatTable(
      [{ title: 'UTC' }, { title: 'seconds', align: 'right' }, { title: `objective ${objective}, rule ${rule}` }],
      events.map(({ event, at, seconds }) => [at.slice(11, 23), seconds.toFixed(2), event]),
    ),
    `  P95      ${ms(timeline.p95Ms.before)} before, ${ms(timeline.p95Ms.peak)} at most, ${ms(timeline.p95Ms.after)} after; objective ${ms(timeline.targetMs)}, missed by ${timeline.breaches} searches`,
    `  budget   ${percent(timeline.budget.remainingBefore)} left before, ${percent(timeline.budget.remainingAfter)} after; burnt at up to ${factor(timeline.budget.peakBurnRate)}`,
    ...timeline.pools.map(
      ({ name, system, max, peakUsed, peakPending }) =>
        `  pool     ${name} (${system}): up to ${peakUsed} used and ${peakPending} waiting of at most ${max ?? '–'}`,
    ),
    ...(message === undefined ? [] : [`  alert    ${message}`]),
    `  delays   breach to firing ${seconds(delays.breachToFiringSeconds)} (limit ${FIRING_LIMIT_SECONDS} s), release to resolved ${seconds(delays.releaseToResolvedSeconds)}`,
    ...(timeline.recommendation === undefined
      ? []
      : ['What the server recommends:', ...formatAdvice(timeline.recommendation)]),
    ...problems.map((problem) => `  FAILED   ${problem}`),
  ];
  return lines.join('\n');
}

/** @param {number | undefined} value */
function ms(value) {
  return value === undefined ? '–' : `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}

/** @param {number | undefined} ratio */
function percent(ratio) {
  return ratio === undefined ? '–' : `${(ratio * 100).toFixed(1)} %`;
}

/** @param {number | undefined} value */
function factor(value) {
  return value === undefined ? '–' : `${value.toFixed(1)} times the rate that lasts`;
}

/** @param {number | undefined} value */
function seconds(value) {
  return value === undefined ? '–' : `${value.toFixed(2)} s`;
}
