import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfigFile } from '../../../src/config/config-file.ts';
import { loadConfig } from '../../../src/config/index.ts';
import { createDiag } from '../../../src/core/diag.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { withFolder } from './load.ts';

async function loadFrom(
  files: Record<string, string>,
  env: Record<string, string> = {},
): Promise<{ windowMs: number; file: string | undefined; lines: string[] }> {
  return withFolder(files, async (cwd) => {
    const lines: string[] = [];
    const diag = createDiag({
      level: 'info',
      sink: (line) => lines.push(line.replace('mcp-vitals warn: configuration: ', '')),
    });
    const config = await loadConfig({ env, cwd, diag });
    return { windowMs: config.values.windowMs, file: config.file?.slice(cwd.length + 1), lines };
  });
}

describe('the configuration file', () => {
  it.each([
    ['mcp-vitals.config.json', '\uFEFF{"windowMs": 5000}'],
    ['mcp-vitals.config.yaml', 'windowMs: 5s # five\nstatus:\nsummary: off\n'],
    ['mcp-vitals.config.yml', '{ windowMs: 5000, status: { port: off } }'],
    ['mcp-vitals.config.js', 'module.exports = { windowMs: 5000 };'],
    ['mcp-vitals.config.mjs', 'export default { windowMs: 5000 };'],
    ['mcp-vitals.config.mjs', 'export const config = { windowMs: 5000 };'],
  ])('%s is found and read: %s', async (name, text) => {
    expect(await loadFrom({ [name]: text })).toEqual({ windowMs: 5000, file: name, lines: [] });
  });

  it('may be missing without a word', async () => {
    expect(await loadFrom({})).toEqual({ windowMs: 60_000, file: undefined, lines: [] });
  });

  it('may be empty', async () => {
    expect(await loadFrom({ 'mcp-vitals.config.yaml': '# nothing yet\n' })).toMatchObject({
      windowMs: 60_000,
      lines: [],
    });
  });

  it('is the one of MCP_VITALS_CONFIG when that is set, and no other', async () => {
    const files = { 'mcp-vitals.config.json': '{"windowMs": 5000}', 'other.yaml': 'windowMs: 7000' };
    expect(await loadFrom(files, { MCP_VITALS_CONFIG: 'other.yaml' })).toEqual({
      windowMs: 7000,
      file: 'other.yaml',
      lines: [],
    });
    const missing = await loadFrom(files, { MCP_VITALS_CONFIG: 'gone.json' });
    expect(missing.windowMs).toBe(60_000);
    expect(missing.lines).toHaveLength(1);
    expect(missing.lines[0]).toMatch(
      /^gone\.json: received no such file, expected a file of type .*; going on without it\n$/,
    );
  });

  it.each([
    ['mcp-vitals.config.json', '{"windowMs": 5000,\n"status": {"token": "pa55" "x"}}', 'text that is not valid JSON'],
    ['mcp-vitals.config.json', '{"status": {"token": pa55}}', 'text that is not valid JSON'],
    ['mcp-vitals.config.yaml', 'a: [1\npa55: secret', 'text that is not valid YAML at line 2 (BAD_INDENT)'],
    ['mcp-vitals.config.yaml', '['.repeat(5000), 'text that is not valid YAML at line 1'],
    [
      'mcp-vitals.config.yaml',
      `a: &a [pa55]\nb: [${'*a,'.repeat(150)}]\nc: &c [*a]\nd: *gone`,
      'YAML whose aliases cannot be resolved',
    ],
    ['mcp-vitals.config.mjs', 'throw new TypeError("boom\\nsecond line")', 'an error: "TypeError: boom"'],
    ['mcp-vitals.config.mjs', 'export const other = 1;', 'a module without default export or export named config'],
    ['mcp-vitals.config.json', `{"a": "${'x'.repeat(1024 ** 2)}"}`, 'a file of 1048585 bytes'],
  ])('%s is left out with one warning when it is bad, case %#', async (name, text, received) => {
    const { windowMs, file, lines } = await loadFrom({ [name]: text });
    expect([windowMs, file]).toEqual([60_000, undefined]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`${name}: received ${received}`);
    expect(lines[0]).toContain('; going on without it\n');
    expect(lines.join()).not.toContain('pa55');
  });

  it('names the line of broken JSON where Node says the position', async () => {
    const { lines } = await loadFrom({ 'mcp-vitals.config.json': '{"a": 1,\n"b": "x" "y"}' });
    expect(lines[0]).toContain('not valid JSON at line 2');
  });

  it.each([
    ['[1, 2]', 'options in mcp-vitals.config.json: received an array, expected an object; ignored'],
    ['{"status": [1]}', 'status in mcp-vitals.config.json: received an array, expected an object with enabled, port'],
    [
      '{"status": {"prot": 1}}',
      'status.prot in mcp-vitals.config.json: received an unknown option, expected port, the nearest known option of status; ignored',
    ],
    ['{"windowMs": "soon"}', 'windowMs in mcp-vitals.config.json: received "soon", expected a duration'],
    [
      '{"configFile": "a.json"}',
      'configFile in mcp-vitals.config.json: received another configuration file, expected none',
    ],
    ['{"__proto__": {"windowMs": 5000}}', '__proto__ in mcp-vitals.config.json: received an unknown option'],
  ])('%s is reported and the rest is used', async (text, line) => {
    const { windowMs, lines } = await loadFrom({ 'mcp-vitals.config.json': text });
    expect(windowMs).toBe(60_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(line);
    expect(Object.prototype).not.toHaveProperty('windowMs');
  });

  it('is the first of several, which is said', async () => {
    const files = { 'mcp-vitals.config.json': '{"windowMs": 5000}', 'mcp-vitals.config.yaml': 'windowMs: 7000' };
    expect(await loadFrom(files)).toEqual({
      windowMs: 5000,
      file: 'mcp-vitals.config.json',
      lines: [
        'mcp-vitals.config.json: received 2 configuration files, expected one; ignoring mcp-vitals.config.yaml\n',
      ],
    });
  });

  it('is not a folder, and not a file of an unknown type', async () => {
    const folder = await withFolder({}, async (cwd) => {
      await mkdir(join(cwd, 'mcp-vitals.config.json'));
      return readConfigFile({ file: undefined, cwd });
    });
    expect(folder.problems).toEqual([]);
    const { lines } = await loadFrom({ 'a.toml': 'x' }, { MCP_VITALS_CONFIG: 'a.toml' });
    expect(lines[0]).toContain(
      'a.toml: received the type ".toml", expected a file of type .json, .yaml, .yml, .js, .mjs',
    );
  });

  it('may be TypeScript where Node strips types, and is otherwise left out with a warning', async () => {
    const { windowMs, lines } = await loadFrom({
      'mcp-vitals.config.ts': 'export default { windowMs: 5000 as number };',
    });
    const strips = Boolean(Reflect.get(process.features, 'typescript'));
    expect(windowMs).toBe(strips ? 5000 : 60_000);
    expect(lines.join()).toEqual(strips ? '' : expect.stringContaining('(this Node does not read .ts)'));
  });

  it('is given up when a module never finishes loading', async () => {
    const clock = new FakeClock();
    const file = await withFolder({ 'a.mjs': 'await new Promise(() => {}); export default {};' }, async (cwd) => {
      const loading = readConfigFile({ file: 'a.mjs', cwd, clock });
      let waiting = true;
      void loading.then(() => {
        waiting = false;
      });
      while (waiting) {
        await new Promise((resume) => setImmediate(resume));
        clock.advance(5000);
      }
      return loading;
    });
    expect(file).toMatchObject({
      options: undefined,
      problems: [{ received: 'a module still loading after 5000 ms' }],
    });
  });
});
