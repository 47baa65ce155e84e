import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireBuiltProgram } from '../../support/built-programs.ts';
import { exists, ROOT } from '../compose/compose-file.ts';
import { LocalStack } from '../local-stack.ts';

const FOLDER = 'collector/grafana/dashboards';
const dashboards = readdirSync(join(ROOT, FOLDER)).filter((name) => name.endsWith('.json'));

describe("Grafana's own linter of dashboards", () => {
  const lint = (path: string): string =>
    execFileSync(requireBuiltProgram('linter'), ['lint', '--strict', '--verbose', path], {
      encoding: 'utf8',
      stdio: 'pipe',
    });

  it.each(dashboards)('finds nothing wrong with %s but what its list of exceptions explains', (name) => {
    const output = lint(join(ROOT, FOLDER, name));
    expect(output.match(/OK/g)?.length).toBeGreaterThan(100);
    const exceptions = output.split('\n').filter((line) => line.includes('(Excluded)'));
    // The series of the rules, which are of a fleet.
    for (const line of exceptions)
      expect(line).toMatch(/mcp_vitals:\w+:\w+\{job=~"\$job"\}\)\)': instance selector not found/);
    expect(exceptions).toHaveLength(name.includes('overview') ? 2 : 0);
    expect(exists(`${FOLDER}/.lint`)).toBe(true);
  });

  it('does find what is wrong', async () => {
    requireBuiltProgram('linter');
    await using stack = new LocalStack();
    const path = stack.write(`${FOLDER}/mcp-vitals-telemetry.json`, {
      $__rate_interval: '5m',
      '"unit": "ops"': '"unit": "opps"',
    });
    expect(() => lint(path)).toThrow(/linting errors/);
  });
});
