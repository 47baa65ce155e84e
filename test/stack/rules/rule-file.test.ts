import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { promtool } from './promtool.ts';

const RULES = fileURLToPath(new URL('../../../collector/prometheus/rules/mcp-vitals.yml', import.meta.url));
const TESTS = fileURLToPath(new URL('../../golden/rules/mcp-vitals.test.yml', import.meta.url));

test('promtool finds nothing wrong with the rules of the default objectives', async () => {
  const { code, output } = await promtool('check', 'rules', RULES);
  expect(output).toMatch(/SUCCESS: \d{3} rules found/);
  expect(code).toBe(0);
});

test('the generated unit tests pass: all missed, none missed, no traffic, an exact quarter, servers gone', {
  timeout: 240_000,
}, async () => {
  const { code, output } = await promtool('test', 'rules', TESTS);
  expect(output).toContain('SUCCESS');
  expect(code).toBe(0);
});
