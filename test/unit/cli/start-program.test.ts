import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findProgram } from '../../../src/cli/run/find-program.ts';
import { environmentWithImports, withImport } from '../../../src/cli/run/node-options.ts';
import { isSupportedNode, nodeVersionOf } from '../../../src/cli/run/node-version.ts';
import { programKind, quickProgramKind } from '../../../src/cli/run/program-kind.ts';
import { exitCodeOfSignal, planSignals } from '../../../src/cli/run/start-program.ts';
import { temporaryDirectory } from '../status/endpoint.ts';

describe('NODE_OPTIONS', () => {
  const url = 'file:///a/register.js';

  test.each([
    ['nothing', undefined, `--import=${url}`],
    ['blanks', '  ', `--import=${url}`],
    [
      'other options',
      '--max-old-space-size=512 -r "./a b.cjs"',
      `--max-old-space-size=512 -r "./a b.cjs" --import=${url}`,
    ],
    ['the same entry', `--import=${url} --title=x`, `--import=${url} --title=x`],
    ['an entry that only begins like it', `--import=${url}x`, `--import=${url}x --import=${url}`],
  ])('keep %s and load the module last', (_what, existing, expected) => {
    expect(withImport(existing, url)).toBe(expected);
  });

  test('need no quoting for a path with blanks, quotes and backslashes, which a file URL encodes', () => {
    const { href } = pathToFileURL('/home/a b/"quoted"/back\\slash/tab\there/é/register.js');
    expect(href).not.toMatch(/[\s"\\]/);
    expect(withImport(undefined, href)).toBe(`--import=${href}`);
  });

  test('are found under any case on Windows and only there', () => {
    const env = { Node_Options: '--title=x', PATH: '/bin' };
    expect(environmentWithImports(env, [url], 'win32')).toEqual({
      Node_Options: `--title=x --import=${url}`,
      PATH: '/bin',
    });
    expect(environmentWithImports(env, [url], 'linux')).toEqual({ ...env, NODE_OPTIONS: `--import=${url}` });
    expect(env).toEqual({ Node_Options: '--title=x', PATH: '/bin' });
  });
});

describe('the version of Node', () => {
  test.each([
    ['20.19.0', true],
    ['20.18.3', false],
    ['18.20.4', false],
    ['9.11.2', false],
    ['22.1.0', true],
    ['100.0.0', true],
    ['nonsense', false],
  ])('%s is supported: %s', (version, supported) => {
    expect(isSupportedNode(version)).toBe(supported);
  });

  test('is known of Node itself and of scripts that name it, and of nothing else', () => {
    const folder = temporaryDirectory();
    const program = (name: string, text: string): void => {
      writeFileSync(join(folder, name), text);
      chmodSync(join(folder, name), 0o755);
    };
    program('bin-of-a-package', '#!/usr/bin/env node\n');
    program('python-server', '#!/usr/bin/env python3\n');
    program('old-node', '#!/bin/sh\necho v18.20.4\n');
    mkdirSync(join(folder, 'old'));
    symlinkSync(join(folder, 'old-node'), join(folder, 'old/node'));
    symlinkSync(process.execPath, join(folder, 'node'));
    const env = { PATH: [folder, '/usr/bin', '/bin'].join(delimiter) };

    expect(nodeVersionOf('node', env, folder)).toBe(process.versions.node);
    expect(nodeVersionOf('bin-of-a-package', env, folder)).toBe(process.versions.node);
    expect(nodeVersionOf('./bin-of-a-package', env, folder)).toBe(process.versions.node);
    expect(nodeVersionOf('python-server', env, folder)).toBeUndefined();
    expect(nodeVersionOf('no-such-program', env, folder)).toBeUndefined();
    expect(nodeVersionOf('bin-of-a-package', { PATH: `${folder}/old${delimiter}${env.PATH}` }, folder)).toBe('18.20.4');
  });
});

describe('a program', () => {
  test('is found as the system finds it: first folder of PATH, executable files only, paths from the working folder', () => {
    const folder = temporaryDirectory();
    for (const name of ['a', 'b', 'c']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'a/tool'), '');
    mkdirSync(join(folder, 'b/tool'));
    writeFileSync(join(folder, 'c/tool'), '#!/bin/sh\n', { mode: 0o755 });
    const env = { PATH: ['a', 'b', 'c'].map((name) => join(folder, name)).join(delimiter) };
    expect(findProgram('tool', env, '/')).toBe(join(folder, 'c/tool'));
    expect(findProgram('c/tool', {}, folder)).toBe(join(folder, 'c/tool'));
    expect(findProgram('tool', {}, join(folder, 'c'))).toBeUndefined();
  });

  test.each([
    ['bin.js', '#!/usr/bin/env node\n', 'node-script'],
    ['bin.mjs', '#!/usr/bin/env -S node --no-warnings\n', 'node-script'],
    ['start.sh', '#!/bin/sh\nexec node x\n', 'script'],
    ['server.py', '#!/usr/bin/python3\n', 'script'],
    ['cli', '#!/usr/bin/env bun\n', 'other-runtime'],
    ['deno', '\u007fELF', 'other-runtime'],
    ['server.cmd', '@echo off\r\n', 'script'],
    ['server', '\u007fELF', 'binary'],
    ['sea', `\u007fELF ${'x'.repeat(999)} NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1`, 'single-executable'],
    ['packed', '\u007fELF … pkg/prelude/bootstrap.js …', 'single-executable'],
  ])('%s is of its kind', (name, text, kind) => {
    const file = join(temporaryDirectory(), name);
    writeFileSync(file, text);
    expect(programKind(file)).toBe(kind);
  });

  test('that is Node is no single-executable file although the unblown fuse is in it', () => {
    expect(programKind(process.execPath)).toBe('node');
    expect(quickProgramKind(join(temporaryDirectory(), 'missing'))).toBe('binary');
  });
});

describe('signals while a program runs', () => {
  test('are passed on, except those a terminal sends to the program itself', () => {
    const plain = planSignals('linux', false);
    expect(plain.forward).toEqual(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']);
    expect(plain.outlive).toEqual([]);
    const terminal = planSignals('darwin', true);
    expect(terminal.outlive).toEqual(['SIGINT', 'SIGQUIT']);
    expect(terminal.forward).toEqual(['SIGTERM', 'SIGHUP', 'SIGUSR2']);
  });

  test('are only outlived on Windows, where passing on would kill the program and the console has told it already', () => {
    expect(planSignals('win32', false)).toEqual({ forward: [], outlive: ['SIGINT', 'SIGHUP', 'SIGBREAK'] });
  });

  test('become the exit codes shells show', () => {
    expect(exitCodeOfSignal('SIGTERM')).toBe(143);
    expect(exitCodeOfSignal('SIGKILL')).toBe(137);
  });
});
