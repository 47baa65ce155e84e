import { expect, test } from 'vitest';
import { checkObjectives } from '../../../src/cli/doctor/check-objectives.ts';
import { load } from '../config/load.ts';

test('doctor lists the objectives in force, those of the user instead of and besides the default ones', async () => {
  const objectives = [
    { tool: 'kb.hybrid_search', p50: 'off', p95: '1s' },
    { tool: 'kb.*', stage: 'execution', p99: 2.5 },
    { component: 'database *', p95: 30 },
    { stage: 'protocol', p99: 'off' },
    { memory: '300MB', throughput: 20 },
  ];
  const { config } = await load({ file: { objectives, tools: { fast: ['kb.get'] } } });
  const { state, read } = checkObjectives(config);
  expect(state).toBe('ok');
  expect(read.split('; ').sort()).toEqual([
    'component * end_to_end p95 200 ms',
    'component * query p95 50 ms',
    'component * response_generation p95 100 ms',
    'component database * p95 30 ms',
    'method protocol p95 100 ms',
    'process availability 99.9 %, cpu 0.3 cores, throughput 20/s, memory 300 MB',
    'prompts/list p95 10 ms',
    'resources/list p95 10 ms',
    'resources/templates/list p95 10 ms',
    'stage protocol p95 1 ms',
    'tasks/* p95 500 ms',
    'tools/call * p95 500 ms, success 99 %',
    'tools/call kb.* stage execution p99 2.5 ms',
    'tools/call kb.get stage execution p95 50 ms',
    'tools/call kb.hybrid_search p95 1000 ms',
    'tools/list p95 10 ms',
  ]);
});
