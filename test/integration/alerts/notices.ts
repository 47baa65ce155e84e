import type { AlertNotice } from '../../../src/core/model/alert.ts';

/** A notice of an alert of some rule, which is its fingerprint too. */
export function notice(rule: string, kind: AlertNotice['kind'] = 'firing', resolvedAt?: number): AlertNotice {
  return {
    kind,
    alert: {
      fingerprint: rule,
      rule,
      severity: 'critical',
      category: 'latency',
      state: kind,
      attributes: { tool: 'é' },
      value: 2,
      threshold: 1,
      message: `${rule} é`,
      advice: 'look',
      pendingSince: 1,
      firedAt: 2,
      resolvedAt,
      silencedUntil: undefined,
    },
  };
}
