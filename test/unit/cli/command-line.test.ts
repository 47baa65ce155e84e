import { describe, expect, test } from 'vitest';
import { run } from '../../../src/cli/cli.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { parseArguments } from '../../../src/cli/parse-arguments.ts';
import { VERSION } from '../../../src/core/version.ts';
import { capturedIo } from './captured-io.ts';

const GOLDEN = '../../golden/cli';
const command = (name: string) => COMMANDS.find((spec) => spec.name === name)!;

describe('the help', () => {
  test('names every command and every option', async () => {
    const pages: string[] = [];
    for (const argv of [['--help'], ...COMMANDS.map(({ name }) => [name, '--help'])]) {
      const io = capturedIo();
      expect(await run(argv, io)).toBe(0);
      expect(io.err()).toBe('');
      pages.push(`$ mcp-vitals ${argv.join(' ')}\n${io.out()}`);
    }
    expect(pages).toHaveLength(COMMANDS.length + 1);
    await expect(pages.join('\n')).toMatchFileSnapshot(`${GOLDEN}/help.txt`);
  });

  test.each(COMMANDS)('of $name has examples that are understood', ({ name, examples }) => {
    expect(examples.length).toBeGreaterThan(0);
    for (const [line] of examples) {
      const [program, first, ...rest] = line.replace(/ \| .*$/, '').split(' ');
      expect([program, first], line).toEqual(['mcp-vitals', name]);
      expect(() => parseArguments(command(name), rest), line).not.toThrow();
    }
  });

  test.each([['-h'], ['help']])('is printed for %s too', async (word) => {
    const [asked, reference] = [capturedIo(), capturedIo()];
    expect(await run([word], asked)).toBe(0);
    await run(['--help'], reference);
    expect(asked.out()).toBe(reference.out());
  });

  test('of a command is printed in three ways', async () => {
    const texts = [
      ['help', 'ps'],
      ['ps', '-h'],
      ['ps', '--help'],
    ].map(async (argv) => {
      const io = capturedIo();
      await run(argv, io);
      return io.out();
    });
    expect(new Set(await Promise.all(texts)).size).toBe(1);
  });

  test('never breaks a line of a terminal with 120 columns', async () => {
    for (const { name } of COMMANDS) {
      const io = capturedIo();
      await run([name, '--help'], io);
      expect(
        io
          .out()
          .split('\n')
          .filter((line) => line.length > 120),
      ).toEqual([]);
    }
  });
});

test.each(['--version', '-v'])('%s prints the version alone', async (word) => {
  const io = capturedIo();
  expect(await run([word], io)).toBe(0);
  expect(io.out()).toBe(`${VERSION}\n`);
});

describe('a command line that cannot be understood', () => {
  test.each([
    [['nonsense'], 'Unknown command "nonsense"; see "mcp-vitals --help"'],
    [['dcotor'], 'Unknown command "dcotor", did you mean "doctor"?; see "mcp-vitals --help"'],
    [['--wat'], 'Unknown option "--wat"; see "mcp-vitals --help"'],
    [['help', 'nonsense'], 'Unknown command "nonsense"; see "mcp-vitals --help"'],
    [['ps', '--wat'], `Unknown option '--wat'; see "mcp-vitals ps --help"`],
    [['ps', 'surplus'], 'Unexpected argument "surplus"; see "mcp-vitals ps --help"'],
    [['ps', '--dir'], `Option '--dir <value>' argument missing; see "mcp-vitals ps --help"`],
    [['ps', '--json=yes'], `Option '--json' does not take an argument; see "mcp-vitals ps --help"`],
    [['open', 'one', 'two'], 'Unexpected argument "two"; see "mcp-vitals open --help"'],
    [['run'], 'There is no command to start; see "mcp-vitals run --help"'],
    [['run', '--'], 'There is no command to start; see "mcp-vitals run --help"'],
    [['run', '--wat', '--', 'node'], `Unknown option '--wat'; see "mcp-vitals run --help"`],
    [
      ['doctor', '--timeout', 'soon'],
      'Option --timeout needs seconds above 0 and up to 600; see "mcp-vitals doctor --help"',
    ],
    [
      ['doctor', '--timeout', '0'],
      'Option --timeout needs seconds above 0 and up to 600; see "mcp-vitals doctor --help"',
    ],
  ])('%j gets one line on stderr and exit code 2', async (argv, message) => {
    const io = capturedIo();
    expect(await run(argv, io)).toBe(2);
    expect(io.err()).toBe(`mcp-vitals: ${message}\n`);
    expect(io.out()).toBe('');
  });

  test('without anything gets the help on stderr and exit code 2', async () => {
    const io = capturedIo();
    expect(await run([], io)).toBe(2);
    expect(io.err()).toContain('Usage: mcp-vitals <command>');
    expect(io.out()).toBe('');
  });
});

describe('the program behind a command', () => {
  test.each([
    [
      ['--', 'node', '--help', '-v'],
      ['node', '--help', '-v'],
    ],
    [
      ['node', 'server.js', '--', '-x'],
      ['node', 'server.js', '--', '-x'],
    ],
    [['--', '--odd-name'], ['--odd-name']],
  ])('run %j starts %j, with its own options untouched', (argv, program) => {
    expect(parseArguments(command('run'), argv).program).toEqual(program);
  });

  test('begins behind the options of the command and their values', () => {
    const parsed = parseArguments(command('doctor'), ['--timeout', '3', '--json', 'node', '--json', 'server.js']);
    expect(parsed.values.get('timeout')).toBe('3');
    expect([...parsed.flags]).toEqual(['json']);
    expect(parsed.program).toEqual(['node', '--json', 'server.js']);
    expect(parseArguments(command('doctor'), ['--timeout=4', '--', 'npx', 'x']).program).toEqual(['npx', 'x']);
    expect(parseArguments(command('doctor'), []).program).toEqual([]);
  });
});
