import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import { loadedScripts } from '../../support/loaded-scripts.ts';
import { verifies } from '../../support/verifies.ts';
import { MonitoredServer, newSpoolDir, removeSpoolDirs } from './monitored-server.ts';

let spoolDir: string;

beforeEach(async () => {
  spoolDir = await newSpoolDir();
});

afterEach(async () => {
  await stopServers();
  await removeSpoolDirs();
});

const ENDINGS = {
  SIGTERM: { act: (server: MonitoredServer) => server.process.child.kill('SIGTERM'), code: null, signal: 'SIGTERM' },
  SIGINT: { act: (server: MonitoredServer) => server.process.child.kill('SIGINT'), code: null, signal: 'SIGINT' },
  'the end of stdin': { act: (server: MonitoredServer) => server.process.child.stdin?.end(), code: 0, signal: null },
  'an empty event loop': { act: (server: MonitoredServer) => server.call('leave'), code: 0, signal: null },
  'process.exit': { act: (server: MonitoredServer) => server.call('exit3'), code: 3, signal: null },
} as const;
type Ending = keyof typeof ENDINGS;
const NAMES = Object.keys(ENDINGS) as Ending[];

describe('a server without a receiver', () => {
  it.each(NAMES)('ends by %s as without us: nothing on stderr, nothing on disk', async (ending) => {
    verifies('REG-01', 'NFR-06');
    const { act, code, signal } = ENDINGS[ending];
    const [bare, server] = await Promise.all([
      MonitoredServer.stdio('v2', { instrumented: false }).then((started) => started.use(2)),
      MonitoredServer.stdio('v2', { spoolDir }).then((started) => started.use(2)),
    ]);
    await server.loaded();
    expect(server.discoveryFiles).toHaveLength(1);
    const expected = await bare.end(() => act(bare));
    const exit = await server.end(() => act(server));
    expect(exit).toMatchObject({ code, signal });
    expect(expected).toMatchObject({ code, signal });
    // Waiting for an export would take longer than this, even a failing one.
    expect(exit.tookMs).toBeLessThan(expected.tookMs + 1_000);
    expect(server.process.stderr).toBe(bare.process.stderr);
    expect(existsSync(spoolDir)).toBe(false);
    expect(server.discoveryFiles).toEqual([]);
  });

  it('ends by a signal at once while the product is still loading', async () => {
    verifies('REG-01');
    const server = await (await MonitoredServer.stdio('v1', { spoolDir })).initializeOnly();
    const exit = await server.end((child) => child.kill('SIGTERM'));
    expect(exit).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(server.process.stderr).toBe('');
    expect(server.discoveryFiles).toEqual([]);
    expect(existsSync(spoolDir)).toBe(false);
  });

  it('leaves a discovery file only when it is killed, and the next start removes it', async () => {
    verifies('REG-01');
    const server = await (await MonitoredServer.stdio('v1')).use(1);
    await server.loaded();
    await server.end((child) => child.kill('SIGKILL'));
    const left = server.discoveryFiles;
    expect(left).toHaveLength(1);

    const env = { MCP_VITALS_DISCOVERY_DIR: server.process.discoveryDir };
    const next = await (await MonitoredServer.stdio('v1', { env })).use(1);
    await expect.poll(() => server.discoveryFiles, { timeout: 10_000 }).not.toContain(left[0]);
    await expect.poll(() => server.discoveryFiles, { timeout: 10_000 }).toHaveLength(1);
    await next.end((child) => child.stdin?.end());
    expect(server.discoveryFiles).toEqual([]);
  });
});

describe('what is loaded', () => {
  it.each([
    ['without an endpoint nothing of OTLP', {}, false],
    ['with an endpoint all of it', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }, true],
  ])('is %s', async (_title, endpoint, isLoaded) => {
    verifies('REG-01');
    const coverageDir = join(spoolDir, '..', 'coverage');
    const env = { NODE_V8_COVERAGE: coverageDir, ...endpoint };
    const server = await (await MonitoredServer.stdio('v1', { env, spoolDir })).use(1);
    await server.loaded();
    await server.end((child) => child.stdin?.end());
    const urls = loadedScripts(coverageDir).flat();
    expect(urls.some((url) => /@opentelemetry\/sdk-metrics/.test(url))).toBe(true);
    expect(urls.some((url) => /@opentelemetry\/otlp-|\/chunks\/pipeline-/.test(url))).toBe(isLoaded);
  });
});

const PRINTS_INTERNALS = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write('internals ' + process.moduleLoadList.join() + '\\n'))",
)}`;

it.each([20, 22, 24] as const)("loads no HTTP client of Node's on Node %s", async (node) => {
  verifies('NFR-05');
  const env = { NODE_OPTIONS: `--import=${PRINTS_INTERNALS}`, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  const server = await (await MonitoredServer.stdio('v1', { node, env, spoolDir })).use(1);
  await server.loaded();
  await server.end((child) => child.stdin?.end());
  const [, internals = ''] = await server.process.stderrMatch(/^internals (.*)$/m);
  expect(internals).toContain('NativeModule http,');
  expect(internals).not.toContain('undici');
});

describe('the summary on stderr', () => {
  it('is printed once when the server ends, and alone', async () => {
    verifies('REG-01');
    const server = await (await MonitoredServer.stdio('v1', { env: { MCP_VITALS_SUMMARY: 'exit' } })).use(2);
    await server.loaded();
    expect(server.tables).toBe(0);
    expect(await server.end((child) => child.stdin?.end())).toMatchObject({ code: 0, signal: null });
    expect(server.tables).toBe(1);
    expect(server.ourLines).toEqual([]);
  });

  it('is printed when a signal comes while the product is still loading', async () => {
    verifies('REG-01');
    const server = await MonitoredServer.stdio('v1', { env: { MCP_VITALS_SUMMARY: 'exit' } });
    await server.use(1);
    expect(await server.end((child) => child.kill('SIGTERM'))).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(server.tables).toBe(1);
  });

  it('is printed again and again at an interval', async () => {
    verifies('REG-01');
    const server = await (await MonitoredServer.stdio('v1', { env: { MCP_VITALS_SUMMARY: '1s' } })).use(1);
    await expect.poll(() => server.tables, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
    const printed = server.tables;
    await server.end((child) => child.kill('SIGTERM'));
    expect(server.tables).toBeLessThanOrEqual(printed + 1);
  });
});
