import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { AlertEvents } from '../../../src/alerts/alert-events.ts';
import { AlertMonitor } from '../../../src/alerts/alert-monitor.ts';
import { LogChannel } from '../../../src/alerts/log-channel.ts';
import { createDiag } from '../../../src/core/diag.ts';
import type { AlertChannel, AlertNotice } from '../../../src/core/model/alert.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { verifies } from '../../support/verifies.ts';
import { RulesUnderTest } from './collected.ts';

const DEEP = { name: 'deep', metric: 'depth', operator: '>', threshold: 5 } as const;

function monitored(collect?: (timeoutMs?: number) => Promise<ResourceMetrics>, channels: AlertChannel[] = []) {
  const under = new RulesUnderTest([DEEP]);
  under.metrics.meter.createGauge('depth').record(9);
  const clock = new FakeClock();
  const lines: string[] = [];
  const diag = createDiag({ clock, sink: (line) => lines.push(line) });
  const told: AlertNotice[] = [];
  const listening: AlertChannel = { name: 'test', notify: (notices) => void told.push(...notices) };
  const monitor = new AlertMonitor({
    engine: under.engine,
    collect: collect ?? (() => under.metrics.collect()),
    routes: [...channels, listening].map((channel) => ({ channel })),
    clock,
    intervalMs: 1000,
    diag,
  });
  return { under, clock, lines, diag, told, monitor };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the monitor', () => {
  it('collects and evaluates every second, and no more once it is stopped', async () => {
    const { clock, told, monitor, under } = monitored();
    monitor.start();
    await settle();
    expect(told.map(({ kind }) => kind)).toEqual(['firing']);
    under.metrics.meter.createGauge('depth').record(1);
    clock.advance(1000);
    await settle();
    expect(told.map(({ kind }) => kind)).toEqual(['firing', 'resolved']);
    monitor.stop();
    under.metrics.meter.createGauge('depth').record(9);
    clock.advance(5000);
    await settle();
    expect(told).toHaveLength(2);
  });

  it('does not evaluate what is half collected, and is not stopped by a callback that hangs', async () => {
    const limits: (number | undefined)[] = [];
    const answers: ((metrics: ResourceMetrics) => void)[] = [];
    const { clock, told, monitor, under, lines } = monitored((timeoutMs) => {
      limits.push(timeoutMs);
      return new Promise((resolve) => answers.push(resolve));
    });
    monitor.start();
    clock.advance(1000);
    expect(limits).toEqual([undefined]);
    clock.advance(2000);
    expect(limits).toEqual([undefined, 1000]);
    expect(lines).toEqual([expect.stringContaining('a callback hangs')]);
    const collected = await under.metrics.collect();
    answers[0]?.(collected);
    await settle();
    expect(told).toEqual([]);
    answers[1]?.(collected);
    await settle();
    expect(told).toHaveLength(1);
  });

  it('survives a collection that fails and a channel that throws', async () => {
    verifies('ALR-05');
    let fails = true;
    const throwing: AlertChannel = {
      name: 'broken',
      notify() {
        throw new Error('no');
      },
    };
    const { clock, told, monitor, lines } = monitored(async () => {
      if (fails) throw new Error('refused');
      const other = new RulesUnderTest([]);
      other.metrics.meter.createGauge('depth').record(9);
      return other.metrics.collect();
    }, [throwing]);
    monitor.start();
    await settle();
    fails = false;
    clock.advance(1000);
    await settle();
    expect(told).toHaveLength(1);
    expect(lines.join('')).toMatch(
      /rules could not be evaluated: Error: refused[\s\S]*the channel broken failed: Error: no/,
    );
  });
});

const notice = (kind: AlertNotice['kind'], severity: AlertNotice['alert']['severity']): AlertNotice => ({
  kind,
  alert: {
    fingerprint: 'f',
    rule: 'deep',
    severity,
    category: 'resource',
    state: kind,
    attributes: {},
    value: 9,
    threshold: 5,
    message: 'depth is 9',
    advice: 'look',
    pendingSince: 1,
    firedAt: 2,
    resolvedAt: kind === 'resolved' ? 3 : undefined,
    silencedUntil: undefined,
  },
});

describe('listeners', () => {
  it('hear of alerts; one that throws or rejects ends nothing and is counted', async () => {
    verifies('ALR-05');
    const lines: string[] = [];
    const events = new AlertEvents(createDiag({ sink: (line) => lines.push(line), quietMs: 0 }));
    const heard: string[] = [];
    events.addEventListener('alert', () => {
      throw new Error('first');
    });
    events.addEventListener('alert', async () => {
      throw new Error('second');
    });
    const listener = ({ kind, alert }: AlertNotice): void => void heard.push(`${kind} ${alert.rule}`);
    events.addEventListener('alert', listener);
    events.notify([notice('firing', 'info'), notice('resolved', 'info')]);
    await settle();
    expect(heard).toEqual(['firing deep', 'resolved deep']);
    expect(events.dropped()).toEqual({ failed: 4 });
    expect(lines.join('')).toMatch(/Error: first[\s\S]*Error: second/);
    events.removeEventListener('alert', listener);
    events.notify([notice('firing', 'info')]);
    expect(heard).toHaveLength(2);
  });
});

describe('the log', () => {
  it('has a line for every alert by its severity, rate-limited, what is held back being counted', () => {
    const lines: string[] = [];
    const clock = new FakeClock();
    const log = new LogChannel({ level: 'warn', clock, sink: (line) => lines.push(line) });
    log.notify([notice('firing', 'critical'), notice('resolved', 'critical'), notice('firing', 'info')]);
    expect(lines).toEqual([
      'mcp-vitals error: alert firing [critical] deep: depth is 9; next: look\n',
      'mcp-vitals warn: alert resolved [critical] deep: depth is 9\n',
    ]);
    for (let n = 0; n < 20; n++) log.notify([notice('firing', 'warning')]);
    expect(log.dropped()).toEqual({ rate_limited: 13 });
    clock.advance(1000);
    log.notify([notice('firing', 'warning')]);
    expect(log.dropped()).toEqual({ rate_limited: 13 });
  });
});
