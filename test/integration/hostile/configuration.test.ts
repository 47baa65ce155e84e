import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import { verifies } from '../../support/verifies.ts';
import { call, converse, converseWithBoth, run } from './both.ts';

let folder: string | undefined;
afterEach(async () => {
  await stopServers();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const LINES = [call('one', 'echo'), call('two', 'no such tool')];

async function withFile(name: string, text: string): Promise<string> {
  folder = await mkdtemp(join(tmpdir(), 'mcp-vitals-config-'));
  await writeFile(join(folder, name), text);
  return folder;
}

/** What the product said, one line for each time it spoke. */
function diagnostics(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line.startsWith('mcp-vitals '));
}

describe('a server with a configuration of ours that is wrong', () => {
  it.each([
    ['mcp-vitals.config.json', '{ "windowMs": 1000, oops'],
    ['mcp-vitals.config.yaml', 'windowMs: [1, 2\nlimits: }'],
    ['mcp-vitals.config.mjs', 'throw new Error("the configuration throws");'],
    ['mcp-vitals.config.json', '["not", "an", "object"]'],
    ['mcp-vitals.config.json', ''],
  ])('in %s (%j) answers as without us and hears of it once', async (name, text) => {
    verifies('NFR-05');
    const cwd = await withFile(name, text);
    const { bare, measured } = await converseWithBoth('server-v1.mjs', LINES, { cwd });
    expect(measured.stdout).toEqual(bare.stdout);
    expect(measured.exit).toEqual(bare.exit);
    const said = diagnostics(measured.stderr);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(name);
    expect(said[0]).toMatch(/^mcp-vitals (warn|error): /);
  });

  it('in every variable answers as without us and hears of each once, by its name', async () => {
    verifies('NFR-05');
    const wrong: Record<string, string> = {
      MCP_VITALS_PROFILE: 'nonsense',
      MCP_VITALS_SAMPLE_RATIO: 'often',
      MCP_VITALS_WINDOW: '-5',
      MCP_VITALS_MAX_TOOLS: '1e999',
      MCP_VITALS_OTEL: 'maybe',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'not a url',
    };
    const { bare, measured } = await converseWithBoth('server-v1.mjs', LINES, { env: wrong });
    expect(measured.stdout).toEqual(bare.stdout);
    expect(measured.exit).toEqual(bare.exit);
    const said = diagnostics(measured.stderr);
    for (const name of Object.keys(wrong))
      expect([name, said.filter((line) => line.includes(name)).length]).toEqual([name, 1]);
    expect(said).toHaveLength(Object.keys(wrong).length);
  });

  it('in a file that is not there answers and hears of it once', async () => {
    verifies('NFR-05');
    const env = { MCP_VITALS_CONFIG: 'no/such/file.yaml' };
    const { bare, measured } = await converseWithBoth('server-v1.mjs', LINES, { env });
    expect(measured.stdout).toEqual(bare.stdout);
    expect(diagnostics(measured.stderr)).toEqual([expect.stringContaining('no/such/file.yaml')]);
  });

  it('in its port and log level answers, without a status endpoint that nobody asked for', async () => {
    verifies('NFR-05');
    const env = { MCP_VITALS_PORT: 'banana', MCP_VITALS_LOG: 'shout' };
    const [bare, measured] = await Promise.all([
      run('server-v1.mjs', { instrumented: false }),
      run('server-v1.mjs', { env }),
    ]);
    await measured.server.stderrMatch(/MCP_VITALS_PORT/);
    const [expected, seen] = await Promise.all([converse(bare, LINES), converse(measured, LINES)]);
    expect(seen.stdout).toEqual(expected.stdout);
    const said = diagnostics(seen.stderr);
    for (const name of Object.keys(env))
      expect([name, said.filter((line) => line.includes(name)).length]).toEqual([name, 1]);
  });
});
