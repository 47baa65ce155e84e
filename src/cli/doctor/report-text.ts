import type { Finding, FindingState } from './finding.ts';

const LABELS: Readonly<Record<FindingState, string>> = { ok: 'ok', warning: 'warning', problem: 'PROBLEM' };
const INDENT = ' '.repeat(2);

/** Findings for people: what was read, and below it what was expected and what to do. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const blocks = findings.map(({ check, state, read, expected, advice }) => [
    `${LABELS[state].padEnd(8)} ${check.padEnd(width)}  ${read}`,
    ...(expected === '' ? [] : [`${INDENT}expected: ${expected}`]),
    ...(advice === '' ? [] : [`${INDENT}to do:    ${advice}`]),
  ]);
  return `${blocks.flat().join('\n')}\n`;
}

/** The last line: `no problems`, `2 problems, 1 warning`. */
export function formatVerdict(findings: readonly Finding[]): string {
  const count = (state: FindingState): number => findings.filter((finding) => finding.state === state).length;
  const some = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  const problems = count('problem');
  const warnings = count('warning');
  const verdict = problems === 0 ? 'no problems' : some(problems, 'problem');
  return `${verdict}${warnings === 0 ? '' : `, ${some(warnings, 'warning')}`}\n`;
}
