import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Figures } from '../../../examples/knowledge-base/demo/report.js';
import { verifies } from '../../support/verifies.ts';

const DEMO = fileURLToPath(new URL('../../../examples/knowledge-base/demo.js', import.meta.url));
const BUILT = fileURLToPath(new URL('../../../dist/register.js', import.meta.url));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The phase of the load; the slow one takes long and is tested in the suite `stack`. */
function runDemo(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [DEMO, '--no-lock', ...args], { timeout: 100_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

beforeAll(() => {
  if (!existsSync(BUILT)) throw new Error('the demo runs the built package: npm run build first');
});

describe.each(['stdio', 'http'])('the demo over %s', (transport) => {
  let run: Run;
  let figures: Figures;
  beforeAll(async () => {
    run = await runDemo('--json', '--duration', '3', '--transport', transport);
    figures = JSON.parse(run.stdout) as Figures;
  });

  test('measures exactly the calls that the clients sent, and none is answered wrongly', () => {
    expect(figures.counts).toMatchObject({ equal: true, differences: [] });
    expect(figures.client).toMatchObject({ intended: 300, completed: 300, unexpected: { count: 0 } });
    expect(figures.counts.total).toBeGreaterThan(300);
    expect(figures.operations.reduce((sum, { calls }) => sum + calls, 0)).toBe(figures.counts.total);
  });

  test('shows every stage of a search, and they add up to its end-to-end time', () => {
    const { stages, sumOfStagesMs, endToEndMeanMs, clientMeanMs } = figures.breakdown!;

    expect(stages.map(({ stage }) => stage)).toEqual([
      'queue',
      'protocol',
      'validation',
      'execution',
      'output_validation',
      'serialization',
      'transmission',
      'unattributed',
    ]);
    expect(stages.find(({ stage }) => stage === 'execution')!.meanMs).toBeGreaterThan(0);
    expect(Math.abs(sumOfStagesMs - endToEndMeanMs!)).toBeLessThan(0.02 * endToEndMeanMs!);
    expect(sumOfStagesMs).toBeLessThan(clientMeanMs!);
  });

  test('counts errors where tools answered with one, and only there', () => {
    const errors = Object.fromEntries(figures.operations.map(({ name, errors }) => [name, errors]));

    expect(errors['tools/call kb.hybrid_search']).toBeGreaterThan(0);
    expect(errors['tools/call kb.add_document']).toBe(0);
    // An unknown resource is the client's mistake, not an error of the server.
    expect(errors['resources/read']).toBe(0);
  });

  test('finds the cache of the server without a call in it, and counts what the server counts itself', () => {
    verifies('RES-02');
    const { cacheHits, cacheMisses } = figures.knowledgeBase.embedding;

    expect(figures.caches).toMatchObject([{ name: 'lru-cache', hits: cacheHits, misses: cacheMisses, failures: 0 }]);
    expect(figures.caches[0]?.entries).toBeGreaterThan(0);
  });

  test('judges the objective and says so by its exit code', () => {
    const { objective } = figures;

    expect(objective.met).toBe(objective.checks.every(({ met }) => met));
    expect(objective.checks.every(({ value }) => value !== undefined)).toBe(true);
    expect(run.code).toBe(figures.passed ? 0 : 1);
  });

  test('shows the process, the cache and progress while it works', () => {
    expect(figures.process.residentBytes).toBeGreaterThan(20e6);
    expect(figures.process.samples).toBeGreaterThan(0);
    expect(figures.knowledgeBase.embedding['cacheHits']).toBeGreaterThan(0);
    expect(run.stderr).toMatch(/indexing .*100 %/);
    expect(run.stderr).toMatch(/calling .*300 of 300 calls/);
  });
});

test('a rate that the server cannot hold is reported as a missed objective, with calls that had to wait', async () => {
  const { code, stdout } = await runDemo('--json', '--duration', '0.3', '--rate', '3000');
  const figures = JSON.parse(stdout) as Figures;

  expect(code).toBe(1);
  expect(figures.objective.met).toBe(false);
  expect(figures.client.peakInFlight).toBe(50);
  expect(figures.client.late).toBeGreaterThan(0);
  expect(figures.client.completed).toBe(900);
  expect(figures.counts.equal).toBe(true);
});

test('arguments that make no sense end with code 2 and the reason, and --help with code 0', async () => {
  expect(await runDemo('--rate', 'fast')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('--rate must be a number'),
  });
  expect(await runDemo('--culprit', 'gremlins')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--culprit must be one of database, embedding, cache, cpu'),
  });
  expect(await runDemo('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('--duration S') });
});
