import type { SlowQuerySnapshot } from '../../core/model/component.ts';
import type { Asker } from '../resource-context.ts';
import { sanitizeStatement } from './statement.ts';

export interface SlowQueryOptions {
  /** Milliseconds from which a statement is slow. */
  readonly thresholdMs: number;
  /** Statements kept, those with the longest single execution. */
  readonly limit: number;
  /** Whether their text is kept, with its literals removed. */
  readonly statements: boolean;
}

interface SlowQuery {
  readonly id: string;
  readonly operation: string;
  readonly statement: string | undefined;
  /** As it was sent; kept only where statements are, for `EXPLAIN`, and never part of a snapshot. */
  readonly text: string | undefined;
  count: number;
  maxMs: number;
  totalMs: number;
  askedBy: string | undefined;
}

/** The slowest statements of one database, bounded; equal ones, literals aside, are one. */
export class SlowQueries {
  readonly #options: SlowQueryOptions;
  readonly #isMysql: boolean;
  readonly #queries = new Map<string, SlowQuery>();
  #ids = 0;

  constructor(options: SlowQueryOptions, isMysql = false) {
    this.#options = options;
    this.#isMysql = isMysql;
  }

  /** Files a statement that took `durationMs`; what was fast enough costs a comparison. */
  record(text: string, operation: string, durationMs: number, asker: Asker | null): void {
    const { thresholdMs, limit, statements } = this.#options;
    if (!(durationMs >= thresholdMs) || limit < 1) return;
    const statement = statements ? sanitizeStatement(text, this.#isMysql) : undefined;
    const key = statement ?? operation;
    let query = this.#queries.get(key);
    if (query === undefined) {
      if (this.#queries.size >= limit && !this.#makeRoom(durationMs)) return;
      this.#ids += 1;
      const id = `q${this.#ids}`;
      query = {
        id,
        operation,
        statement,
        text: statements ? text : undefined,
        count: 0,
        maxMs: 0,
        totalMs: 0,
        askedBy: undefined,
      };
      this.#queries.set(key, query);
    }
    query.count += 1;
    query.totalMs += durationMs;
    if (durationMs < query.maxMs) return;
    query.maxMs = durationMs;
    query.askedBy = asker?.name;
  }

  /** The statement of an id as it was sent. */
  textOf(id: string): string | undefined {
    return [...this.#queries.values()].find((query) => query.id === id)?.text;
  }

  /** The slowest first. */
  snapshot(): SlowQuerySnapshot[] {
    return [...this.#queries.values()]
      .sort((a, b) => b.maxMs - a.maxMs)
      .map(({ id, operation, statement, count, maxMs, totalMs, askedBy }) => ({
        id,
        operation,
        statement,
        count,
        maxSeconds: maxMs / 1000,
        totalSeconds: totalMs / 1000,
        askedBy,
      }));
  }

  /** Drops the one that was least slow, where the new one is slower. */
  #makeRoom(durationMs: number): boolean {
    let least: [string, SlowQuery] | undefined;
    for (const entry of this.#queries) if (least === undefined || entry[1].maxMs < least[1].maxMs) least = entry;
    if (least === undefined || least[1].maxMs >= durationMs) return false;
    this.#queries.delete(least[0]);
    return true;
  }
}
