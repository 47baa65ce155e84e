// @ts-check
import { parseArgs } from 'node:util';
import { CULPRITS } from './culprit-phase.js';

/**
 * @typedef {object} DemoOptions
 * @property {number} durationSeconds
 * @property {number} ratePerSecond
 * @property {'stdio' | 'http'} transport
 * @property {boolean} json
 * @property {boolean} exit
 * @property {boolean} lock
 * @property {import('./culprit-phase.js').Culprit | undefined} culprit
 */

const MAX_DURATION_SECONDS = 3_600;
const MAX_RATE_PER_SECOND = 10_000;

export const USAGE = `Usage: npm run demo -- [options]

Starts the knowledge base under mcp-vitals, calls it at a steady rate and shows what was measured. Then another process locks
its database for 5 s: a timeline shows the objective missed, the alert firing and resolved, and what the server recommends.
With DATABASE_URL set, the knowledge base is on that Postgres.

  --duration S     seconds of load (default 20)
  --rate N         calls per second (default 100)
  --transport T    stdio (one client) or http (ten clients) (default stdio)
  --no-lock        leave out the slow phase
  --culprit NAME   instead of the lock the server slows its own searches down; NAME is one of
                   ${CULPRITS.join(', ')}
  --exit           stop the server at the end, even on a terminal
  --json           print one JSON document with all figures instead of tables, then exit
  --help           show this

Exit code: 0 objective met, and the alert fired within 5 s of the first breach and was resolved; 1 objective missed, wrong
answers, differing call counts, an alert too late or never resolved, a recommendation that names something else; 2 the demo could not run.`;

/**
 * @param {string[]} args
 * @returns {DemoOptions | { help: true }}
 * @throws {Error} naming the argument that is wrong
 */
export function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      duration: { type: 'string', default: '20' },
      rate: { type: 'string', default: '100' },
      transport: { type: 'string', default: 'stdio' },
      exit: { type: 'boolean', default: false },
      'no-lock': { type: 'boolean', default: false },
      culprit: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { help: true };
  if (values.transport !== 'stdio' && values.transport !== 'http') {
    throw new Error(`--transport must be stdio or http, not ${JSON.stringify(values.transport)}`);
  }
  const culprit = CULPRITS.find((name) => name === values.culprit);
  if (values.culprit !== undefined && culprit === undefined) {
    throw new Error(`--culprit must be one of ${CULPRITS.join(', ')}, not ${JSON.stringify(values.culprit)}`);
  }
  return {
    durationSeconds: parsePositive('--duration', values.duration, MAX_DURATION_SECONDS),
    ratePerSecond: parsePositive('--rate', values.rate, MAX_RATE_PER_SECOND),
    transport: values.transport,
    json: values.json,
    exit: values.exit,
    lock: !values['no-lock'],
    culprit,
  };
}

/**
 * @param {string} flag
 * @param {string} text
 * @param {number} max
 * @returns {number}
 */
function parsePositive(flag, text, max) {
  const value = Number(text);
  if (!(value > 0 && value <= max)) {
    throw new Error(`${flag} must be a number above 0 and at most ${max}, not ${JSON.stringify(text)}`);
  }
  return value;
}
