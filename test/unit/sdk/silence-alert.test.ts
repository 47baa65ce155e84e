import { describe, expect, it } from 'vitest';
import { Silences } from '../../../src/alerts/silences.ts';
import type { AlertSnapshot } from '../../../src/core/model/alert.ts';
import type { Alerts } from '../../../src/sdk/alerts.ts';
import { createAlertSilencer } from '../../../src/sdk/silence-alert.ts';

const ALERT: AlertSnapshot = {
  fingerprint: 'f-1',
  rule: 'latency-high',
  severity: 'warning',
  category: 'latency',
  state: 'firing',
  attributes: { operation: 'tools/call find' },
  value: 0.3,
  threshold: 0.2,
  message: 'slow',
  advice: undefined,
  pendingSince: 1,
  firedAt: 2,
  resolvedAt: undefined,
  silencedUntil: undefined,
};

describe('silencing an alert by its fingerprint', () => {
  it('silences that alert and no other, replaces an earlier silence, and ends it', () => {
    const silences = new Silences();
    const alerts: Alerts = {
      addEventListener: () => {},
      removeEventListener: () => {},
      snapshot: () => ({
        active: [ALERT],
        history: [],
        firingBySeverity: { info: 0, warning: 1, critical: 0, emergency: 0 },
        firingByCategory: { latency: 1 },
      }),
      silence: (matcher, until) => silences.add(matcher, until, 100),
      unsilence: (id) => silences.end(id),
      silences: () => silences.list(100),
    };
    const silence = createAlertSilencer(alerts, () => 100);
    expect(silence('another', 500)).toBe(false);
    expect(silence('f-1', 500)).toBe(true);
    expect(silences.until(ALERT.rule, ALERT.attributes, 100)).toBe(500);
    expect(silences.until(ALERT.rule, { operation: 'tools/call other' }, 100)).toBeUndefined();
    expect(silence('f-1', 400)).toBe(true);
    expect(silences.until(ALERT.rule, ALERT.attributes, 100)).toBe(400);
    expect(silence('f-1', 100)).toBe(true);
    expect(silences.list(100)).toEqual([]);
  });
});
