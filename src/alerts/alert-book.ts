import {
  type AlertCategory,
  type AlertNotice,
  type AlertSnapshot,
  type AlertsSnapshot,
  SEVERITIES,
  type Severity,
} from '../core/model/alert.ts';
import { Alert } from './alert.ts';
import { isBeyond } from './alert-machine.ts';
import type { Explanation } from './explain-alert.ts';
import type { Rule } from './rule.ts';
import type { Reading } from './rule-watch.ts';
import type { Silences } from './silences.ts';

const HISTORY_MS = 3_600_000;
/** Resolved alerts kept within that hour. */
const MAX_HISTORY = 500;

/** What else is known about an alert of that rule and these attributes. */
export type Explain = (rule: Rule, attributes: Readonly<Record<string, string>>) => Explanation | undefined;

/** All alerts: pending, firing, and the resolved ones of the last hour. Says which channels have to hear of what. */
export class AlertBook {
  readonly #silences: Silences;
  readonly #explain: Explain;
  readonly #active = new Map<Rule, Map<string, Alert>>();
  #history: AlertSnapshot[] = [];
  #evaluation = 0;

  /** @param explain asked only about what is pending, fires or ends */
  constructor(silences: Silences, explain: Explain = () => undefined) {
    this.#silences = silences;
    this.#explain = explain;
  }

  /**
   * Takes in what all rules have read at one instant.
   *
   * A silenced alert is not announced; when it still fires after the silence, it is announced then. What was announced is
   * always announced as resolved, silenced or not, so that no receiver keeps an alert that is over.
   *
   * @param nowMs monotonic
   * @param wallMs the same instant since the Unix epoch
   */
  apply(
    results: Iterable<{ rule: Rule; unit: string; readings: readonly Reading[] }>,
    nowMs: number,
    wallMs: number,
  ): AlertNotice[] {
    this.#evaluation += 1;
    const notices: AlertNotice[] = [];
    for (const { rule, unit, readings } of results) {
      for (const reading of readings) this.#step(rule, unit, reading, nowMs, wallMs, notices);
      for (const [key, alert] of this.#active.get(rule) ?? []) {
        if (alert.evaluation === this.#evaluation) continue;
        // Its series are gone altogether: no verdict.
        this.#step(rule, unit, { key, attributes: alert.attributes, value: undefined }, nowMs, wallMs, notices);
      }
    }
    this.#forget(wallMs);
    return notices;
  }

  snapshot(): AlertsSnapshot {
    const active = this.#alerts()
      .map((alert) => alert.snapshot())
      .sort(bySeverity);
    const firing = active.filter(({ state }) => state === 'firing');
    const firingBySeverity = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as Record<
      Severity,
      number
    >;
    const firingByCategory: Partial<Record<AlertCategory, number>> = {};
    for (const { severity, category } of firing) {
      firingBySeverity[severity] += 1;
      firingByCategory[category] = (firingByCategory[category] ?? 0) + 1;
    }
    return { active, history: [...this.#history], firingBySeverity, firingByCategory };
  }

  /** Firing alerts by rule, for the gauge; rules that fired before keep a 0. */
  firingByRule(rules: readonly Rule[]): readonly { readonly rule: Rule; readonly firing: number }[] {
    return rules.map((rule) => {
      let firing = 0;
      for (const alert of this.#active.get(rule)?.values() ?? []) if (alert.state === 'firing') firing += 1;
      return { rule, firing };
    });
  }

  #step(
    rule: Rule,
    unit: string,
    { key, attributes, value }: Reading,
    nowMs: number,
    wallMs: number,
    notices: AlertNotice[],
  ): void {
    const ofRule = this.#active.get(rule);
    const known = ofRule?.get(key);
    // Nearly always nothing is wrong and nothing was: no alert is made only to be thrown away.
    if (known === undefined && (value === undefined || !isBeyond(value, rule.operator, rule.threshold))) return;
    const alert = known ?? new Alert(rule, attributes);
    alert.evaluation = this.#evaluation;
    const change = alert.step(nowMs, wallMs, value, unit);
    if (known === undefined) {
      if (alert.state === 'quiet') return;
      if (ofRule === undefined) this.#active.set(rule, new Map([[key, alert]]));
      else ofRule.set(key, alert);
    }
    // What explained it may be gone when it ends: the last words stay.
    if (alert.state !== 'quiet' || change === 'resolved') {
      alert.explanation = { ...alert.explanation, ...this.#explain(rule, attributes) };
    }
    alert.silencedUntil = this.#silences.until(rule.name, attributes, wallMs);
    if (alert.state === 'firing') {
      if (alert.announced || alert.silencedUntil !== undefined) return;
      alert.announced = true;
      notices.push({ kind: 'firing', alert: alert.snapshot() });
    } else if (alert.state === 'quiet') {
      ofRule?.delete(key);
      if (change !== 'resolved') return;
      const snapshot = alert.snapshot();
      this.#history.unshift(snapshot);
      if (alert.announced) notices.push({ kind: 'resolved', alert: snapshot });
    }
  }

  #alerts(): Alert[] {
    return [...this.#active.values()].flatMap((alerts) => [...alerts.values()]);
  }

  #forget(wallMs: number): void {
    if (this.#history.length === 0) return;
    if (this.#history.length > MAX_HISTORY) this.#history.length = MAX_HISTORY;
    const oldest = wallMs - HISTORY_MS;
    if ((this.#history.at(-1)?.resolvedAt ?? 0) >= oldest) return;
    this.#history = this.#history.filter(({ resolvedAt }) => (resolvedAt ?? 0) >= oldest);
  }
}

function bySeverity(a: AlertSnapshot, b: AlertSnapshot): number {
  const rank = ({ severity, state }: AlertSnapshot): number =>
    SEVERITIES.indexOf(severity) + (state === 'firing' ? SEVERITIES.length : 0);
  return rank(b) - rank(a) || a.pendingSince - b.pendingSince;
}
