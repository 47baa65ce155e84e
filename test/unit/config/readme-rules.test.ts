import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { compileRules } from '../../../src/alerts/compile-rules.ts';
import { readDocument } from '../../support/documents.ts';
import { load } from './load.ts';

it('the rules and channels of the documentation are understood as they stand there', async () => {
  const text = /```yaml\n(rules:[\s\S]*?)```/.exec(readDocument('docs/objectives-and-alerts.md'))?.[1] ?? '';
  const { config, values, lines } = await load({ file: parse(text) });
  expect(lines).toEqual([]);
  expect(config.problems).toEqual([]);
  expect(values.channels.map(({ type }) => type)).toEqual(['log', 'webhook', 'webhook', 'alertmanager', 'otel']);
  const rules = compileRules(values.rules, { profile: 'production', expectedPerSecond: 1, concurrency: 1 });
  const rule = (name: string) => rules.find((one) => one.name === name);
  expect(rule('queue-deep')).toMatchObject({ metric: 'shop.queue.depth', clear: 80, forMs: 30_000, by: ['queue'] });
  expect(rule('payments-slow')).toMatchObject({ aggregate: 'quantile', windowMs: 300_000, minSamples: 20 });
  expect(rule('latency-high')).toMatchObject({ forMs: 300_000, threshold: 1 });
  expect(rule('cpu-high')).toBeUndefined();
});
