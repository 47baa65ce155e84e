import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STAGES, type Stage } from '../../../src/semconv/stages.ts';
import { verifies } from '../../support/verifies.ts';
import { type MeasuredCall, MeasuredServer, median } from './measured-server.ts';

const CALLS = 7;
const TOLERANCE_MS = 1;

type Injection = readonly [at: string, stage: Stage];

const COMMON: readonly Injection[] = [
  ['parse busy', 'protocol'],
  ['tool busy', 'execution'],
  ['tool pause', 'execution'],
  ['toJSON busy', 'serialization'],
  ['stringify busy', 'serialization'],
  ['write busy', 'transmission'],
];
const HIGH_LEVEL: readonly Injection[] = [
  ...COMMON,
  ['input busy', 'validation'],
  ['input pause', 'validation'],
  ['output busy', 'output_validation'],
  ['output pause', 'output_validation'],
];

interface Variant {
  readonly name: string;
  readonly script: readonly [string, ...string[]];
  readonly method: string;
  readonly injections: readonly Injection[];
}

const VARIANTS: readonly Variant[] = [
  { name: 'McpServer of SDK 1', script: ['high-level-v1.mjs'], method: 'tools/call', injections: HIGH_LEVEL },
  { name: 'McpServer of SDK 2', script: ['high-level-v2.mjs'], method: 'tools/call', injections: HIGH_LEVEL },
  {
    name: 'McpServer of SDK 2 behind serveStdio',
    script: ['high-level-v2.mjs', 'serve'],
    method: 'tools/call',
    injections: HIGH_LEVEL,
  },
  {
    name: 'low-level Server of SDK 1',
    script: ['low-level-v1.mjs'],
    method: 'tools/call',
    injections: [...COMMON, ['input busy', 'validation'], ['output busy', 'output_validation']],
  },
  { name: 'low-level Server of SDK 2', script: ['low-level-v2.mjs'], method: 'tools/call', injections: COMMON },
  {
    name: 'custom method of SDK 2',
    script: ['low-level-v2.mjs'],
    method: 'example/inject',
    injections: [...COMMON, ['input busy', 'validation'], ['input pause', 'validation']],
  },
];

// A busy machine can stop the server anywhere; what is wrongly attributed is so every time.
describe.each(VARIANTS)('delays injected into a $name', { retry: 3 }, ({ script, method, injections }) => {
  let server: MeasuredServer;
  const all: MeasuredCall[] = [];

  beforeAll(async () => {
    server = await MeasuredServer.start(...script);
    // What the first calls compile and load is not what is compared here.
    await server.calls(20, 'nowhere', method);
  });
  afterAll(() => server?.stop());

  it.each(injections)('%s shows in the stage %s and nowhere else', async (at, stage) => {
    verifies('LAT-03');
    const idleIds: number[] = [];
    const delayedIds: number[] = [];
    for (let round = 0; round < CALLS; round += 1) {
      idleIds.push(...(await server.calls(1, 'nowhere', method)));
      delayedIds.push(...(await server.calls(1, at, method)));
    }
    const of = await server.measured();
    const idle = idleIds.map(of);
    const delayed = delayedIds.map(of);
    all.push(...idle, ...delayed);
    expect(delayed.every(({ injectedMs }) => injectedMs >= 19)).toBe(true);
    const addedMs = STAGES.map((each) => {
      const differences = delayed.map(({ stagesMs, injectedMs }, round) => {
        const expected = (idle[round]?.stagesMs[each] ?? Number.NaN) + (each === stage ? injectedMs : 0);
        return stagesMs[each] - expected;
      });
      return [each, median(differences)] as const;
    });
    expect(addedMs.filter(([, difference]) => !(Math.abs(difference) <= TOLERANCE_MS))).toEqual([]);
  });

  it('adds up to the end-to-end time of the call within 2 %', () => {
    verifies('LAT-02', 'LAT-03');
    const long = all.filter(({ durationMs }) => durationMs > 1);
    expect(long.length).toBeGreaterThanOrEqual(CALLS * injections.length);
    const exact = long.filter(({ stagesMs, durationMs }) => {
      const stages = STAGES.filter((stage) => stage !== 'unattributed');
      const sum = stages.reduce((total, stage) => total + stagesMs[stage], 0);
      return Math.abs(sum - durationMs) <= 0.02 * durationMs;
    });
    expect(exact.length / long.length).toBeGreaterThanOrEqual(0.99);
  });

  it('never lasts less than what was injected into the call', () => {
    verifies('LAT-02');
    expect(all.filter(({ durationMs, injectedMs }) => durationMs < injectedMs - 0.01)).toEqual([]);
  });
});
