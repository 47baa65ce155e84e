import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createDiag } from '../../../src/core/diag.ts';
import {
  type WebhookBody,
  WebhookChannel,
  type WebhookOptions,
} from '../../../src/exporters/alert-delivery/webhook-channel.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { verifies } from '../../support/verifies.ts';
import { startJsonReceiver } from './json-receiver.ts';
import { notice } from './notices.ts';

const SECRET = 'a shared secret';
const source = { name: 'kb', version: '1.0.0', instanceId: 'i-1' };
const lines: string[] = [];
const channels: WebhookChannel[] = [];

afterEach(() => {
  for (const channel of channels.splice(0)) channel.stop();
  lines.length = 0;
});

function webhook(url: string, options: Partial<WebhookOptions> = {}): WebhookChannel {
  const channel = new WebhookChannel({
    url,
    secret: SECRET,
    source,
    clock: systemClock,
    suppress: (fn) => fn(),
    diag: createDiag({ sink: (line) => lines.push(line) }),
    backoff: { initialMs: 20, maxMs: 50 },
    ...options,
  });
  channels.push(channel);
  return channel;
}

const rulesOf = (body: string): string[] => (JSON.parse(body) as WebhookBody).notices.map(({ alert }) => alert.rule);

describe('a webhook', () => {
  it('gets JSON whose signature over time and body proves the sender', async () => {
    verifies('ALR-05');
    await using receiver = await startJsonReceiver();
    const channel = webhook(`${receiver.url}/hook`, { headers: { Authorization: 'Bearer x' } });
    channel.notify([notice('one'), notice('two')]);
    expect(await channel.flush(5000)).toBe(true);
    const [post] = receiver.posts;
    expect(receiver.posts).toHaveLength(1);
    expect(post).toMatchObject({
      path: '/hook',
      headers: { 'content-type': 'application/json', authorization: 'Bearer x', 'x-mcp-vitals-delivery': 'i-1-1' },
    });
    expect(JSON.parse(post!.body)).toMatchObject({ version: 1, service: source, notices: [{ kind: 'firing' }, {}] });
    const timestamp = String(post!.headers['x-mcp-vitals-timestamp']);
    const expected = createHmac('sha256', SECRET).update(`${timestamp}.${post!.body}`, 'utf8').digest('hex');
    expect(post!.headers['x-mcp-vitals-signature']).toBe(`sha256=${expected}`);
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60);
    expect(channel.waiting).toBe(0);
  });

  it('is not signed without a secret', async () => {
    await using receiver = await startJsonReceiver();
    const channel = webhook(receiver.url, { secret: undefined });
    channel.notify([notice('one')]);
    await channel.flush(5000);
    expect(receiver.posts[0]?.headers).not.toHaveProperty('x-mcp-vitals-signature');
  });

  it('that fails for a while gets everything in order afterwards, each delivery under one id', async () => {
    verifies('ALR-05');
    await using receiver = await startJsonReceiver();
    receiver.behave(500);
    const channel = webhook(receiver.url);
    channel.notify([notice('one')]);
    await receiver.received(2);
    channel.notify([notice('two')]);
    receiver.behave('close');
    await receiver.received(4);
    receiver.behave(200);
    expect(await channel.flush(5000)).toBe(true);
    const ids = receiver.posts.map(({ headers }) => headers['x-mcp-vitals-delivery']);
    expect(ids.at(-2)).toBe('i-1-1');
    expect(ids.at(-1)).toBe('i-1-2');
    expect(receiver.posts.slice(-2).flatMap(({ body }) => rulesOf(body))).toEqual(['one', 'two']);
    expect(channel.dropped()).toEqual({});
    expect(lines.filter((line) => line.includes('trying again'))).toHaveLength(1);
  });

  it('that is dead delays nobody, holds 256 notices, counts the rest, and delivers when it is back', async () => {
    verifies('ALR-05');
    const url = await deadUrl();
    const channel = webhook(url, { backoff: { initialMs: 60_000 } });
    for (let n = 0; n < 400; n++) channel.notify([notice(`rule-${n}`)]);
    expect(await channel.flush(300)).toBe(false);
    const lost = channel.dropped()['queue_full'] ?? 0;
    expect(channel.waiting + lost).toBe(400);
    expect(channel.waiting).toBeGreaterThanOrEqual(256);
    expect(lines.join('')).not.toMatch(/secret/);
  });

  it('that never answers is given up within the bound of a flush, and nothing is lost', async () => {
    verifies('ALR-05');
    await using receiver = await startJsonReceiver();
    receiver.behave('hang');
    const channel = webhook(receiver.url);
    channel.notify([notice('one')]);
    await receiver.received(1);
    expect(await channel.flush(100)).toBe(false);
    expect(channel.waiting).toBe(1);
    receiver.behave(200);
    expect(await channel.flush(5000)).toBe(true);
    expect(channel.waiting).toBe(0);
  });

  it('that fails for 15 minutes is given up with what it was to get, counted, and gets what comes later', async () => {
    verifies('ALR-05');
    await using receiver = await startJsonReceiver();
    receiver.behave(503);
    const clock = new FakeClock();
    const channel = webhook(receiver.url, { clock, timeoutMs: 3_600_000, backoff: { maxMs: 60_000 } });
    channel.notify([notice('old'), notice('older')]);
    // Minutes pass at once: a limit of seconds would end each request before it is sent.
    const passing = async (ms: number): Promise<void> => {
      clock.advance(ms);
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await receiver.received(1);
    while (clock.now() < 800_000) await passing(80_000);
    expect(channel.waiting).toBe(2);
    expect(channel.dropped()).toEqual({});
    for (let n = 0; n < 100 && channel.waiting > 0; n++) await passing(80_000);
    expect(channel.dropped()).toEqual({ expired: 2 });
    expect(receiver.posts.every(({ body }) => rulesOf(body).length === 2)).toBe(true);
    receiver.behave(200);
    channel.notify([notice('new')]);
    expect(await channel.flush(5000)).toBe(true);
    expect(rulesOf(receiver.posts.at(-1)!.body)).toEqual(['new']);
  });

  it('that refuses has its notices counted as lost', async () => {
    await using receiver = await startJsonReceiver();
    receiver.behave(400);
    const channel = webhook(receiver.url);
    channel.notify([notice('one')]);
    expect(await channel.flush(5000)).toBe(true);
    expect(channel.dropped()).toEqual({ rejected: 1 });
  });
});

/** An address where nobody listens any more. */
async function deadUrl(): Promise<string> {
  await using receiver = await startJsonReceiver();
  return `${receiver.url}/secret-path`;
}
