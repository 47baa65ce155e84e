import { type ConfigProblem, formatProblem } from './problem.ts';

const BRAND = Symbol.for('mcp-vitals.ConfigError');

/** Options given in code are not acceptable. Lists every problem, not only the first. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError';
  readonly code: 'ERR_MCP_VITALS_CONFIG' = 'ERR_MCP_VITALS_CONFIG';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map((problem) => `\n  - ${formatProblem(problem)}`);
    super(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in the options${lines.join('')}`);
    this.problems = problems;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether a value is a `ConfigError`, also one of another installed copy of this package. */
export function isConfigError(value: unknown): value is ConfigError {
  return typeof value === 'object' && value !== null && Reflect.get(value, BRAND) === true;
}
