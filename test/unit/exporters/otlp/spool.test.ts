import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultPrivateDirectory } from '../../../../src/core/private-directory.ts';
import type { SendOutcome } from '../../../../src/exporters/otlp/send-outcome.ts';
import {
  deliverSpool,
  releaseClaimsSync,
  type SpoolEntry,
  writeSpoolSync,
} from '../../../../src/exporters/otlp/spool.ts';
import { SPOOL_FOLDER } from '../../../../src/exporters/otlp/spool-directory.ts';
import { readSpoolFileName, spoolKey } from '../../../../src/exporters/otlp/spool-file.ts';
import { verifies } from '../../../support/verifies.ts';
import { turn } from './scripted-send.ts';

const NOW = 1_700_000_000_000;
const HOUR_MS = 3_600_000;
const KEY = spoolKey('http://collector:4318/v1/traces', 'my-server');
const MEGABYTE = 1_048_576;

let root: string;
let dir: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'spool-test-'));
  dir = join(root, 'owner', 'spool');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function entry(body: string, items = 1, signal: 'traces' | 'metrics' = 'traces', key = KEY): SpoolEntry {
  return { signal, key, body: Buffer.from(body), items };
}

function deliver(
  answer: (body: string) => SendOutcome | Promise<SendOutcome>,
  options: { nowMs?: number; key?: string; claims?: Set<string> } = {},
) {
  const drops: string[] = [];
  const target = {
    key: options.key ?? KEY,
    send: async (body: Uint8Array) => answer(Buffer.from(body).toString()),
  };
  const done = deliverSpool(
    dir,
    { traces: target },
    {
      wallClock: () => options.nowMs ?? NOW + 1_000,
      claims: options.claims ?? new Set(),
      onDrop: (signal, reason, items) => void drops.push(`${items} ${signal} ${reason}`),
      maxBytes: MEGABYTE,
    },
  );
  return done.then((result) => ({ ...result, drops }));
}

describe('writing', () => {
  it('makes a directory and files that only their owner can read', () => {
    expect(writeSpoolSync(dir, [entry('a', 3), entry('b', 4, 'metrics')], MEGABYTE, NOW)).toEqual({
      spooled: 7,
      lost: {},
      reason: undefined,
    });
    const names = readdirSync(dir);
    expect(names.map((name) => readSpoolFileName(name)?.items).sort()).toEqual([3, 4]);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    for (const name of names) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
  });

  it('keeps the directory within its bound, over all processes, and counts what does not fit', () => {
    verifies('NFR-06');
    expect(writeSpoolSync(dir, [entry('x'.repeat(60), 6)], 100, NOW).spooled).toBe(6);
    const second = writeSpoolSync(dir, [entry('x'.repeat(60), 7), entry('x'.repeat(30), 3)], 100, NOW);
    expect(second).toEqual({ spooled: 3, lost: { traces: 7 }, reason: 'it is full' });
    expect(readdirSync(dir)).toHaveLength(2);
  });

  it('counts everything as lost, without throwing, where the directory cannot be made', () => {
    verifies('NFR-05');
    writeFileSync(join(root, 'owner'), 'a file in the way');
    const result = writeSpoolSync(dir, [entry('a', 2), entry('b', 5, 'metrics')], MEGABYTE, NOW);
    expect(result).toMatchObject({ spooled: 0, lost: { traces: 2, metrics: 5 } });
    expect(result.reason).toMatch(/ENOTDIR|EEXIST/);
  });

  it.each([
    [
      'that is a link to somewhere else',
      () => {
        mkdirSync(join(root, 'owner'), { mode: 0o700 });
        mkdirSync(join(root, 'elsewhere'), { mode: 0o700 });
        symlinkSync(join(root, 'elsewhere'), dir);
      },
      'it is not a directory',
    ],
    [
      'others can write to',
      () => {
        mkdirSync(dir, { recursive: true });
        chmodSync(dir, 0o777);
      },
      'other users can write to it',
    ],
    [
      'others can replace',
      () => {
        mkdirSync(dir, { recursive: true, mode: 0o700 });
        chmodSync(join(root, 'owner'), 0o777);
      },
      'other users can replace it',
    ],
  ])('refuses a directory %s', async (_, prepare, reason) => {
    verifies('NFR-05');
    prepare();
    expect(writeSpoolSync(dir, [entry('secret')], MEGABYTE, NOW)).toEqual({ spooled: 0, lost: { traces: 1 }, reason });
    writeFileSync(join(dir, `${NOW}-1-aa-1-${KEY}.traces`), 'planted');
    expect(await deliver(() => ({ state: 'ok' }))).toEqual({ delivered: 0, remaining: false, drops: [] });
  });

  it('uses a directory of the user below the temporary directory by default', () => {
    expect(defaultPrivateDirectory(SPOOL_FOLDER)).toBe(join(tmpdir(), `mcp-vitals-${process.getuid?.()}`, 'spool'));
  });
});

