// @ts-check
/** What the server made of the culprit, as text. Pure. */
import { formatAdvice } from './advice-report.js';

/**
 * @param {import('./culprit-phase.js').CulpritPhase} phase
 * @returns {string}
 */
export function formatCulprit({ culprit, expected, passed, recommendation, recommendations, elapsedSeconds }) {
  const named = recommendation?.culprit ?? 'nothing';
  return [
    `Culprit: ${culprit}, switched on for ${elapsedSeconds.toFixed(0)} s of searches; what the server recommends:`,
    ...recommendations.flatMap(formatAdvice),
    ...(passed ? [] : [`  FAILED   it was to name ${expected}, and named ${named}`]),
  ].join('\n');
}
