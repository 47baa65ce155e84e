// @ts-check
/** A recommendation as lines. Pure. */

/**
 * @param {import('./snapshot.js').Recommendation} recommendation
 * @returns {string[]}
 */
export function formatAdvice({ severity, culprit, share, operation, evidence, advice, withoutSeconds }) {
  const without =
    withoutSeconds === undefined ? '' : `; without it they would take ${(withoutSeconds * 1000).toFixed(0)} ms`;
  return [
    `  ${severity.padEnd(8)} ${culprit}, ${(share * 100).toFixed(0)} % (${operation ?? 'the whole process'})`,
    `           ${evidence}${without}`,
    `           ${advice}`,
  ];
}
