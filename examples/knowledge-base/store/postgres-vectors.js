// @ts-check
/**
 * Two ways to find the nearest vectors in Postgres: the pgvector extension where the server has it, otherwise exact cosine
 * in plain SQL over `real[]`. Both give the same passages; see README.md for what they cost.
 */

/**
 * @typedef {object} VectorColumn
 * @property {string} type of the column
 * @property {(vector: ArrayLike<number>) => string} write a vector as the text that the column's type reads
 * @property {(vector: ArrayLike<number>, limit: number) => { text: string, values: unknown[] }} nearest the query for the nearest passages, nearest first
 */

/** What `CREATE EXTENSION` answers where it cannot be: no such file (up to 15), not available (from 16), not allowed. */
const NOT_TO_BE_HAD = new Set(['58P01', '0A000', '42501']);

/**
 * @param {number} dimensions
 * @returns {VectorColumn}
 */
function pgvectorColumn(dimensions) {
  /** @param {ArrayLike<number>} vector */
  const write = (vector) => `[${Array.from(vector).join(',')}]`;
  return {
    type: `vector(${Math.trunc(dimensions)})`,
    write,
    nearest: (vector, limit) => ({
      text: 'SELECT chunk_id AS id FROM kb_vectors ORDER BY vector <=> $1::vector, chunk_id LIMIT $2',
      values: [write(vector), limit],
    }),
  };
}

/**
 * Vectors are brought to length 1 before they are stored: the order by cosine is then the order by inner product, whatever
 * the length of the query. The sum is written out, element by element, because `unnest` with `sum` takes five to ten times as long;
 * elements of the query that are zero add nothing and are left out.
 * @returns {VectorColumn}
 */
function arrayColumn() {
  return {
    type: 'real[]',
    write: (vector) => {
      const length = Math.sqrt(Array.from(vector).reduce((sum, value) => sum + value * value, 0));
      return `{${Array.from(vector, (value) => (length === 0 ? 0 : value / length)).join(',')}}`;
    },
    nearest: (vector, limit) => {
      /** @type {number[]} */
      const weights = [];
      /** @type {string[]} */
      const terms = [];
      for (const [index, value] of Array.from(vector).entries()) {
        if (value !== 0) terms.push(`vector[${index + 1}] * ($1::float8[])[${weights.push(value)}]`);
      }
      // A query without a word has no direction: everything is as near.
      const order = terms.length === 0 ? 'cardinality($1::float8[])' : terms.join(' + ');
      return {
        text: `SELECT chunk_id AS id FROM kb_vectors ORDER BY (${order}) DESC, chunk_id LIMIT $2`,
        values: [weights, limit],
      };
    },
  };
}

/**
 * Creates the table of the vectors, or goes on with the one that is there as it was created.
 * @param {any} pool
 * @param {number} dimensions
 * @returns {Promise<VectorColumn>}
 */
export async function prepareVectors(pool, dimensions) {
  const { rows } = await pool.query(
    `SELECT format_type(atttypid, NULL) AS type FROM pg_attribute
      WHERE attrelid = to_regclass('kb_vectors') AND attname = 'vector'`,
  );
  const isArray = rows[0] === undefined ? !(await hasPgvector(pool)) : rows[0].type === 'real[]';
  const column = isArray ? arrayColumn() : pgvectorColumn(dimensions);
  // Compressing or moving a vector elsewhere would cost more with every search than it saves once.
  await pool.query(`
    CREATE TABLE IF NOT EXISTS kb_vectors (
      chunk_id int PRIMARY KEY REFERENCES kb_chunks ON DELETE CASCADE,
      vector ${column.type} NOT NULL
    );
    ALTER TABLE kb_vectors ALTER COLUMN vector SET STORAGE PLAIN;
  `);
  return column;
}

/**
 * @param {any} pool
 * @returns {Promise<boolean>}
 */
async function hasPgvector(pool) {
  try {
    await pool.query('CREATE EXTENSION IF NOT EXISTS vector');
    return true;
  } catch (error) {
    const code = /** @type {{ code?: string }} */ (error).code;
    if (code !== undefined && NOT_TO_BE_HAD.has(code)) return false;
    throw error;
  }
}
