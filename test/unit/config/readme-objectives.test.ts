import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { resolveObjectives } from '../../../src/slo/definition.ts';
import { readDocument } from '../../support/documents.ts';
import { load } from './load.ts';

it('the objectives of the documentation are understood as they stand there', async () => {
  const text = /```yaml\n(objectives:[\s\S]*?)```/.exec(readDocument('docs/objectives-and-alerts.md'))?.[1] ?? '';
  const { config, values, lines } = await load({ file: parse(text) });
  expect(lines).toEqual([]);
  expect(config.problems).toEqual([]);
  expect(values.tools.fast).toEqual(['kb.get', 'kb.list']);
  expect(
    resolveObjectives(values.objectives).map(({ subject, name, target }) => [subject, name?.text, target]),
  ).toEqual([
    ['operation', 'tools/call kb.hybrid_search', 0.25],
    ['operation', 'tools/call kb.*', 0.04],
    ['operation', 'tools/call kb.*', 0.995],
    ['operation', 'tools/call report.build', undefined],
    ['method', 'tools/call', 2],
    ['method', undefined, 0.02],
    ['component', 'database *', 0.03],
    ['process', undefined, 20],
    ['process', undefined, 300_000_000],
    ['process', undefined, 0.5],
  ]);
});
