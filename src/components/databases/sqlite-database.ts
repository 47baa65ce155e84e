import { hasMethods, type Method, quietly, replaceMethod, undoAll } from '../replace-method.ts';
import type { DatabaseTally } from './database-tally.ts';

/** Whether something is a database of `better-sqlite3`, `libsql` or `node:sqlite`: synchronous, without a pool. */
export function isSqliteDatabase(target: object): boolean {
  return hasMethods(target, 'prepare', 'exec', 'close') && !hasMethods(target, 'query');
}

/** Measures statements prepared from now on, and `exec`. Rows of `iterate` are read by the caller at leisure and not measured. */
export function watchSqliteDatabase(database: object, tally: DatabaseTally): () => void {
  // Statements outlive the watching: what they have got stays, and calls through.
  let active = true;
  const timed =
    (textOf: (args: unknown[]) => unknown) =>
    (original: Method): Method =>
      function (this: unknown, ...args: unknown[]) {
        if (!active) return original.apply(this, args);
        const text = textOf(args);
        const running = tally.begin(typeof text === 'string' ? text : '', tally.name);
        try {
          const result = original.apply(this, args);
          quietly(() => tally.end(running, undefined));
          return result;
        } catch (error) {
          quietly(() => tally.end(running, error));
          throw error;
        }
      };
  const prepare = (original: Method): Method =>
    function (this: unknown, ...args: unknown[]) {
      const statement = original.apply(this, args);
      const text = (): unknown => args[0];
      if (active) for (const name of ['run', 'get', 'all']) replaceMethod(statement, name, timed(text));
      return statement;
    };
  return undoAll([
    replaceMethod(
      database,
      'exec',
      timed(([text]) => text),
    ),
    replaceMethod(database, 'prepare', prepare),
    () => {
      active = false;
    },
  ]);
}
