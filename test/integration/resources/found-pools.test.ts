import { readFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createDiag } from '../../../src/core/diag.ts';
import { transformPoolSource } from '../../../src/mcp/loader/pool-transform.ts';
import { createResourcesPart } from '../../../src/sdk/resources-part.ts';
import { ROOT } from '../../architecture/source-files.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { verifies } from '../../support/verifies.ts';
import { load } from '../../unit/config/load.ts';

// biome-ignore lint/suspicious/noExplicitAny: a class out of a source we have compiled ourselves
type Any = any;

const require = createRequire(import.meta.url);

/** Compiles a file of a real package as the loader does, and answers what it exports. */
function compiled(file: string): Any {
  const path = join(ROOT, 'node_modules', file);
  const source = transformPoolSource(readFileSync(path, 'utf8'), path);
  expect(source, file).toBeDefined();
  const made = new module.Module(path) as Any;
  made.paths = (module as Any)._nodeModulePaths(dirname(path));
  made.filename = path;
  made._compile(source, path);
  return made.exports;
}

let running: ReturnType<typeof createResourcesPart> | undefined;
afterEach(() => running?.stop?.());

async function start(detect = true): Promise<NonNullable<typeof running>> {
  const { values } = await load({ code: { resources: { detect } } });
  running = createResourcesPart({
    config: values,
    clock: new FakeClock(),
    diag: createDiag({ level: 'off' }),
    asker: () => undefined,
  });
  running.start?.();
  return running;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One pool of each kind; nothing is connected. */
function makePools(): void {
  new (compiled('pg-pool/index.js'))({ host: 'db', port: 5433, database: 'app', max: 7 }, class {});
  const { Pool: Tarn } = compiled('tarn/dist/Pool.js');
  new Tarn({ create: async () => ({}), destroy: async () => {}, min: 0, max: 3 });
  const Mysql = compiled('mysql2/lib/base/pool.js');
  const config = { connectionConfig: { host: 'my', port: 3307, database: 'shop' }, connectionLimit: 4, maxIdle: 4 };
  new Mysql({ config });
  const Generic = compiled('generic-pool/lib/Pool.js');
  const [evictor, deque, queue] = ['DefaultEvictor', 'Deque', 'PriorityQueue'].map((name) =>
    require(`generic-pool/lib/${name}`),
  );
  new Generic(evictor, deque, queue, { create: async () => ({}), destroy: async () => {} }, { max: 2 });
}

const EXPECTED = [
  ['db:5433/app', 'pg', 7],
  ['tarn', 'tarn', 3],
  ['my:3307/shop', 'mysql2', 4],
  ['generic-pool', 'generic-pool', 2],
];

const found = () => running?.snapshot?.().pools?.map(({ name, system, max }) => [name, system, max]);

describe('connection pools of pg, tarn, mysql2 and generic-pool', () => {
  verifies('RES-03');

  it('are found with no call in the application, made before or after the product starts', async () => {
    makePools();
    await start();
    expect(found()).toEqual(EXPECTED);
    makePools();
    await turn();
    // Those of the same database add up; those without a name of their own are numbered.
    expect(found()).toEqual([
      ['db:5433/app', 'pg', 14],
      ['tarn', 'tarn', 3],
      ['my:3307/shop', 'mysql2', 8],
      ['generic-pool', 'generic-pool', 2],
      ['tarn 2', 'tarn', 3],
      ['generic-pool 2', 'generic-pool', 2],
    ]);
  });

  it('are left alone where finding is switched off', async () => {
    await start(false);
    makePools();
    await turn();
    expect(found()).toEqual([]);
  });

  it('are looked for in no other file', () => {
    const source = 'this._pendingQueue = []';
    expect(transformPoolSource(source, '/app/node_modules/pg-pool/index.js')).toContain('mcp-vitals.watch');
    expect(transformPoolSource(source, '/app/index.js')).toBeUndefined();
    expect(transformPoolSource('something else', '/app/node_modules/pg-pool/index.js')).toBeUndefined();
  });
});
