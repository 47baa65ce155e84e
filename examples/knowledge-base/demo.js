// @ts-check
/**
 * The main job, end to end: starts the knowledge base, unmodified, under `node --import mcp-vitals/register`, calls it at a
 * steady rate and prints what was measured. `npm run demo -- --help` lists the options.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nearestNodeModules, readCorpus } from './corpus.js';
import { compareCounts, computeFigures } from './demo/figures.js';
import { createMessageCounter } from './demo/message-counter.js';
import { startMonitoredServer } from './demo/monitored-server.js';
import { createSchedule, runOpenModel } from './demo/open-model.js';
import { parseOptions, USAGE } from './demo/options.js';
import { createProgressBar } from './demo/progress-bar.js';
import { createRandom } from './demo/random.js';
import { formatReport } from './demo/report.js';
import { discoverEndpoint, readSnapshot, watchSnapshots } from './demo/status-endpoint.js';
import { createWorkload } from './demo/workload.js';

const SEED = 20_260_728;
const MAX_IN_FLIGHT = 50;
const WATCH_INTERVAL_MS = 1_000;
/** The last answers leave the server a moment before it has filed their figures. */
const SETTLE_TIMEOUT_MS = 2_000;
const SETTLE_POLL_MS = 50;

/**
 * @param {import('./demo/options.js').DemoOptions} options
 * @param {string} discoveryFolder
 */
async function startServer(options, discoveryFolder) {
  const indexing = createProgressBar(process.stderr, 'indexing');
  const counter = createMessageCounter();
  const env = { OTEL_SERVICE_NAME: 'knowledge-base', ...process.env, MCP_VITALS_DISCOVERY_DIR: discoveryFolder };
  const server = await startMonitoredServer(options.transport, env, counter, (line) => {
    const progress = /^indexing (\d+) % (.*)$/.exec(line);
    if (progress !== null) indexing.update(Number(progress[1]) / 100, progress[2]);
    else process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}server: ${line}\n`);
  });
  indexing.done();
  return { server, counter };
}

/**
 * @param {import('./demo/options.js').DemoOptions} options
 * @param {import('./demo/monitored-server.js').MonitoredServer} server
 */
async function runLoad({ durationSeconds, ratePerSecond }, { clients }) {
  const count = Math.max(1, Math.round(ratePerSecond * durationSeconds));
  const random = createRandom(SEED);
  const calls = createWorkload(await readCorpus(nearestNodeModules()), count, random);
  const schedule = createSchedule(count, durationSeconds * 1000, random);
  const bar = createProgressBar(process.stderr, 'calling ');
  const load = await runOpenModel(
    schedule,
    async (index) => {
      const call = calls[index];
      const client = clients[index % clients.length];
      if (call === undefined || client === undefined) throw new Error('unreachable: one call per moment');
      return call.run(client);
    },
    {
      maxInFlight: MAX_IN_FLIGHT,
      onProgress: (done) => bar.update(done / count, `${done} of ${count} calls`),
    },
  );
  bar.done();
  return { calls, load };
}

/**
 * @param {import('./demo/options.js').DemoOptions} options
 * @param {import('./demo/monitored-server.js').MonitoredServer} server
 * @param {import('./demo/message-counter.js').MessageCounter} counter
 * @param {string} url
 */
async function measure(options, server, counter, url) {
  const [client] = server.clients;
  if (client === undefined) throw new Error('unreachable: a started server has a client');
  const { tools } = await client.listTools();
  const { prompts } = await client.listPrompts();
  const names = new Set([...tools, ...prompts].map(({ name }) => name));

  const watch = watchSnapshots(url, WATCH_INTERVAL_MS);
  const { calls, load } = await runLoad(options, server);
  const during = await watch.stop();

  const { contents } = await client.readResource({ uri: 'kb://statistics' });
  const statistics = contents[0] !== undefined && 'text' in contents[0] ? contents[0].text : '{}';
  const sent = counter.counts(names);
  return computeFigures({
    options,
    calls,
    load,
    maxInFlight: MAX_IN_FLIGHT,
    clients: server.clients.length,
    sent,
    snapshot: await settledSnapshot(url, sent),
    during,
    knowledgeBase: JSON.parse(statistics),
    setting: { command: server.command, url, cores: availableParallelism(), node: process.versions.node },
  });
}

/**
 * @param {string} url
 * @param {Map<string, number>} sent
 */
async function settledSnapshot(url, sent) {
  const deadlineMs = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const snapshot = await readSnapshot(url);
    if (compareCounts(sent, snapshot).equal || Date.now() > deadlineMs) return snapshot;
    await delay(SETTLE_POLL_MS);
  }
}

/** @returns {Promise<void>} resolves on Ctrl-C */
function interrupted() {
  return new Promise((resolve) => {
    // Waiting for a signal does not keep a process alive; the timer does.
    const timer = setInterval(() => {}, 60_000);
    process.once('SIGINT', () => {
      clearInterval(timer);
      resolve();
    });
  });
}

/** @param {import('./demo/options.js').DemoOptions} options */
async function run(options) {
  const discoveryFolder = await mkdtemp(join(tmpdir(), 'mcp-vitals-demo-'));
  try {
    const { server, counter } = await startServer(options, discoveryFolder);
    try {
      const url = await discoverEndpoint(discoveryFolder, server.pid);
      process.stderr.write(`running  ${server.command}\nwatching ${url}\n`);
      const figures = await measure(options, server, counter, url);
      process.stdout.write(
        options.json ? `${JSON.stringify(figures, undefined, 2)}\n` : `\n${formatReport(figures)}\n`,
      );
      process.exitCode = figures.passed ? 0 : 1;
      if (process.stdout.isTTY && !options.exit && !options.json) {
        process.stdout.write('\nThe server stays up to look around; Ctrl-C stops it.\n');
        await interrupted();
      }
    } finally {
      await server.stop();
    }
  } finally {
    await rm(discoveryFolder, { recursive: true, force: true });
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  if ('help' in options) process.stdout.write(`${USAGE}\n`);
  else await run(options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 2;
}
