import { describe, expect, it } from 'vitest';
import { ConfigError, type VitalsOptions } from '../../../src/config/index.ts';
import { load } from './load.ts';

const WRONG: unknown = [
  { tool: 'kb.search', p95: 200 },
  { tool: 'kb.search', p59: 1, p95: -1 },
  'fast',
  { p95: 10 },
  { tool: 'a', method: 'b', success: 1 },
  { stage: 'excecution' },
  {
    tool: 'a',
    get p95(): number {
      throw new Error('no');
    },
  },
];

const PROBLEMS = [
  '[1].p59: received an unknown property, expected p50, the nearest known property',
  '[1].p95: received -1 ms, expected a duration from 0.01 to 3600000 ms',
  '[2]: received "fast", expected an object with some of operation, tool,',
  '[3].p95: received 10 ms, expected operation, tool, method, component or stage beside it',
  '[4].method: received "b", expected no method beside tool',
  '[4].success: received 1, expected less than 1',
  '[5].stage: received "excecution", expected one of queue, protocol,',
];

describe('a setting that is a list of objects', () => {
  it('throws one error in code that lists every problem with its path', async () => {
    const code = { objectives: WRONG } as VitalsOptions;
    const error = await load({ code }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    const lines = (error as ConfigError).message.split('\n').slice(1);
    expect(lines).toHaveLength(PROBLEMS.length + 1);
    for (const [index, problem] of PROBLEMS.entries()) expect(lines[index]).toContain(`  - objectives${problem}`);
    expect(lines.at(-1)).toContain('objectives[6].p95: received a value that throws when read');
  });

  it('is read from a file, whose wrong items are reported and left out', async () => {
    const { values, lines } = await load({ file: { objectives: (WRONG as unknown[]).slice(0, 6) } });
    expect(values.objectives).toEqual([{ tool: 'kb.search', p95: 200 }]);
    for (const problem of PROBLEMS) {
      const [path = '', rest = ''] = problem.split(': ');
      const line = lines.find((candidate) =>
        candidate.includes(`objectives${path} in mcp-vitals.config.json: ${rest}`),
      );
      expect(line, problem).toContain('ignored');
    }
  });

  it('is read from the environment as JSON, with durations and sizes as text', async () => {
    const given = [{ operation: 'tools/call *', p99: '2s', p50: 'off' }, { memory: '500MB' }, { tool: 3, p95: 1 }];
    const { values, lines } = await load({ env: { MCP_VITALS_OBJECTIVES: JSON.stringify(given) } });
    expect(values.objectives).toEqual([{ operation: 'tools/call *', p99: 2000, p50: 'off' }, { memory: 500_000_000 }]);
    expect(lines.join('')).toContain('MCP_VITALS_OBJECTIVES[2].tool: received 3');
  });

  it.each([
    ['text that is no JSON', '[{'],
    ['something that is no list', '{"tool":"a"}'],
    ['too many items', JSON.stringify(Array.from({ length: 201 }, () => ({ cpu: 1 })))],
  ])('takes %s as one problem and goes on with the default', async (_, text) => {
    const { values, lines } = await load({ env: { MCP_VITALS_OBJECTIVES: text } });
    expect(values.objectives).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('expected a list of at most 200 objectives');
  });
});