describe('delivering', () => {
  it('sends every body as it was written, oldest first, and removes it', async () => {
    verifies('NFR-06');
    writeSpoolSync(dir, [entry('second', 2)], MEGABYTE, NOW);
    writeSpoolSync(dir, [entry('first', 1)], MEGABYTE, NOW - 5_000);
    const bodies: string[] = [];
    const result = await deliver((body) => {
      bodies.push(body);
      return { state: 'ok' };
    });
    expect(bodies).toEqual(['first', 'second']);
    expect(result).toEqual({ delivered: 3, remaining: false, drops: [] });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('sends nothing twice when several processes deliver at the same time', async () => {
    verifies('NFR-06');
    for (let file = 0; file < 20; file += 1) writeSpoolSync(dir, [entry(`body ${file}`)], MEGABYTE, NOW + file);
    const bodies: string[] = [];
    const slowly = async (body: string): Promise<SendOutcome> => {
      bodies.push(body);
      await turn();
      return { state: 'ok' };
    };
    const results = await Promise.all([deliver(slowly), deliver(slowly), deliver(slowly)]);
    expect(results.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(20);
    expect(new Set(bodies).size).toBe(20);
    expect(bodies).toHaveLength(20);
  });

  it('puts a file back when its receiver does not answer, and leaves the others alone', async () => {
    writeSpoolSync(dir, [entry('a'), entry('b')], MEGABYTE, NOW);
    const before = readdirSync(dir).sort();
    let attempts = 0;
    const result = await deliver(() => {
      attempts += 1;
      return { state: 'retryable', reason: 'HTTP 503' };
    });
    expect(result).toEqual({ delivered: 0, remaining: true, drops: [] });
    expect(attempts).toBe(1);
    expect(readdirSync(dir).sort()).toEqual(before);
  });

  it('removes and counts what is refused, in whole or in part', async () => {
    writeSpoolSync(dir, [entry('bad', 4)], MEGABYTE, NOW);
    writeSpoolSync(dir, [entry('half', 4)], MEGABYTE, NOW + 1);
    const result = await deliver((body) =>
      body === 'bad'
        ? { state: 'rejected', reason: 'HTTP 400' }
        : { state: 'ok', partial: { rejected: 1, message: '' } },
    );
    expect(result).toEqual({ delivered: 3, remaining: false, drops: ['4 traces rejected', '1 traces rejected'] });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('removes and counts what is older than a day, whoever it belonged to', async () => {
    verifies('NFR-06');
    writeSpoolSync(dir, [entry('old', 9, 'traces', spoolKey('http://gone', 'uninstalled'))], MEGABYTE, NOW);
    const result = await deliver(() => ({ state: 'ok' }), { nowMs: NOW + 25 * HOUR_MS });
    expect(result).toEqual({ delivered: 0, remaining: false, drops: ['9 traces expired'] });
    expect(readdirSync(dir)).toEqual([]);
  });

  it("never sends one service's data to another one's endpoint", async () => {
    writeSpoolSync(dir, [entry('private')], MEGABYTE, NOW);
    const bodies: string[] = [];
    for (const key of [
      spoolKey('http://elsewhere/v1/traces', 'my-server'),
      spoolKey('http://collector:4318', 'other'),
    ]) {
      await deliver(
        (body) => {
          bodies.push(body);
          return { state: 'ok' };
        },
        { key },
      );
    }
    expect(bodies).toEqual([]);
    expect(readdirSync(dir)).toHaveLength(1);
  });

  it('takes over what a process claimed and died over, but not before ten minutes', async () => {
    writeSpoolSync(dir, [entry('orphan', 2)], MEGABYTE, NOW);
    void deliver(() => new Promise(() => {}));
    while (!readdirSync(dir).some((name) => name.includes('.claim-'))) await turn();
    expect((await deliver(() => ({ state: 'ok' }))).delivered).toBe(0);
    expect((await deliver(() => ({ state: 'ok' }), { nowMs: NOW + 2_000_000 })).delivered).toBe(2);
  });

  it('puts back what is being delivered when the process exits', async () => {
    verifies('NFR-06');
    writeSpoolSync(dir, [entry('a')], MEGABYTE, NOW);
    const before = readdirSync(dir);
    const claims = new Set<string>();
    void deliver(() => new Promise(() => {}), { claims });
    while (claims.size === 0) await turn();
    expect(readdirSync(dir)).not.toEqual(before);
    releaseClaimsSync(claims);
    expect(readdirSync(dir)).toEqual(before);
  });

  it('leaves strange files alone, and removes half-written ones of dead processes', async () => {
    verifies('NFR-05');
    writeSpoolSync(dir, [entry('good')], MEGABYTE, NOW);
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    mkdirSync(join(dir, `${NOW}-1-bb-1-${KEY}.traces`));
    writeFileSync(join(dir, `${NOW}-1-cc-1-${KEY}.traces`), 'x'.repeat(2 * MEGABYTE));
    writeFileSync(join(dir, `${NOW - HOUR_MS}-1-dd-5-${KEY}.traces.part`), 'half');
    const bodies: string[] = [];
    const result = await deliver((body) => {
      bodies.push(body);
      return { state: 'ok' };
    });
    expect(bodies).toEqual(['good']);
    expect(result.drops).toEqual(['5 traces expired']);
    expect(readdirSync(dir)).toHaveLength(3);
  });
});
