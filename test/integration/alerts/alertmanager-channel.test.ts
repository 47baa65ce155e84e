import { afterEach, describe, expect, it } from 'vitest';
import { createDiag } from '../../../src/core/diag.ts';
import { AlertmanagerChannel } from '../../../src/exporters/alert-delivery/alertmanager-channel.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { verifies } from '../../support/verifies.ts';
import { type JsonReceiver, startJsonReceiver } from './json-receiver.ts';
import { notice } from './notices.ts';

interface Posted {
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

const lines: string[] = [];
const channels: AlertmanagerChannel[] = [];

afterEach(() => {
  for (const channel of channels.splice(0)) channel.stop();
  lines.length = 0;
});

function reporting(url: string) {
  const clock = new FakeClock();
  const channel = new AlertmanagerChannel({
    url,
    source: { name: 'kb', version: '1.0.0', instanceId: 'i-1' },
    clock,
    suppress: (fn) => fn(),
    diag: createDiag({ sink: (line) => lines.push(line) }),
    backoff: { initialMs: 1000, maxMs: 1000 },
  });
  channels.push(channel);
  return { clock, channel };
}

const lastOf = ({ posts }: JsonReceiver): Posted[] => JSON.parse(posts.at(-1)?.body ?? '[]') as Posted[];
const names = (posted: readonly Posted[]): (string | undefined)[] => posted.map(({ labels }) => labels['alertname']);
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

describe('an Alertmanager', () => {
  it('that was away gets what fires when it is back, and again every minute with an end that keeps moving', async () => {
    verifies('ALR-05');
    await using receiver = await startJsonReceiver();
    receiver.behave(503);
    const { clock, channel } = reporting(receiver.url);
    channel.notify([notice('one'), notice('two')]);
    await receiver.received(1);
    await settled();
    expect(channel.waiting).toBe(2);
    receiver.behave('close');
    clock.advance(1500);
    await receiver.received(2);
    await settled();
    receiver.behave(200);
    clock.advance(1500);
    await expect.poll(() => channel.waiting).toBe(0);
    expect(receiver.posts.at(-1)?.path).toBe('/api/v2/alerts');
    const arrived = receiver.posts.length;
    const first = lastOf(receiver);
    expect(names(first)).toEqual(['one', 'two']);
    const end = Date.parse(first[0]!.endsAt);
    expect(end).toBeGreaterThan(clock.timeOrigin + clock.now());
    clock.advance(60_000);
    await receiver.received(arrived + 1);
    expect(names(lastOf(receiver))).toEqual(['one', 'two']);
    expect(Date.parse(lastOf(receiver)[0]!.endsAt)).toBeGreaterThan(end);
    expect(lastOf(receiver)[0]!.startsAt).toBe(first[0]!.startsAt);
    expect(lines.filter((line) => line.includes('trying again'))).toHaveLength(1);
    expect(channel.dropped()).toEqual({});
  });

  it('that is away while an alert ends gets the resolution afterwards, until it has acknowledged it', async () => {
    verifies('ALR-05');
    await using receiver = await startJsonReceiver();
    const { clock, channel } = reporting(receiver.url);
    channel.notify([notice('one'), notice('two')]);
    expect(await channel.flush(5000)).toBe(true);
    receiver.behave(500);
    const resolvedAt = clock.timeOrigin + 5000;
    channel.notify([notice('one', 'resolved', resolvedAt)]);
    await receiver.received(2);
    await settled();
    expect(channel.waiting).toBe(1);
    receiver.behave(200);
    clock.advance(1500);
    await receiver.received(3);
    await expect.poll(() => channel.waiting).toBe(0);
    expect(names(lastOf(receiver)).sort()).toEqual(['one', 'two']);
    expect(lastOf(receiver).find(({ labels }) => labels['alertname'] === 'one')?.endsAt).toBe(
      new Date(resolvedAt).toISOString(),
    );
    clock.advance(60_000);
    await receiver.received(4);
    expect(names(lastOf(receiver))).toEqual(['two']);
    channel.notify([notice('two', 'resolved', resolvedAt)]);
    expect(await channel.flush(5000)).toBe(true);
    const said = receiver.posts.length;
    clock.advance(300_000);
    await settled();
    expect(receiver.posts).toHaveLength(said);
  });

  it('that hangs leaves what fires counted as waiting', async () => {
    await using receiver = await startJsonReceiver();
    receiver.behave('hang');
    const { channel } = reporting(receiver.url);
    channel.notify([notice('one')]);
    await receiver.received(1);
    expect(channel.waiting).toBe(1);
  });
});
