import { describe, expect, it } from 'vitest';
import { isConfigError } from '../../../src/config/index.ts';
import type { VitalsOptions } from '../../../src/config/settings.ts';
import { verifies } from '../../support/verifies.ts';
import { load } from './load.ts';

async function problemsOf(code: object): Promise<string[]> {
  try {
    await load({ code: code as VitalsOptions });
  } catch (error) {
    if (isConfigError(error)) return error.problems.map(({ name, received }) => `${name}: ${received}`);
    throw error;
  }
  return [];
}

describe('rules', () => {
  it('are read with durations as text, numbers as attribute texts, and only what was given', async () => {
    const { values } = await load({
      code: {
        rules: [
          {
            name: 'deep',
            metric: 'queue.depth',
            operator: '>',
            threshold: 5,
            where: { shard: 3 as never },
            for: '30s' as never,
          },
          { name: 'cpu-high', enabled: false },
        ],
      },
    });
    expect(values.rules).toEqual([
      { name: 'deep', metric: 'queue.depth', operator: '>', threshold: 5, where: { shard: '3' }, for: 30_000 },
      { name: 'cpu-high', enabled: false },
    ]);
  });

  it('are all checked before the start, every problem with its path', async () => {
    verifies('ALR-01');
    const rules = [
      { name: 'a b', metric: 'x', operator: '=', threshold: 'high' },
      { name: 'incomplete', metric: 'x' },
      { name: 'odd', metric: 'x', operator: '>', threshold: 1, clear: 2, quantile: 0.5, serverity: 'info' },
      { name: 'cpu-high', threshold: 0.5, for: '1 fortnight', where: { a: {} }, severity: 'loud', category: 'x' },
      { name: 'one', metric: 'x', operator: '>', threshold: 1, aggregate: 'ratio' },
      { name: 'two', metric: 'x', operator: '>', threshold: 1, clear: 2, quantile: 0.5, overMetric: 'y' },
      'text',
    ];
    expect(await problemsOf({ rules })).toEqual([
      'rules[0].name: "a b"',
      'rules[0].operator: "="',
      'rules[0].threshold: "high"',
      'rules[1].operator: unset',
      'rules[1].threshold: unset',
      'rules[2].serverity: an unknown property',
      'rules[3].for: "1 fortnight"',
      'rules[3].where: a: an object',
      'rules[3].severity: "loud"',
      'rules[3].category: "x"',
      'rules[4].aggregate: ratio',
      'rules[5].quantile: 0.5',
      'rules[5].overMetric: "y"',
      'rules[5].clear: 2',
      'rules[6]: "text"',
    ]);
  });

  it('from the environment leave out the wrong ones and keep the others', async () => {
    const { values, lines } = await load({
      env: { MCP_VITALS_RULES: '[{"name":"cpu-high","threshold":0.5},{"name":"x"}]' },
    });
    expect(values.rules).toEqual([{ name: 'cpu-high', threshold: 0.5 }]);
    expect(lines.join('')).toContain('MCP_VITALS_RULES[1].metric');
  });
});

describe('channels', () => {
  it('are the log unless others are given', async () => {
    expect((await load()).values.channels).toEqual([{ type: 'log' }]);
    expect((await load({ code: { channels: [] } })).values.channels).toEqual([]);
  });

  it('name what does not belong to their type, and never show a secret', async () => {
    const channels = [
      { type: 'webhook' },
      { type: 'log', url: 'http://user:pass@host/hook' },
      { type: 'alertmanager', url: 'ftp://host', secret: 'hush-hush' },
      { type: 'pager' },
    ];
    const problems = await problemsOf({ channels });
    expect(problems).toEqual([
      'channels[0].url: unset',
      'channels[1].url: ***',
      'channels[2].url: ***',
      'channels[3].type: "pager"',
    ]);
    const { lines } = await load({ env: { MCP_VITALS_CHANNELS: '[{"type":"webhook","secret":"hush-hush"' } });
    expect(lines.join('')).not.toContain('hush');
  });
});
