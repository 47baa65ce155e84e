import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { announce, defaultDiscoveryDir, listDiscovered } from '../../../src/status/discovery.ts';
import { verifies } from '../../support/verifies.ts';
import { createEndpoint, temporaryDirectory } from './endpoint.ts';
import { SNAPSHOT } from './snapshot.ts';

const ANNOUNCEMENT = { url: 'http://127.0.0.1:9464', service: SNAPSHOT.service, startedAtMs: 1_700_000_000_000 };

/** A process id that is certainly not in use any more. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe('discovery files', () => {
  it('are file_sd target lists that carry everything in labels, private to the user', () => {
    const directory = join(temporaryDirectory(), 'made', 'servers');
    const withdraw = announce(directory, ANNOUNCEMENT);
    const file = join(directory, `${process.pid}-9464.json`);
    expect(readdirSync(directory)).toEqual([`${process.pid}-9464.json`]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([
      {
        targets: ['127.0.0.1:9464'],
        labels: {
          service: 'kb',
          version: '1.2.3',
          service_instance: 'i-1',
          pid: String(process.pid),
          url: 'http://127.0.0.1:9464',
          started_at: '2023-11-14T22:13:20.000Z',
        },
      },
    ]);
    expect([statSync(directory).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
    withdraw();
    withdraw();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('exist while the endpoint runs, with its real address', async () => {
    const discoveryDir = temporaryDirectory();
    const { server } = createEndpoint({ discoveryDir });
    const address = await server.start();
    const found = await listDiscovered(discoveryDir);
    expect(found).toEqual([
      {
        pid: process.pid,
        url: address?.url,
        service: 'kb',
        version: '1.2.3',
        instanceId: 'i-1',
        startedAt: '2023-11-14T22:13:20.000Z',
        file: join(discoveryDir, `${process.pid}-${address?.port}.json`),
      },
    ]);
    await server.stop();
    expect(readdirSync(discoveryDir)).toEqual([]);
  });

  it('of dead processes are removed by listing, and those of others are left alone', async () => {
    const directory = temporaryDirectory();
    const dead = deadPid();
    const entry = JSON.stringify([{ targets: [], labels: { url: 'http://x', service: 'a', started_at: 'b' } }]);
    for (const name of [`${dead}-9464.json`, `${dead}-9465.json.draft`]) writeFileSync(join(directory, name), entry);
    const kept = ['notes.json', `${process.pid}-1.json`, `${process.pid}-2.json`, `${process.pid}-3.json`];
    writeFileSync(join(directory, 'notes.json'), entry);
    writeFileSync(join(directory, `${process.pid}-1.json`), '{ half a fi');
    writeFileSync(join(directory, `${process.pid}-2.json`), 'x'.repeat(20_000));
    symlinkSync('/etc/passwd', join(directory, `${process.pid}-3.json`));
    const withdraw = announce(directory, ANNOUNCEMENT);
    expect((await listDiscovered(directory)).map((server) => server.url)).toEqual(['http://127.0.0.1:9464']);
    withdraw();
    expect(readdirSync(directory).sort()).toEqual([...kept].sort());
  });

  it('left behind by killed processes are removed when the next endpoint starts', async () => {
    const discoveryDir = temporaryDirectory();
    const stale = join(discoveryDir, `${deadPid()}-9464.json`);
    writeFileSync(stale, '[]');
    await createEndpoint({ discoveryDir }).server.start();
    await expect.poll(() => existsSync(stale)).toBe(false);
  });

  it('replace a link in their place instead of following it', () => {
    const directory = temporaryDirectory();
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'precious');
    for (const name of [`${process.pid}-9464.json`, `${process.pid}-9464.json.draft`]) {
      symlinkSync(victim, join(directory, name));
    }
    announce(directory, ANNOUNCEMENT);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(readFileSync(join(directory, `${process.pid}-9464.json`), 'utf8')).toContain('127.0.0.1:9464');
  });

  it('are not listed where there is no directory', async () => {
    expect(await listDiscovered(join(temporaryDirectory(), 'missing'))).toEqual([]);
  });

  it('go to a folder of the user by default', () => {
    expect(defaultDiscoveryDir()).toMatch(new RegExp(`mcp-vitals-${process.getuid?.()}/servers$`));
  });
});

describe('an untrustworthy discovery directory', () => {
  const cases: readonly (readonly [string, (base: string) => string, RegExp])[] = [
    [
      'a symbolic link',
      (base) => {
        mkdirSync(join(base, 'real'), { mode: 0o700 });
        symlinkSync(join(base, 'real'), join(base, 'link'));
        return join(base, 'link');
      },
      /is not a directory/,
    ],
    [
      'a file',
      (base) => {
        writeFileSync(join(base, 'file'), '');
        return join(base, 'file');
      },
      /EEXIST|ENOTDIR|not a directory/,
    ],
    [
      'writable by everybody',
      (base) => {
        chmodSync(base, 0o777);
        return base;
      },
      /can be written by everybody/,
    ],
    [
      'below a file',
      (base) => {
        writeFileSync(join(base, 'file'), '');
        return join(base, 'file', 'deeper');
      },
      /ENOTDIR/,
    ],
  ];

  it.each(cases)('(%s) is refused with one line, and the endpoint serves without it', async (_, prepare, reason) => {
    verifies('NFR-05');
    const discoveryDir = prepare(temporaryDirectory());
    const { server, lines } = createEndpoint({ discoveryDir });
    expect(await server.start()).toBeDefined();
    const warnings = lines.filter((line) => line.startsWith('mcp-vitals warn: no discovery file'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(reason);
    expect(await listDiscovered(discoveryDir)).toEqual([]);
  });

  it('that belongs to somebody else is refused', async () => {
    // Both sides exist everywhere: as root any other user's folder, otherwise root's own.
    const foreign = process.getuid?.() === 0 ? temporaryDirectory() : '/usr';
    if (process.getuid?.() === 0) spawnSync('chown', ['65534', foreign]);
    expect(() => announce(foreign, ANNOUNCEMENT)).toThrow(/belongs to user/);
    expect(await listDiscovered(foreign)).toEqual([]);
  });
});
