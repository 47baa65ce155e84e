import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { requireProgram } from '../../support/programs.ts';
import { verifies } from '../../support/verifies.ts';
import { readText, readYaml } from '../compose/compose-file.ts';
import { LocalStack, TOKEN } from '../local-stack.ts';
import { parseMetricsText, type TextSeries } from '../metrics-text.ts';

const LIMIT_BYTES_PER_HOUR = 10_000_000;
const SCRAPES_AN_HOUR = 240;
/** The hour passes in less than a minute; twice the calls of the compose file make up for a part of it. */
const PAUSE_MS = 20;
const CALLS_PER_SECOND = 20;
/** Prometheus aligns its blocks to two hours; the hour is to lie in one of them. */
const BLOCK_SECONDS = 7_200;
/** Prometheus cuts its write-ahead log after every block and keeps up to this much of it. */
const LOG_HOURS = 3;
/** A real Prometheus replays a part of the hour at this pace, for its write-ahead log. */
const REPLAY_INTERVAL_MS = 100;
const REPLAYED_SCRAPES = 100;
/** Where the machine is too busy, a part of the hour is measured and the rest taken to cost as much: more than it would. */
const MEASURE_LIMIT_MS = 45_000;
const FEWEST_SCRAPES = 30;

function bytesIn(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}

/** Answers of `/metrics` in the order they were given, the last one for ever. */
async function replayServer(answers: readonly string[], port: number): Promise<Server & AsyncDisposable> {
  let next = 0;
  const server = createServer((_, response) => {
    response
      .writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
      .end(answers[Math.min(next, answers.length - 1)]);
    next += 1;
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** What a Prometheus says of itself under a name. */
async function ownSeries(url: string, name: string): Promise<TextSeries[]> {
  return parseMetricsText(await (await fetch(`${url}/metrics`)).text()).filter((series) => series.name === name);
}

const sumOf = (series: readonly TextSeries[]): number => series.reduce((sum, { value }) => sum + value, 0);

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly interval: string }[];
}

/** Samples the rules record in an hour, from what each group recorded last and how often it is evaluated. */
async function ruleSamplesAnHour(url: string): Promise<number> {
  const recorded = await ownSeries(url, 'prometheus_rule_group_last_evaluation_samples');
  const { groups } = readYaml('collector/prometheus/rules/mcp-vitals.yml') as RuleFile;
  return sumOf(
    groups.map(({ name, interval }) => {
      const group = recorded.find(({ labels }) => labels['rule_group']?.endsWith(`;${name}`));
      const seconds = Number.parseInt(interval, 10) * (interval.endsWith('m') ? 60 : 1);
      return { name, type: 'gauge', labels: {}, value: ((group?.value ?? Number.NaN) * 3600) / seconds };
    }),
  );
}

/** Bytes a sample takes in the write-ahead log of a real Prometheus, and how many the rules add in an hour. */
async function replayed(answers: readonly string[]): Promise<{ logBytesPerSample: number; ruleSamples: number }> {
  await using stack = new LocalStack();
  const port = Number((await stack.address('knowledge-base:9464')).split(':')[1]);
  await using _server = await replayServer(answers, port);
  stack.writeText('secrets/scrape-token/token', TOKEN);
  const rules = readText('collector/prometheus/rules/mcp-vitals.yml').replaceAll(/interval: \w+/g, 'interval: 2s');
  const url = await stack.startPrometheus(stack.writeText('rules/faster.yml', rules), `${REPLAY_INTERVAL_MS}ms`);
  await delay(REPLAY_INTERVAL_MS * REPLAYED_SCRAPES);
  await expect.poll(() => ruleSamplesAnHour(url), { timeout: 60_000 }).toBeGreaterThan(0);
  const samples = sumOf(await ownSeries(url, 'prometheus_tsdb_head_samples_appended_total'));
  const bytes = bytesIn(join(stack.folder, 'prometheus/wal')) + bytesIn(join(stack.folder, 'prometheus/chunks_head'));
  return { logBytesPerSample: bytes / samples, ruleSamples: await ruleSamplesAnHour(url) };
}

describe('an hour of the knowledge base under load in the storage of Prometheus', () => {
  it('takes less than 10 MB at the scrape interval of the compose file', async () => {
    verifies('DSH-05');
    const promtool = requireProgram('promtool');
    const { global } = readYaml('collector/prometheus/prometheus.yml') as { global: { scrape_interval: string } };
    const intervalSeconds = Number.parseInt(global.scrape_interval, 10);
    expect(3600 / intervalSeconds).toBe(SCRAPES_AN_HOUR);

    await using stack = new LocalStack();
    const { mcpUrl, statusUrl } = await stack.startServer();
    const traffic = await stack.startTraffic(mcpUrl, CALLS_PER_SECOND);
    const start = Math.floor(Date.now() / 1000 / BLOCK_SECONDS - 2) * BLOCK_SECONDS;
    const answers: string[] = [];
    const lines: string[] = [];
    let series = 0;
    const began = performance.now();
    for (let scrape = 0; scrape < SCRAPES_AN_HOUR; scrape += 1) {
      if (scrape >= FEWEST_SCRAPES && performance.now() - began > MEASURE_LIMIT_MS) break;
      const answer = await fetch(`${statusUrl}/metrics`, {
        headers: { authorization: `Bearer ${TOKEN}`, accept: 'text/plain; version=0.0.4' },
      });
      answers.push(await answer.text());
      const samples = (answers.at(-1) ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      series = samples.length;
      for (const sample of samples) lines.push(`${sample} ${start + scrape * intervalSeconds}`);
      await delay(PAUSE_MS);
    }
    await traffic[Symbol.asyncDispose]();
    const share = SCRAPES_AN_HOUR / answers.length;
    const samples = lines.length * share;
    const input = stack.writeText('hour.txt', `${lines.join('\n')}\n# EOF\n`);
    const output = join(stack.folder, 'blocks');
    execFileSync(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', input, output], { stdio: 'pipe' });
    const bytes = bytesIn(output) * share;
    // The latter part of the hour: by then every series is there.
    const { logBytesPerSample, ruleSamples } = await replayed(answers.slice(-REPLAYED_SCRAPES));
    const blockBytes = (bytes / samples) * (samples + ruleSamples);
    const logBytes = logBytesPerSample * (samples + ruleSamples);

    const mb = (figure: number): string => `${(figure / 1e6).toFixed(2)} MB`;
    process.stdout.write(
      [
        `an hour on disk: ${mb(bytes)} in blocks (${answers.length} scrapes of ${series} series, ${Math.round(samples)} samples, ${(bytes / samples).toFixed(2)} bytes a sample, index included)`,
        `with what the rules record: ${mb(blockBytes)} (${Math.round(ruleSamples)} samples more)`,
        `written besides, in the log Prometheus keeps for ${LOG_HOURS} hours at most: ${mb(logBytes)} an hour (${logBytesPerSample.toFixed(2)} bytes a sample)`,
        '',
      ].join('\n'),
    );
    expect(series).toBeGreaterThan(1_000);
    expect(samples).toBeGreaterThan(200_000);
    // Less than a bit a sample would mean that nothing was stored.
    expect(bytes).toBeGreaterThan(samples / 8);
    expect(logBytesPerSample).toBeGreaterThan(1 / 8);
    expect(blockBytes).toBeLessThan(LIMIT_BYTES_PER_HOUR);
    expect(blockBytes + logBytes).toBeLessThan(LIMIT_BYTES_PER_HOUR);
  }, 240_000);
});
