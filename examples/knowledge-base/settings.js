// @ts-check
import { parseArgs } from 'node:util';
import { nearestNodeModules } from './corpus.js';

/**
 * @typedef {object} Settings
 * @property {'stdio' | 'http'} transport
 * @property {number} port of Streamable HTTP; 0 takes a free one
 * @property {string} host Streamable HTTP listens on
 * @property {string[]} allowedHosts names clients may call it by when that is not loopback
 * @property {string} corpus a `node_modules` folder
 * @property {string | undefined} databaseUrl Postgres, instead of the embedded database
 * @property {string | undefined} databasePath file of the embedded database, in memory without
 * @property {string | undefined} embeddingUrl base URL of an OpenAI-compatible API, instead of the local service
 * @property {string | undefined} embeddingApiKey
 * @property {string | undefined} embeddingModel
 * @property {boolean} withTrouble for the demo: a tool that slows the server down
 */

const USAGE = `Usage: node server.js [--stdio | --http [--port N] [--host ADDRESS --allow-host NAME...]]

  --stdio            speak MCP over stdin and stdout (the default)
  --http             speak MCP over Streamable HTTP
  --port N           port for --http (default 3000; 0 takes a free one)
  --host ADDRESS     address for --http (default 127.0.0.1)
  --allow-host NAME  name clients may call it by; needed, as often as there are names, beyond loopback

Environment: DATABASE_URL, KB_DATABASE, KB_CORPUS, EMBEDDING_URL, EMBEDDING_API_KEY, EMBEDDING_MODEL (see README.md)`;

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Settings | { usage: string }} usage when it was asked for
 * @throws {Error} naming the argument that is wrong
 */
export function readSettings(args, env) {
  const { values } = parseArgs({
    args,
    options: {
      stdio: { type: 'boolean', default: false },
      http: { type: 'boolean', default: false },
      port: { type: 'string', default: '3000' },
      host: { type: 'string', default: '127.0.0.1' },
      'allow-host': { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { usage: USAGE };
  if (values.stdio && values.http) throw new Error('choose one of --stdio and --http');
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port must be a number from 0 to 65535, not ${JSON.stringify(values.port)}`);
  }
  const allowedHosts = values['allow-host'];
  if (values.host !== '127.0.0.1' && allowedHosts.length === 0) {
    throw new Error(
      `--host ${values.host} needs --allow-host: any web page could call the server by a name of its own`,
    );
  }
  return {
    transport: values.http ? 'http' : 'stdio',
    port,
    host: values.host,
    allowedHosts,
    corpus: env['KB_CORPUS'] || nearestNodeModules(),
    databaseUrl: env['DATABASE_URL'] || undefined,
    databasePath: env['KB_DATABASE'] || undefined,
    embeddingUrl: env['EMBEDDING_URL'] || undefined,
    embeddingApiKey: env['EMBEDDING_API_KEY'] || undefined,
    embeddingModel: env['EMBEDDING_MODEL'] || undefined,
    withTrouble: env['KB_TROUBLE'] === '1',
  };
}
