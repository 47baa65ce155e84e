import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InstrumentedServer, REGISTER_URL, stopServers } from '../../support/instrumented-server.ts';
import { loadedScripts } from '../../support/loaded-scripts.ts';
import type { NodeMajor } from '../../support/nodes.ts';
import { verifies } from '../../support/verifies.ts';
import { END_LIMIT_MS, fixture, newSpoolDir, removeSpoolDirs } from './monitored-server.ts';

let scratch: string;

beforeEach(async () => {
  scratch = join(await newSpoolDir(), '..');
});

afterEach(async () => {
  await stopServers();
  await removeSpoolDirs();
});

const DIST = new URL('.', REGISTER_URL).href;
/** Of all our code that a process without MCP loads. */
const MAX_HOOK_BYTES = 16_000;

interface Probe {
  readonly kind: string;
}

/** Runs the program with us in `NODE_OPTIONS`, so that every child gets us too. */
async function run(
  node: NodeMajor,
  coverageDir: string,
): Promise<{ probes: Probe[]; server: InstrumentedServer; tookMs: number }> {
  const from = performance.now();
  const server = await InstrumentedServer.start(fixture('children.mjs'), {
    instrumented: false,
    node,
    env: {
      NODE_OPTIONS: `--import=${REGISTER_URL}`,
      // Node writes down every script it has run, one file per process and thread.
      NODE_V8_COVERAGE: coverageDir,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    },
  });
  expect(await server.exited).toEqual({ code: 0, signal: null });
  const probes = [...server.stderr.matchAll(/^probe (.*)$/gm)].map(([, text = '']) => JSON.parse(text) as Probe);
  return { probes, server, tookMs: performance.now() - from };
}

describe('processes that get us through NODE_OPTIONS and have no MCP', () => {
  it.each([20, 24] as const)(
    'are neither held nor changed on Node %s: threads, forks, cluster workers',
    async (node) => {
      verifies('REG-01');
      const coverageDir = join(scratch, 'coverage');
      const { probes, server, tookMs } = await run(node, coverageDir);
      expect(server.stderr).toContain('ended [0,0,0]');
      expect(tookMs).toBeLessThan(5 * END_LIMIT_MS);
      const untouched = { servers: 0, signals: 0, hook: false, api: false, http: false };
      expect(probes.map(({ kind }) => kind).sort()).toEqual(['cluster', 'fork', 'main', 'thread']);
      for (const probe of probes) expect(probe).toEqual({ kind: probe.kind, ...untouched });
      expect(readdirSync(server.discoveryDir)).toEqual([]);

      const loaded = loadedScripts(coverageDir);
      // The guard has looked: program and register are in the lists of every process and thread.
      expect(loaded.filter((urls) => urls.some((url) => url.endsWith('children.mjs')))).toHaveLength(4);
      expect(loaded.filter((urls) => urls.includes(REGISTER_URL)).length).toBeGreaterThanOrEqual(4);
      const heavy = /opentelemetry|\/dist\/(?:sdk|chunks\/start-)/;
      expect(loaded.flat().filter((url) => heavy.test(url))).toEqual([]);
      for (const urls of loaded) {
        const ours = urls.filter((url) => url.startsWith(DIST)).map((url) => statSync(fileURLToPath(url)).size);
        expect(ours.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(MAX_HOOK_BYTES);
      }
    },
  );
});
