import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { DatabaseQuestions, PlanCacheFigures } from '../../core/watch-requests.ts';
import { NamedTallies } from '../named-tallies.ts';
import { quietly } from '../replace-method.ts';
import type { ResourceContext } from '../resource-context.ts';
import { DatabaseTally, type RunningQuery } from './database-tally.ts';
import { explainPostgres, explainSqlite, readPlanCache } from './explain.ts';
import { isPgClient, watchPgClient } from './postgres-client.ts';
import type { SlowQueryOptions } from './slow-queries.ts';
import { isSqliteDatabase, watchSqliteDatabase } from './sqlite-database.ts';

/** What `mysql2` publishes with a query (seen in 3.24). */
interface MysqlQuery {
  readonly query?: unknown;
  readonly database?: string;
  readonly serverAddress?: string;
  readonly serverPort?: number;
  readonly error?: unknown;
}

const MYSQL_CHANNELS = ['mysql2:query', 'mysql2:execute'];

/** All databases that are watched. */
export class DatabaseRegistry implements DatabaseQuestions {
  readonly tallies: NamedTallies<DatabaseTally>;
  readonly #context: ResourceContext;
  readonly #watched = new WeakSet<object>();
  readonly #connections = new Map<string, WeakRef<object>>();
  /** System of the database about to be named for the first time. */
  #system = 'other_sql';

  constructor(context: ResourceContext, limit: number, slow: SlowQueryOptions) {
    this.#context = context;
    this.tallies = new NamedTallies(limit, (name) => new DatabaseTally(name, this.#system, context, slow));
  }

  /** The tally of a database, made when it is new. @param connection a pool or client that can explain */
  named(name: string, system: string, connection?: object): DatabaseTally {
    this.#system = system;
    const tally = this.tallies.named(name);
    if (connection !== undefined) this.#connections.set(tally.name, new WeakRef(connection));
    return tally;
  }

  /** Watches one connection in place; `undefined` when it is not recognised or watched already. */
  watch(name: string | undefined, target: object): (() => void) | undefined {
    if (this.#watched.has(target)) return undefined;
    const undo = this.#watchConnection(name, target);
    if (undo === undefined) {
      this.#context.diag.warn('watch', `the database ${JSON.stringify(name)} is of no known kind`);
      return undefined;
    }
    this.#watched.add(target);
    return () => {
      this.#watched.delete(target);
      undo();
    };
  }

  #watchConnection(name: string | undefined, target: object): (() => void) | undefined {
    if (isPgClient(target)) {
      return watchPgClient(target, this.named(name ?? this.tallies.freeName('postgresql'), 'postgresql', target));
    }
    if (isSqliteDatabase(target)) {
      return watchSqliteDatabase(target, this.named(name ?? this.tallies.freeName('sqlite'), 'sqlite', target));
    }
    return undefined;
  }

  /**
   * The plan of a statement that reads, or of a slow query by its id. Runs only when called.
   *
   * @throws {ExplainError} when the statement does more than read, or the database refuses
   * @throws {RangeError} when no such database is watched, or the id is unknown
   */
  async explain(name: string, statement: string): Promise<unknown> {
    const tally = this.#tallyOf(name);
    const text = /^q\d+$/.test(statement) ? tally.slow.textOf(statement) : statement;
    if (text === undefined) throw new RangeError(`no text is kept of ${statement}: see the setting capture.statements`);
    const connection = this.#connectionOf(name);
    if (tally.system === 'postgresql') return explainPostgres(connection, text);
    if (tally.system === 'sqlite') return explainSqlite(connection, text);
    throw new RangeError(`explain knows no ${tally.system}`);
  }

  /** How often prepared statements reused a plan; Postgres only. Runs only when called. */
  async planCache(name: string): Promise<PlanCacheFigures> {
    if (this.#tallyOf(name).system !== 'postgresql') throw new RangeError(`${name} tells nothing about plans`);
    return readPlanCache(this.#connectionOf(name));
  }

  /** Measures the queries of `mysql2`, which publishes them, with no call in the application. */
  followMysql(): () => void {
    const running = new WeakMap<object, { query: RunningQuery; tally: DatabaseTally }>();
    const begun = (message: unknown): void =>
      quietly(() => {
        const { query, serverAddress, serverPort, database } = message as MysqlQuery;
        if (typeof query !== 'string') return;
        const tally = this.named(`${serverAddress}:${serverPort}${database ? `/${database}` : ''}`, 'mysql');
        running.set(message as object, { tally, query: tally.begin(query) });
      });
    const ended = (message: unknown): void =>
      quietly(() => {
        const seen = running.get(message as object);
        running.delete(message as object);
        seen?.tally.end(seen.query, (message as MysqlQuery).error);
      });
    const subscriptions = MYSQL_CHANNELS.flatMap((name): [string, (message: unknown) => void][] => [
      [`tracing:${name}:start`, begun],
      [`tracing:${name}:asyncStart`, ended],
    ]);
    for (const [name, listener] of subscriptions) subscribe(name, listener);
    return () => {
      for (const [name, listener] of subscriptions) unsubscribe(name, listener);
    };
  }

  #tallyOf(name: string): DatabaseTally {
    const tally = this.tallies.all().find((candidate) => candidate.name === name);
    if (tally === undefined) throw new RangeError(`no database ${JSON.stringify(name)} is watched`);
    return tally;
  }

  #connectionOf(name: string): object {
    const connection = this.#connections.get(name)?.deref();
    if (connection === undefined) throw new RangeError(`the database ${JSON.stringify(name)} is closed`);
    return connection;
  }
}
