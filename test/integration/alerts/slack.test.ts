import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createDiag } from '../../../src/core/diag.ts';
import type { AlertNotice } from '../../../src/core/model/alert.ts';
import { WebhookChannel } from '../../../src/exporters/alert-delivery/webhook-channel.ts';
import { verifies } from '../../support/verifies.ts';
import { startJsonReceiver } from './json-receiver.ts';
import { notice } from './notices.ts';

const source = { name: 'kb <prod>', version: '1.0.0', instanceId: 'i-1' };

function channelTo(url: string): WebhookChannel {
  return new WebhookChannel({
    url,
    format: 'slack',
    source,
    clock: systemClock,
    suppress: (fn) => fn(),
    diag: createDiag({ sink: () => {} }),
    backoff: { initialMs: 20, maxMs: 50 },
  });
}

interface Section {
  readonly type: string;
  readonly text: { readonly type: string; readonly text: string };
}

function saying(given: AlertNotice, message: string, advice: string | undefined): AlertNotice {
  return { ...given, alert: { ...given.alert, message, advice } };
}

describe('a webhook in the format of Slack', () => {
  it('posts a text and one section for each notice, what fires with its next step; nothing in it is markup', async () => {
    verifies('ALR-05');
    await using receiver = await startJsonReceiver();
    const channel = channelTo(`${receiver.url}/services/T/B/x`);
    channel.notify([
      saying(notice('latency-high'), 'tools/call <!channel> & co: 306 ms', 'Look at the slow queries.'),
      saying(notice('cpu-high', 'resolved', 3), 'the process uses 40 % of a core', 'Take a CPU profile.'),
    ]);
    expect(await channel.flush(5000)).toBe(true);
    channel.stop();
    const { path, headers, body } = receiver.posts[0]!;
    expect(path).toBe('/services/T/B/x');
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toEqual({
      text: 'kb &lt;prod&gt;: 1 firing, 1 resolved',
      blocks: [
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text:
              ':red_circle: *latency-high* critical · kb &lt;prod&gt; `i-1`\n' +
              'tools/call &lt;!channel&gt; &amp; co: 306 ms\n*Next:* Look at the slow queries.',
          },
        },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: ':white_check_mark: *cpu-high* resolved · kb &lt;prod&gt;\nthe process uses 40 % of a core',
          },
        },
      ],
    });
  });

  it('stays within what Slack takes, 50 blocks of 3,000 characters, and says a single notice in its text', async () => {
    await using receiver = await startJsonReceiver();
    const channel = channelTo(receiver.url);
    const long = '<'.repeat(5_000);
    channel.notify(
      Array.from({ length: 51 }, (_, n) => saying(notice(`r${n}`), n === 50 ? 'one 1 ms' : long, undefined)),
    );
    expect(await channel.flush(5000)).toBe(true);
    channel.stop();
    const [first, last] = receiver.posts.map(({ body }) => JSON.parse(body) as { text: string; blocks: Section[] });
    expect(first!.blocks).toHaveLength(50);
    for (const { text } of first!.blocks) {
      expect(text.text.length).toBeLessThanOrEqual(3_000);
      expect(text.text).not.toMatch(/&[a-z]*$/);
    }
    expect(last!.text).toBe('kb &lt;prod&gt;: firing: one 1 ms');
  });

  it('sends again what Slack refuses for going too fast, and gives up what it does not understand', async () => {
    await using receiver = await startJsonReceiver();
    const channel = channelTo(receiver.url);
    receiver.behave(429);
    channel.notify([notice('one')]);
    await receiver.received(2);
    expect(channel.waiting).toBe(1);
    receiver.behave(400);
    await expect.poll(() => channel.dropped(), { timeout: 5_000 }).toEqual({ rejected: 1 });
    channel.stop();
  });
});
