import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'libsql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabaseLock } from '../../../examples/knowledge-base/demo/database-lock.js';
import { createLibsqlStore } from '../../../examples/knowledge-base/store/libsql-store.js';

const DOCUMENT = { id: 'a', title: 'A', source: 'test', text: 'alpha' };
const PASSAGES = [{ text: 'alpha', vector: [1, 0] }];

let folder: string;
let path: string;
let store: ReturnType<typeof createLibsqlStore>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-locked-'));
  path = join(folder, 'kb.db');
  store = createLibsqlStore({ path, dimensions: 2 });
  await store.put(DOCUMENT, PASSAGES);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

test('reads and writes wait for a database file that somebody else has locked, and nothing else does', async () => {
  const other = new Database(path);
  other.exec('BEGIN EXCLUSIVE');
  const done: string[] = [];
  const calls = [
    store.searchText('alpha', 5).then((ids) => done.push(`found ${ids.length}`)),
    store.put({ ...DOCUMENT, id: 'b' }, PASSAGES).then(() => done.push('written')),
    store.getDocument('a').then((document) => done.push(`read ${document?.text}`)),
  ];
  // The event loop turns meanwhile.
  await delay(50);
  expect(done).toEqual([]);
  other.exec('COMMIT');
  await Promise.all(calls);
  expect(done.sort()).toEqual(['found 1', 'read alpha', 'written']);
  expect(await store.count()).toEqual({ documents: 2, chunks: 2 });
  other.close();
});

test('the lock of the demo keeps the store waiting for as long as it is held', async () => {
  const lock = await openDatabaseLock({ databaseUrl: undefined, databasePath: path });
  let isHeld = true;
  const holding = lock.hold(50).then(() => {
    isHeld = false;
  });
  const wasHeld = await store.count().then(() => isHeld);
  await holding;
  expect(wasHeld).toBe(false);
  await lock.close();
});

test('an error of the database is an error at once', async () => {
  await expect(store.put({ ...DOCUMENT, title: null as unknown as string }, PASSAGES)).rejects.toThrow('NOT NULL');
});
