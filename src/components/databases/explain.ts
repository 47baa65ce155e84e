import type { PlanCacheFigures } from '../../core/watch-requests.ts';
import { isReadStatement } from './statement.ts';

// biome-ignore lint/suspicious/noExplicitAny: connections whose types are not ours
type Any = any;

/** A refusal or a failure of `explain`. */
class ExplainError extends Error {
  override readonly name: string = 'ExplainError';
}

/** @throws {ExplainError} when the statement does anything but read */
function requireReadStatement(text: string): void {
  if (!isReadStatement(text)) throw new ExplainError('only one statement that reads can be explained');
}

/** Highest `$n` of a statement: as many values its plan needs to be told. */
function placeholders(text: string): number {
  return Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
}

/**
 * The plan of a statement on Postgres. It is not executed; everything happens in a read-only transaction that is rolled
 * back. Where it has placeholders, the plan is the generic one, which needs no values.
 *
 * @param pool a pool or a client of `pg`
 */
export async function explainPostgres(pool: Any, text: string): Promise<unknown> {
  requireReadStatement(text);
  const pooled = typeof pool.totalCount === 'number';
  const client = pooled ? await pool.connect() : pool;
  const count = placeholders(text);
  const statement = text.replace(/;\s*$/, '');
  try {
    await client.query('BEGIN READ ONLY');
    if (count === 0) return planOf(await client.query(`EXPLAIN (FORMAT JSON) ${statement}`));
    await client.query('SET LOCAL plan_cache_mode = force_generic_plan');
    await client.query(`PREPARE mcp_vitals_explain AS ${statement}`);
    try {
      const nothing = Array.from({ length: count }, () => 'NULL').join(', ');
      return planOf(await client.query(`EXPLAIN (FORMAT JSON) EXECUTE mcp_vitals_explain(${nothing})`));
    } finally {
      // A prepared statement survives the transaction, unless that has failed.
      await client.query('DEALLOCATE mcp_vitals_explain').catch(() => {});
    }
  } catch (error) {
    throw new ExplainError(`the database did not explain the statement: ${String(error)}`, { cause: error });
  } finally {
    await client.query('ROLLBACK').catch(() => {});
    if (pooled) client.release();
  }
}

function planOf(result: Any): unknown {
  return result.rows[0]?.['QUERY PLAN'];
}

/** The plan of a statement on SQLite, one row per step. */
export function explainSqlite(database: Any, text: string): Promise<unknown> {
  requireReadStatement(text);
  return Promise.resolve(database.prepare(`EXPLAIN QUERY PLAN ${text}`).all());
}

/** Reads `pg_prepared_statements` of one connection: each has its own. @param pool a pool or a client of `pg` */
export async function readPlanCache(pool: Any): Promise<PlanCacheFigures> {
  const { rows } = await pool.query(
    `SELECT count(*)::int AS statements, coalesce(sum(generic_plans), 0)::int AS generic,
            coalesce(sum(custom_plans), 0)::int AS custom FROM pg_prepared_statements`,
  );
  const { statements, generic, custom } = rows[0];
  return { statements, genericPlans: generic, customPlans: custom };
}
