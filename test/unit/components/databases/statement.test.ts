import fc from 'fast-check';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { isReadStatement, operationOf, sanitizeStatement } from '../../../../src/components/databases/statement.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { watched } from '../../../support/resources.ts';
import { verifies } from '../../../support/verifies.ts';

describe('the operation of a statement', () => {
  it.each([
    ['select 1', 'SELECT'],
    ['  -- why\n /* not */ (SELECT 1) UNION SELECT 2', 'SELECT'],
    ['WITH a AS (SELECT 1), b AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM b', 'INSERT'],
    ['with recursive t(n) as (values (1)) select * from t', 'SELECT'],
    ['BEGIN', 'BEGIN'],
    ['PRAGMA table_info(x)', 'PRAGMA'],
    ['frobnicate everything', '_OTHER'],
    ['', '_OTHER'],
    ["'SELECT'", '_OTHER'],
  ])('%j is %s', (text, operation) => {
    expect(operationOf(text)).toBe(operation);
  });
});

describe('a sanitised statement', () => {
  it.each([
    ["SELECT * FROM t WHERE name = 'it''s' AND age > 42", 'SELECT * FROM t WHERE name = ? AND age > ?'],
    [
      'SELECT "Col 1", `b`, x.y2 FROM t1 WHERE id = $1 AND z = :name',
      'SELECT "Col 1", `b`, x.y2 FROM t1 WHERE id = $1 AND z = :name',
    ],
    ["SELECT E'a\\'b', x'ff', $$secret$$, $tag$ sec'ret $tag$, -1.5e-10, .5", 'SELECT ?, -?'],
    ["INSERT INTO t VALUES (1, 'a'), (2, 'b') -- 3 rows", 'INSERT INTO t VALUES (?)'],
    ["SELECT 'C:\\', 'secret', 'x'", 'SELECT ?'],
    ["SELECT 'never closed 42", 'SELECT ?'],
    ['SELECT a[1], b::int FROM t /* 4711 */ LIMIT 10', 'SELECT a[?], b::int FROM t LIMIT ?'],
  ])('of %j is %j', (text, clean) => {
    expect(sanitizeStatement(text)).toBe(clean);
  });

  it('takes double quotes for strings where the database does', () => {
    const text = String.raw`SELECT * FROM t WHERE a = "se\"cret" AND b = 'it\'s'`;
    expect(sanitizeStatement(text, true)).toBe('SELECT * FROM t WHERE a = ? AND b = ?');
  });

  it('holds no literal, whatever it was and wherever it stood', () => {
    const quoted = fc.string({ maxLength: 12 }).map((text) => `'SECRET${text.replaceAll("'", "''")}'`);
    const dollars = fc.string({ maxLength: 12 }).map((text) => `$x$SECRET${text.replaceAll('$', '')}$x$`);
    const number = fc.integer({ min: 1000, max: 999_999 }).map((value) => `777${value}`);
    const literal = fc.oneof(quoted, dollars, number);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a =', 'b IN (1,', '/* x */ c <>', '-- y\n d ='), literal)),
        (parts) => {
          const text = `SELECT x FROM t WHERE ${parts.map(([before, value]) => `${before} ${value}`).join(' AND ')}`;
          expect(sanitizeStatement(text)).not.toMatch(/SECRET|777/);
        },
      ),
    );
  });
});

describe('a statement that reads', () => {
  it.each([
    ['SELECT 1;', true],
    ["SELECT 'DELETE; x'", true],
    ['WITH a AS (SELECT 1) SELECT * FROM a', true],
    ['SELECT 1; SELECT 2', false],
    ['WITH a AS (DELETE FROM t RETURNING 1) SELECT * FROM a', false],
    ['SELECT * INTO u FROM t', false],
    ['EXPLAIN SELECT 1', false],
    ['UPDATE t SET a = 1', false],
  ])('%j: %s', (text, reads) => {
    expect(isReadStatement(text)).toBe(reads);
  });
});

describe('a watched SQLite database', () => {
  verifies('RES-03');

  it('has its statements timed by operation, errors by code; plans come on request and text only where it is wanted', async () => {
    const clock = new FakeClock();
    const all = watched({ now: () => clock.now(), slow: { thresholdMs: 10 } });
    const db = new Database(':memory:');
    const unwatch = all.databases.watch('kb', db);
    db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)');
    const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
    insert.run(1, 'a');
    expect(() => insert.run(1, 'b')).toThrow(/UNIQUE/);
    const select = db.prepare('SELECT name FROM t WHERE id = ?');
    expect(select.get(1)).toMatchObject({ name: 'a' });
    expect(select.all(1)).toHaveLength(1);
    const read = () => all.databases.tallies.all()[0]!.snapshot();
    expect(read()).toMatchObject({ name: 'kb', system: 'sqlite', slowQueries: [] });
    expect(read().queries.map(({ operation, count, errors }) => [operation, count, errors])).toEqual([
      ['CREATE', 1, 0],
      ['INSERT', 2, 1],
      ['SELECT', 2, 0],
    ]);
    expect(JSON.stringify(await all.databases.explain('kb', 'SELECT name FROM t WHERE id = 1'))).toContain('SEARCH');
    await expect(all.databases.explain('kb', 'DELETE FROM t')).rejects.toThrow('reads');
    await expect(all.databases.explain('other', 'SELECT 1')).rejects.toThrow(RangeError);
    unwatch?.();
    select.get(1);
    db.exec('SELECT 1');
    expect(read().queries[2]?.count).toBe(2);
    db.close();
  });
});

describe('the list of slow statements', () => {
  const run = (slow: { thresholdMs: number; limit?: number; statements?: boolean }, statements: [string, number][]) => {
    const clock = new FakeClock();
    const all = watched({ now: () => clock.now(), slow });
    const tally = all.databases.named('db', 'postgresql');
    for (const [text, ms] of statements) {
      const query = tally.begin(text);
      clock.advance(ms);
      tally.end(query, undefined);
    }
    return tally.snapshot().slowQueries;
  };

  it('holds what took the threshold or longer, without any text by default', () => {
    const slow = run({ thresholdMs: 10 }, [
      ["SELECT 'secret'", 10],
      ['SELECT 2', 9],
      ['INSERT INTO t VALUES (1)', 30],
    ]);
    expect(
      slow.map(({ operation, count, maxSeconds, statement }) => [operation, count, maxSeconds, statement]),
    ).toEqual([
      ['INSERT', 1, 0.03, undefined],
      ['SELECT', 1, 0.01, undefined],
    ]);
  });

  it('is bounded: a slower statement takes the place of the least slow, equal ones are one', () => {
    const slow = run({ thresholdMs: 1, limit: 2, statements: true }, [
      ['SELECT a FROM t WHERE id = 1', 5],
      ['SELECT a FROM t WHERE id = 2', 8],
      ['SELECT b FROM t', 3],
      ['SELECT c FROM t', 2],
      ['SELECT d FROM t', 4],
    ]);
    expect(slow.map(({ statement, count }) => [statement, count])).toEqual([
      ['SELECT a FROM t WHERE id = ?', 2],
      ['SELECT d FROM t', 1],
    ]);
  });
});
