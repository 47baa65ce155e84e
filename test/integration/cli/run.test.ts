import { chmodSync, cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { cli, emptyFolder, MAIN, outcome, plainEnvironment, serverProject, start } from './programs.ts';

const DIST = fileURLToPath(new URL('../../../dist', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** What a test starts, and where. */
interface Case {
  readonly cwd: string;
  readonly program: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly main?: string;
}

function executable(file: string, text: string): string {
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

/** A project whose own package has a bin, linked where npm links the bins of dependencies. */
function projectWithBin(): string {
  const folder = emptyFolder();
  const own = join(folder, 'node_modules/spoken-server');
  serverProject(own);
  writeFileSync(join(own, 'package.json'), '{ "name": "spoken-server", "version": "1.0.0", "bin": "bin.mjs" }');
  executable(join(own, 'bin.mjs'), "#!/usr/bin/env node\nimport './server.mjs';\n");
  mkdirSync(join(folder, 'node_modules/.bin'));
  symlinkSync('../spoken-server/bin.mjs', join(folder, 'node_modules/.bin/spoken-server'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "somebody", "dependencies": { "spoken-server": "1.0.0" } }');
  return folder;
}

const CASES: Readonly<Record<string, () => Case>> = {
  'node with a script': () => ({ cwd: serverProject(), program: ['node', 'server.mjs'] }),
  'a script in a folder with blanks, quotes and percent signs': () => {
    const folder = serverProject(join(emptyFolder(), `it's a "strange" 100%20 folder`));
    return { cwd: '/', program: ['node', join(folder, 'server.mjs')] };
  },
  'the bin of a package': () => ({ cwd: projectWithBin(), program: ['./node_modules/.bin/spoken-server'] }),
  'npx with the bin of a package': () => ({ cwd: projectWithBin(), program: ['npx', '--offline', 'spoken-server'] }),
  'npm exec with the bin of a package': () => ({
    cwd: projectWithBin(),
    program: ['npm', 'exec', '--offline', '--', 'spoken-server'],
  }),
  'a shell script that hands over to node': () => {
    const cwd = serverProject();
    executable(join(cwd, 'start.sh'), '#!/bin/sh\nexec node "$(dirname "$0")/server.mjs" "$@"\n');
    return { cwd, program: ['./start.sh', 'high'] };
  },
  'NODE_OPTIONS with options of the user': () => ({
    cwd: serverProject(),
    program: ['node', 'server.mjs'],
    env: { NODE_OPTIONS: '--no-warnings --max-old-space-size=300' },
  }),
  'mcp-vitals installed in a folder with blanks and quotes': () => {
    const home = join(emptyFolder(), `somebody's "own" place`);
    cpSync(DIST, join(home, 'dist'), { recursive: true });
    writeFileSync(join(home, 'package.json'), '{ "name": "mcp-vitals", "type": "module" }');
    symlinkSync(MODULES, join(home, 'node_modules'));
    return { cwd: serverProject(), program: ['node', 'server.mjs'], main: join(home, 'dist/cli/main.js') };
  },
};

describe('mcp-vitals run', () => {
  test.each(Object.entries(CASES))('measures the server behind %s', async (_name, prepare) => {
    const { cwd, program, env, main } = prepare();
    const dir = emptyFolder();
    const settings = { MCP_VITALS_DISCOVERY_DIR: dir, MCP_VITALS_PORT: '0', ...env };
    const child = start(['run', '--', ...program], { cwd, env: settings, ...(main === undefined ? {} : { main }) });
    const ended = outcome(child);
    const client = new StdioRpcClient(child);
    await initialize(client);
    const answer = await client.request('tools/call', { name: 'echo', arguments: { text: 'hello' } });
    expect(answer.result).toEqual({ content: [{ type: 'text', text: 'hello' }] });

    await expect.poll(() => readdirSync(dir), { timeout: 10_000 }).toHaveLength(1);
    const { out } = await cli(['ps', '--json', '--dir', dir], { cwd: dir });
    expect(JSON.parse(out)).toMatchObject([{ service: 'matrix', state: 'answering', operations: 3, errorRatio: 0 }]);

    child.stdin?.end();
    const end = await ended;
    expect(end).toMatchObject({ code: 0, signal: null });
    // npm has opinions of its own about the configuration of its user.
    expect(end.err.split('\n').filter((line) => line !== '' && !line.startsWith('npm '))).toEqual([]);
    expect(end.out.trim().split('\n')).toHaveLength(client.received.length);
  });

  test('keeps the NODE_OPTIONS of the user in front of its own, and adds them once however often it is nested', async () => {
    const script = 'process.stdout.write(process.env.NODE_OPTIONS)';
    const nested = ['run', '--', process.execPath, MAIN, 'run', '--', process.execPath, '-e', script];
    const { out } = await cli(nested, { env: { NODE_OPTIONS: '--no-warnings' } });
    expect(out).toMatch(/^--no-warnings --import=file:\S+\/dist\/register\.js$/);
  });

  test.each([
    [['sh', '-c', 'exit 7'], 7],
    [['node', '-e', 'process.exitCode = 42'], 42],
    [['node', '--version'], 0],
  ])('ends with the exit code of %j', async (program, code) => {
    expect(await cli(['run', '--', ...program])).toMatchObject({ code, signal: null, err: '' });
  });

  test.each(['SIGTERM', 'SIGKILL', 'SIGUSR2'] as const)('ends by %s when its program does', async (signal) => {
    const { code, signal: by } = await cli(['run', '--', 'sh', '-c', `kill -${signal.slice(3)} $$`]);
    expect({ code, by }).toEqual({ code: null, by: signal });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'passes %s on, once, and waits for the program',
    async (signal) => {
      const script = `let count = 0;
      process.on('${signal}', () => { count += 1; setTimeout(() => { console.log('${signal}', count); process.exit(5); }, 200); });
      setInterval(() => {}, 1000); console.log('ready');`;
      const child = start(['run', '--', 'node', '-e', script]);
      const ended = outcome(child);
      let seen = '';
      child.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      await expect.poll(() => seen, { timeout: 10_000 }).toBe('ready\n');
      child.kill(signal);
      expect(await ended).toEqual({ code: 5, signal: null, out: `ready\n${signal} 1\n`, err: '' });
    },
  );

  test('says what could not be started, with the exit codes of a shell', async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, 'data.txt'), 'no program');
    const missing = await cli(['run', '--', 'no-such-program'], { cwd });
    expect(missing).toMatchObject({ code: 127, out: '' });
    expect(missing.err).toBe('mcp-vitals: no-such-program could not be started: there is no such command\n');
    expect(await cli(['run', '--', './data.txt'], { cwd })).toMatchObject({ code: 126, out: '' });
  });

  test.runIf(process.platform === 'linux')('hands its own streams over instead of copying them', async () => {
    const script =
      'readlink /proc/$PPID/fd/0 /proc/$PPID/fd/1 /proc/$PPID/fd/2; readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2';
    const { out } = await cli(['run', '--', 'sh', '-c', script]);
    const links = out.trim().split('\n');
    expect(links).toHaveLength(6);
    expect(links.slice(3)).toEqual(links.slice(0, 3));
    expect(new Set(links.slice(0, 3)).size).toBe(3);
  });

  test('changes no byte in either direction and ends with the input', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 31) % 256));
    const child = start(['run', '--', 'cat']);
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdin?.end(bytes);
    await new Promise((resolve) => child.once('close', resolve));
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  test('starts a program without monitoring where Node is too old, and says so', async () => {
    const folder = emptyFolder();
    // Tells the version of an old line, and is the running Node for everything else.
    executable(
      join(folder, 'node'),
      `#!/bin/sh\n[ "$1" = --version ] && echo v18.20.4 || exec '${process.execPath}' "$@"\n`,
    );
    executable(
      join(folder, 'bin-of-a-package'),
      "#!/usr/bin/env node\nconsole.log('options:', process.env.NODE_OPTIONS);\n",
    );
    const PATH = [folder, plainEnvironment()['PATH']].join(delimiter);
    const { code, out, err } = await cli(['run', '--', 'bin-of-a-package'], { env: { PATH } });
    expect({ code, out }).toEqual({ code: 0, out: 'options: undefined\n' });
    expect(err).toBe(
      'mcp-vitals: bin-of-a-package runs on Node 18.20.4, monitoring needs 20.19.0 or later; it is started without\n',
    );
  });
});

test('five servers at once share the machine and are listed; one that is killed is gone from the list', {
  timeout: 60_000,
}, async () => {
  const cwd = serverProject();
  const dir = emptyFolder();
  // All of them want the same port, as servers of a desktop do.
  const env = { MCP_VITALS_DISCOVERY_DIR: dir, MCP_VITALS_PORT: '19464' };
  const servers = Array.from({ length: 5 }, (_, index) => {
    const child = start(['run', '--', 'node', 'server.mjs'], {
      cwd,
      env: { ...env, OTEL_SERVICE_NAME: `server-${index}` },
    });
    return { child, ended: outcome(child), client: new StdioRpcClient(child) };
  });
  await Promise.all(
    servers.map(async ({ client }) => {
      await initialize(client);
      await client.request('tools/call', { name: 'echo', arguments: { text: 'hello' } });
      await client.request('tools/call', { name: 'fails', arguments: {} });
    }),
  );
  await expect.poll(() => readdirSync(dir), { timeout: 20_000 }).toHaveLength(5);

  const listed = async (): Promise<
    { service: string; pid: number; url: string; operations: number; errorRatio: number }[]
  > => JSON.parse((await cli(['ps', '--json', '--dir', dir], { cwd: dir })).out);
  const all = await listed();
  expect(all.map(({ service }) => service).sort()).toEqual(servers.map((_, index) => `server-${index}`));
  expect(all.map(({ operations, errorRatio }) => [operations, errorRatio])).toEqual(all.map(() => [4, 0.25]));
  const ports = all.map(({ url }) => Number(new URL(url).port));
  expect(new Set(ports).size).toBe(5);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(19_464);

  const text = await cli(['ps', '--dir', dir], { cwd: dir });
  expect(text.out.trim().split('\n')).toHaveLength(6);

  const victim = all[2]!;
  process.kill(victim.pid, 'SIGKILL');
  await expect.poll(() => isAlive(victim.pid), { timeout: 5_000 }).toBe(false);
  expect((await listed()).map(({ pid }) => pid)).toEqual(all.map(({ pid }) => pid).filter((pid) => pid !== victim.pid));
  expect(readdirSync(dir)).toHaveLength(4);

  for (const { child } of servers) child.stdin?.end();
  const ends = await Promise.all(servers.map(({ ended }) => ended));
  const said = ends.map(({ err }) => err).filter((err) => err !== '');
  expect(said).toHaveLength(4);
  for (const err of said) {
    expect(err).toMatch(/^mcp-vitals warn: port 19464 is taken, status endpoint at http:\/\/127\.0\.0\.1:\d+\n$/);
  }
  expect(ends.filter(({ code }) => code === 0)).toHaveLength(4);
  expect(await listed()).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
