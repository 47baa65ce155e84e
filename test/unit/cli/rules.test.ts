import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../../src/cli/cli.ts';
import { verifies } from '../../support/verifies.ts';
import { capturedIo } from './captured-io.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'mcp-vitals-rules-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

describe.each(['rules', 'dashboard'])('mcp-vitals %s --config', (command) => {
  // It said "going on without it" and made everything from the defaults, with exit code 0.
  test('with a file that is not there makes nothing', async () => {
    verifies('ALR-09');
    const io = capturedIo({ cwd });
    expect(await run([command, '--config', 'nowhere.yaml'], io)).toBe(2);
    expect(io.err()).toContain('--config: there is no file nowhere.yaml');
    expect(io.out()).toBe('');
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('reads the file from the working directory and names what is wrong in it', async () => {
    verifies('ALR-09');
    writeFileSync(join(cwd, 'mine.json'), JSON.stringify({ objectives: [{ tool: 'mine', p95: 321 }], windwoMs: 1 }));
    const io = capturedIo({ cwd });
    expect(await run([command, '--config', 'mine.json'], io)).toBe(0);
    expect(io.err()).toMatch(/^mcp-vitals: windwoMs in \S*mine\.json: .*\n$/);
  });
});

describe('mcp-vitals rules --job', () => {
  test.each(['mcp-(a|b)', '(?i)MCP.*'])('takes %s', async (job) => {
    const io = capturedIo({ cwd });
    expect(await run(['rules', '--job', job], io)).toBe(0);
    expect(io.out()).toContain(`job=~"${job}"`);
  });

  // A rule file with such an expression keeps a Prometheus from starting.
  test('refuses what is no regular expression', async () => {
    const io = capturedIo({ cwd });
    expect(await run(['rules', '--job', '('], io)).toBe(2);
    expect(io.err()).toContain('--job is no regular expression: (');
  });
});
