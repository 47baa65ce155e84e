import type { AlertListener } from '../alerts/alert-events.ts';
import type { SilenceMatcher } from '../alerts/silences.ts';
import type { AlertSilence, AlertsSnapshot } from '../core/model/alert.ts';

/** Alerts, for code in this process. */
export interface Alerts {
  /** Hears of every alert that begins to fire or is resolved and is not silenced. What a listener throws ends nothing. */
  addEventListener(type: 'alert', listener: AlertListener): void;
  removeEventListener(type: 'alert', listener: AlertListener): void;
  /** Pending, firing, and resolved within the last hour. */
  snapshot(): AlertsSnapshot;
  /**
   * Keeps alerts from being sent for a while; they are evaluated and shown all the same.
   *
   * @param until milliseconds since the Unix epoch
   * @returns the id to end it with
   * @throws {RangeError} when `until` is no time, or with more than 100 silences
   */
  silence(matcher: SilenceMatcher, until: number): string;
  /** Ends a silence before its time; `false` when it is over already. */
  unsilence(id: string): boolean;
  silences(): readonly AlertSilence[];
}
