import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STAGES, type Stage } from '../../../src/semconv/stages.ts';
import { verifies } from '../../support/verifies.ts';
import { MeasuredServer, median } from './measured-server.ts';

const ROUNDS = 9;
const TOLERANCE_MS = 1;

/** The last word is a place where a handler is busy before it first waits: the others have not begun then. */
const VARIANTS: readonly (readonly [name: string, script: readonly [string, ...string[]], busyAt: string])[] = [
  ['McpServer of SDK 1', ['high-level-v1.mjs'], 'input busy'],
  ['McpServer of SDK 2 behind serveStdio', ['high-level-v2.mjs', 'serve'], 'input busy'],
  ['low-level Server of SDK 1', ['low-level-v1.mjs'], 'tool busy'],
  ['low-level Server of SDK 2', ['low-level-v2.mjs'], 'tool busy'],
];

// A busy machine can stop the server anywhere; what is wrongly attributed is so every time.
describe.each(VARIANTS)('a call that has to wait in a %s', { retry: 3 }, (_name, script, busyAt) => {
  let server: MeasuredServer;
  beforeAll(async () => {
    server = await MeasuredServer.start(...script);
    await server.calls(10, 'nowhere', 'tools/call');
    await chunks('nowhere');
  });
  afterAll(() => server?.stop());

  /** Three calls in one write, so that the server gets them in one chunk; the first has the delay. */
  async function chunks(at: string): Promise<number[][]> {
    const rounds: number[][] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const ids = server.ids(3);
      const lines = ids.map((id, position) => MeasuredServer.line(id, position === 0 ? at : 'nowhere', 'tools/call'));
      server.client.write(lines.join(''));
      for (const id of ids) await server.client.waitFor((message) => message.id === id);
      rounds.push(ids);
    }
    return rounds;
  }

  /** Medians of what the calls at a position of the chunks spent beyond the first one's delay, by stage. */
  async function medians(at: string, position: number): Promise<Record<Stage | 'queueBeyondDelay', number>> {
    const rounds = (await chunks(at)).map((ids) => ids as [number, number, number]);
    const of = await server.measured();
    const beyond = rounds.map((ids) => of(ids[position] as number).stagesMs.queue - of(ids[0]).injectedMs);
    const stages = STAGES.map((stage) => {
      return [stage, median(rounds.map((ids) => of(ids[position] as number).stagesMs[stage]))];
    });
    return { ...Object.fromEntries(stages), queueBeyondDelay: median(beyond) };
  }

  it.each([1, 2])('at place %i behind a busy handler has queued for as long as that was busy', async (position) => {
    verifies('LAT-03');
    const idle = await medians('nowhere', position);
    const waiting = await medians(busyAt, position);
    expect(Math.abs(waiting.queueBeyondDelay - idle.queue)).toBeLessThanOrEqual(TOLERANCE_MS);
    for (const stage of STAGES.filter((candidate) => candidate !== 'queue')) {
      expect([stage, Math.abs(waiting[stage] - idle[stage]) <= TOLERANCE_MS]).toEqual([stage, true]);
    }
  });

  it('behind a message that is slow to parse has queued, and parsed it was fast', async () => {
    verifies('LAT-03');
    const idle = await medians('nowhere', 1);
    const waiting = await medians('parse busy', 1);
    expect(Math.abs(waiting.queueBeyondDelay - idle.queue)).toBeLessThanOrEqual(TOLERANCE_MS);
    expect(Math.abs(waiting.protocol - idle.protocol)).toBeLessThanOrEqual(TOLERANCE_MS);
  });

  it('behind a tool that only waits itself has not queued', async () => {
    verifies('LAT-03');
    const idle = await medians('nowhere', 2);
    expect(Math.abs((await medians('tool pause', 2)).queue - idle.queue)).toBeLessThanOrEqual(TOLERANCE_MS);
  });

  it('for a client that does not read its answer is in transmission until the pipe has drained', async () => {
    verifies('LAT-03');
    const ids = server.ids(3);
    for (const id of ids) {
      server.process.child.stdout?.pause();
      server.client.write(MeasuredServer.line(id, 'drain', 'tools/call'));
      await delay(150);
      server.process.child.stdout?.resume();
      await server.client.waitFor((message) => message.id === id);
    }
    const of = await server.measured();
    for (const id of ids) expect(of(id).injectedMs).toBeGreaterThan(50);
    expect(median(ids.map((id) => Math.abs(of(id).stagesMs.transmission - of(id).injectedMs)))).toBeLessThanOrEqual(
      TOLERANCE_MS,
    );
  });
});

describe('the first message of a connection that serveStdio opens', () => {
  it('has queued while the factory was making its server', async () => {
    verifies('LAT-03');
    const server = await MeasuredServer.start('high-level-v2.mjs', 'serve');
    try {
      const { stagesMs, injectedMs } = (await server.measured())(1);
      expect(injectedMs).toBeGreaterThan(19);
      expect(stagesMs.queue).toBeGreaterThanOrEqual(injectedMs);
    } finally {
      await server.stop();
    }
  });
});
