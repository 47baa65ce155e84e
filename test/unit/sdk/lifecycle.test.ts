import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { createDiag } from '../../../src/core/diag.ts';
import { type ExitWork, Lifecycle } from '../../../src/sdk/lifecycle.ts';
import { watchSelfKill } from '../../../src/sdk/self-kill.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { verifies } from '../../support/verifies.ts';

const undo: (() => void)[] = [];

afterEach(() => {
  for (const step of undo.splice(0)) step();
});

function listen(signal: NodeJS.Signals, listener: () => void): void {
  process.on(signal, listener);
  undo.push(() => process.off(signal, listener));
}

/** Work that writes down what is asked of it; flushes end when the test says so. */
class RecordedWork implements ExitWork {
  readonly calls: string[] = [];
  readonly pending: ((complete: boolean) => void)[] = [];
  receiver = true;

  exporting(): boolean {
    return this.receiver;
  }

  flush(ending: boolean): Promise<boolean> {
    this.calls.push(ending ? 'last flush' : 'flush');
    return new Promise((resolve) => {
      this.pending.push(resolve);
    });
  }

  keepUnsentSync(): void {
    this.calls.push('keep');
  }
}

function installed(): { work: RecordedWork; lifecycle: Lifecycle; clock: FakeClock; lines: string[] } {
  const work = new RecordedWork();
  const clock = new FakeClock();
  const lines: string[] = [];
  const lifecycle = new Lifecycle(work, createDiag({ sink: (line) => lines.push(line) }), clock);
  lifecycle.install();
  undo.push(() => lifecycle.uninstall());
  return { work, lifecycle, clock, lines };
}

function emitAsNodeDoes(signal: 'SIGINT' | 'SIGTERM'): void {
  EventEmitter.prototype.emit.call(process, signal, signal, constants.signals[signal]);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the lifecycle', () => {
  it('takes every listener back', () => {
    verifies('REG-01');
    const events = ['beforeExit', 'exit', 'SIGTERM', 'SIGINT'] as const;
    const before = events.map((event) => process.listenerCount(event));
    const { lifecycle } = installed();
    expect(events.map((event) => process.listenerCount(event))).toEqual(before.map((count) => count + 1));
    lifecycle.uninstall();
    expect(events.map((event) => process.listenerCount(event))).toEqual(before);
  });

  it('hides from the listeners of a signal and is back before the next one', async () => {
    verifies('REG-01');
    const seen: number[] = [];
    listen('SIGINT', () => seen.push(process.listenerCount('SIGINT')));
    const alone = process.listenerCount('SIGINT');
    const { work } = installed();
    for (let signal = 0; signal < 2; signal += 1) {
      emitAsNodeDoes('SIGINT');
      await turn();
    }
    expect(seen).toEqual([alone, alone]);
    expect(process.listenerCount('SIGINT')).toBe(alone + 1);
    expect(work.calls).toEqual(['flush']);
  });

  it('starts one flush at a time and one more for what was asked meanwhile', async () => {
    verifies('NFR-06');
    const { work, lifecycle } = installed();
    for (let session = 0; session < 5; session += 1) lifecycle.sessionEnded();
    await turn();
    for (let session = 0; session < 5; session += 1) lifecycle.sessionEnded();
    await turn();
    expect(work.calls).toEqual(['flush']);
    work.pending[0]?.(true);
    await turn();
    expect(work.calls).toEqual(['flush', 'flush']);
  });

  it('asks a receiver that failed again only after a while', async () => {
    verifies('NFR-05');
    const { work, lifecycle, clock } = installed();
    const ask = async (): Promise<void> => {
      lifecycle.sessionEnded();
      await turn();
    };
    await ask();
    work.pending[0]?.(false);
    await turn();
    await ask();
    expect(work.calls).toEqual(['flush']);
    clock.advance(10_000);
    await ask();
    expect(work.calls).toEqual(['flush', 'flush']);
  });

  it('does nothing at all without a receiver', async () => {
    verifies('REG-01');
    const { work, lifecycle } = installed();
    work.receiver = false;
    lifecycle.sessionEnded();
    process.emit('beforeExit', 0);
    await turn();
    expect(work.calls).toEqual([]);
  });

  it('reports a failure of the last work instead of throwing it into the exit', () => {
    verifies('NFR-05');
    const { work, lines } = installed();
    work.keepUnsentSync = () => {
      throw new Error('disk on fire');
    };
    // Only our own listener: the runner of this test listens as well.
    const [ours] = process.listeners('exit').slice(-1);
    expect(() => ours?.call(process, 0)).not.toThrow();
    expect(lines).toEqual([expect.stringContaining('disk on fire')]);
  });
});

describe('the watch over process.kill', () => {
  function watch(): string[] {
    const told: string[] = [];
    undo.push(watchSelfKill(() => told.push('told')));
    return told;
  }

  it('tells nothing when the signal does not end this process, and the call goes through', () => {
    verifies('REG-01');
    const heard: string[] = [];
    listen('SIGHUP', () => heard.push('SIGHUP'));
    const told = watch();
    expect(process.kill(process.pid, 0)).toBe(true);
    expect(process.kill(process.pid, 'SIGHUP')).toBe(true);
    expect(process.kill(process.pid, constants.signals.SIGHUP)).toBe(true);
    expect(() => process.kill(2 ** 30, 'SIGTERM')).toThrow(/ESRCH/);
    expect(told).toEqual([]);
  });

  it('is taken back completely, and lets wrappers of others stand', () => {
    verifies('REG-01');
    const original = process.kill;
    const end = watchSelfKill(() => {});
    expect(process.kill).not.toBe(original);
    end();
    expect(process.kill).toBe(original);

    const endSecond = watchSelfKill(() => {});
    const watched = process.kill;
    const wrapper: typeof process.kill = (pid, signal) => watched(pid, signal);
    process.kill = wrapper;
    undo.push(() => {
      process.kill = original;
    });
    endSecond();
    expect(process.kill).toBe(wrapper);
    expect(process.kill(process.pid, 0)).toBe(true);
  });
});
