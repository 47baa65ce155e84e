import type { AlertSnapshot } from '../core/model/alert.ts';
import type { Alerts } from './alerts.ts';

/**
 * Silences one alert by its fingerprint, as the page does it: a silence of exactly its rule and attributes.
 *
 * @returns what silences until a time (Unix milliseconds), or ends that silence when the time is over; false when no active
 *   alert has the fingerprint or as many silences as allowed are in force
 */
export function createAlertSilencer(
  alerts: Alerts,
  nowMs: () => number,
): (fingerprint: string, untilMs: number) => boolean {
  return (fingerprint, untilMs) => {
    const alert = alerts.snapshot().active.find((candidate) => candidate.fingerprint === fingerprint);
    if (alert === undefined) return false;
    for (const { id, rule, attributes } of alerts.silences()) {
      if (rule === alert.rule && sameAttributes(attributes, alert.attributes)) alerts.unsilence(id);
    }
    if (untilMs <= nowMs()) return true;
    try {
      alerts.silence({ rule: alert.rule, attributes: alert.attributes }, untilMs);
      return true;
    } catch {
      return false;
    }
  };
}

function sameAttributes(a: AlertSnapshot['attributes'], b: AlertSnapshot['attributes']): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
