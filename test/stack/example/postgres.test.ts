import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPostgresStore } from '../../../examples/knowledge-base/store/postgres-store.js';
import { type Postgres, postgresWithPgvector, startPostgres } from '../../support/postgres.ts';
import { verifies } from '../../support/verifies.ts';
import { type DemoRun, MILESTONES, milestonesOf, runDemo } from './run-demo.ts';

let server: Postgres | undefined;
let unavailable: string | undefined;
beforeAll(async () => {
  try {
    server = await startPostgres();
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    unavailable = (error as Error).message;
    process.stderr.write(`NOT TESTED: the demo on Postgres: ${unavailable}\n`);
  }
});
afterAll(() => server?.stop());
beforeEach((context) => {
  if (unavailable !== undefined) context.skip(unavailable);
});

const urlOf = ({ port }: Postgres): string => `postgres://test@127.0.0.1:${port}/postgres`;

describe('the demo on Postgres', () => {
  let run: DemoRun;
  beforeAll(async () => {
    if (server !== undefined) run = await runDemo({ DATABASE_URL: urlOf(server) });
  }, 160_000);

  test('splits a search into database, embedding, cache and own code, which add up to its execution', () => {
    verifies('LAT-04');
    const { breakdown, counts, client } = run.figures;
    const { components, meanMs, ownMs, atTheSameTimeMs } = breakdown!.execution;

    expect(components.map(({ component }) => component).sort()).toEqual([
      'cache queries',
      'database postgresql',
      'embedding',
    ]);
    for (const { calls, meanMs: ms } of components) {
      expect(calls).toBeGreaterThan(0);
      expect(ms).toBeGreaterThan(0);
    }
    expect(ownMs).toBeGreaterThanOrEqual(0);
    const sum = components.reduce((total, { meanMs: ms }) => total + ms, ownMs - atTheSameTimeMs);
    expect(sum).toBeCloseTo(meanMs, 6);
    expect(meanMs).toBeCloseTo(breakdown!.stages.find(({ stage }) => stage === 'execution')!.meanMs, 6);
    expect([counts.equal, client.unexpected.count]).toEqual([true, 0]);
  });

  test('has the figures of the connection pool, found without a call in the server, and of the cache', () => {
    verifies('RES-03');
    const [pool, ...others] = run.figures.pools;

    expect(others).toEqual([]);
    expect(pool).toMatchObject({
      name: `127.0.0.1:${server?.port}/postgres`,
      system: 'pg',
      max: 10,
      used: 0,
      pending: 0,
      timeouts: 0,
    });
    expect(pool?.idle).toBeGreaterThan(0);
    expect(pool?.meanWaitSeconds).toBeGreaterThan(0);
    expect(run.figures.caches[0]?.hits).toBeGreaterThan(0);
  });

  test('shows a lock on a table from the breach to the end of the alert, with connections used up meanwhile', () => {
    const { slowPhase } = run.figures;

    expect(slowPhase.lock).toBe('LOCK TABLE kb_chunks IN ACCESS EXCLUSIVE MODE');
    expect(milestonesOf(slowPhase)).toEqual(MILESTONES);
    expect(slowPhase.pools[0]?.peakUsed).toBeGreaterThan(1);
  });
});

describe('the store on Postgres', () => {
  /** 60 passages in directions that repeat for any number of dimensions, some of them zero and none of length 1. */
  const passages = Array.from({ length: 60 }, (_, passage) => ({
    text: `passage ${passage}`,
    vector: Array.from({ length: 24 }, (_, index) => ((passage * 7 + index * 13 + passage * index) % 11) - 5),
  }));
  const query = (seed: number): number[] =>
    Array.from({ length: 24 }, (_, index) => ((seed * 5 + index * 3) % 7) - (index % 3 === 0 ? 0 : 3));
  const cosine = (a: readonly number[], b: readonly number[]): number => {
    const dot = (x: readonly number[], y: readonly number[]) =>
      x.reduce((sum, value, index) => sum + value * (y[index] ?? 0), 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };

  async function typeOfColumn(postgres: Postgres): Promise<string> {
    const client = new pg.Client({ connectionString: urlOf(postgres) });
    await client.connect();
    const { rows } = await client.query(
      "SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'kb_vectors'::regclass AND attname = 'vector'",
    );
    await client.end();
    return rows[0].type;
  }

  /** Similarity of the passages found, nearest first, each worked out here. */
  async function searched(postgres: Postgres): Promise<number[][]> {
    const store = await createPostgresStore({ url: urlOf(postgres), dimensions: 24 });
    try {
      await store.put({ id: 'd', title: 'D', source: 'test', text: 'x' }, passages);
      const found = [];
      for (let seed = 0; seed < 10; seed += 1) {
        const ids = await store.searchVector(query(seed), 20);
        const texts = (await store.getPassages(ids)).map(({ text }) => text);
        found.push(texts.map((text) => cosine(passages[Number(text.split(' ')[1])]!.vector, query(seed))));
      }
      return found;
    } finally {
      await store.close();
    }
  }

  const expected = Array.from({ length: 10 }, (_, seed) =>
    passages
      .map(({ vector }) => cosine(vector, query(seed)))
      .sort((a, b) => b - a)
      .slice(0, 20),
  );
  const rounded = (found: number[][]): number[][] => found.map((row) => row.map((value) => Number(value.toFixed(6))));

  test('finds the nearest passages exactly, without pgvector', async () => {
    const postgres = await startPostgres();
    try {
      expect(rounded(await searched(postgres))).toEqual(rounded(expected));
      expect(await typeOfColumn(postgres)).toBe('real[]');
    } finally {
      await postgres.stop();
    }
  });

  test('finds the same with pgvector', async (context) => {
    const programs = postgresWithPgvector();
    if (programs === undefined) {
      const message =
        'no Postgres with pgvector is installed; "npm run stack:install" takes one from PyPI where it can';
      process.stderr.write(`NOT TESTED: ${context.task.name}: ${message}\n`);
      return context.skip(message);
    }
    const postgres = await startPostgres(programs);
    try {
      expect(rounded(await searched(postgres))).toEqual(rounded(expected));
      expect(await typeOfColumn(postgres)).toBe('vector(24)');
    } finally {
      await postgres.stop();
    }
  });
});
