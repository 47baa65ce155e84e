import { hasMethods, type Method, observeResult, quietly, replaceMethod, undoAll } from '../replace-method.ts';
import type { Asking } from '../resource-context.ts';
import type { DatabaseTally } from './database-tally.ts';

// biome-ignore lint/suspicious/noExplicitAny: clients whose types are not ours
type Any = any;

/** Whether something is a client of `pg`, alone or out of a pool. */
export function isPgClient(target: object): boolean {
  return hasMethods(target, 'query', 'connect', 'end') && 'connectionParameters' in target;
}

/**
 * Measures every query of one client of `pg`, whichever way it answers.
 *
 * @param askingOf who asked for the connection, where that is not who is active: a pool hands it over in the context of whoever
 *   gave it back
 */
export function watchPgClient(
  client: object,
  tally: DatabaseTally,
  askingOf: () => Asking | undefined = () => undefined,
): () => void {
  const query = (original: Method): Method =>
    function (this: Any, ...args: Any[]) {
      const config = args[0];
      const text = typeof config === 'string' ? config : config?.text;
      if (typeof text !== 'string') return original.apply(this, args);
      quietly(() => countPrepared(this, config, tally));
      const running = tally.begin(text, namespaceOf(this), askingOf());
      const callback = args.findIndex((arg, index) => index > 0 && typeof arg === 'function');
      if (callback > 0) {
        const answer = args[callback];
        args[callback] = function (this: unknown, error: unknown, ...rest: unknown[]): unknown {
          quietly(() => tally.end(running, error));
          return answer.call(this, error, ...rest);
        };
        return original.apply(this, args);
      }
      // A query object reports to its own listeners; its time is not known here.
      if (typeof config?.submit === 'function') return original.apply(this, args);
      if (typeof config?.callback === 'function') {
        const answer = config.callback;
        const answered = function (this: unknown, error: unknown, ...rest: unknown[]): unknown {
          quietly(() => tally.end(running, error));
          return answer.call(this, error, ...rest);
        };
        return original.apply(this, [{ ...config, callback: answered }, ...args.slice(1)]);
      }
      return observeResult(
        original.apply(this, args),
        () => tally.end(running, undefined),
        (error) => tally.end(running, error),
      );
    };
  return undoAll([replaceMethod(client, 'query', query)]);
}

/** The data base, as the conventions want it and instrumentations of `pg` write it. */
function namespaceOf({ database }: Any): string {
  return typeof database === 'string' ? database : '';
}

/** A named statement is parsed and planned once per connection, and reused from then on. */
function countPrepared(client: Any, config: Any, tally: DatabaseTally): void {
  const name = config?.name;
  if (typeof name !== 'string' || name === '') return;
  if (client.connection?.parsedStatements?.[name] === undefined) tally.parsed += 1;
  else tally.reused += 1;
}
