import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { requireProgram } from '../../support/programs.ts';
import { verifies } from '../../support/verifies.ts';
import { readYaml } from '../compose/compose-file.ts';
import { LocalStack, TOKEN } from '../local-stack.ts';

const LIMIT_BYTES_PER_HOUR = 10_000_000;
const SCRAPES_AN_HOUR = 240;
/** The hour passes in less than a minute; ten times the calls of the compose file make up for a part of it. */
const PAUSE_MS = 20;
const CALLS_PER_SECOND = 100;
/** Prometheus aligns its blocks to two hours; the hour is to lie in one of them. */
const BLOCK_SECONDS = 7_200;

function bytesIn(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
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
    await stack.startTraffic(mcpUrl, CALLS_PER_SECOND);
    const start = Math.floor(Date.now() / 1000 / BLOCK_SECONDS - 2) * BLOCK_SECONDS;
    const lines: string[] = [];
    let series = 0;
    for (let scrape = 0; scrape < SCRAPES_AN_HOUR; scrape += 1) {
      const answer = await fetch(`${statusUrl}/metrics`, {
        headers: { authorization: `Bearer ${TOKEN}`, accept: 'text/plain; version=0.0.4' },
      });
      const samples = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      series = samples.length;
      for (const sample of samples) lines.push(`${sample} ${start + scrape * intervalSeconds}`);
      await delay(PAUSE_MS);
    }
    const samples = lines.length;
    const input = stack.writeText('hour.txt', `${lines.join('\n')}\n# EOF\n`);
    const output = join(stack.folder, 'blocks');
    execFileSync(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', input, output], { stdio: 'pipe' });

    const bytes = bytesIn(output);
    const figures = `${series} series, ${samples} samples, ${(bytes / samples).toFixed(2)} bytes a sample`;
    process.stdout.write(`an hour on disk: ${(bytes / 1e6).toFixed(2)} MB (${figures}, index included)\n`);
    expect(series).toBeGreaterThan(1_000);
    expect(samples).toBeGreaterThan(200_000);
    // Less than a bit a sample would mean that nothing was stored.
    expect(bytes).toBeGreaterThan(samples / 8);
    expect(bytes).toBeLessThan(LIMIT_BYTES_PER_HOUR);
  }, 240_000);
});
