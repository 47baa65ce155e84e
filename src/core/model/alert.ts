export const SEVERITIES = ['info', 'warning', 'critical', 'emergency'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const ALERT_CATEGORIES = [
  'latency',
  'memory',
  'throughput',
  'error_rate',
  'resource',
  'anomaly',
  'budget',
  'telemetry',
] as const;
export type AlertCategory = (typeof ALERT_CATEGORIES)[number];

export type AlertState = 'pending' | 'firing' | 'resolved';

/** One alert: a rule that holds, or held, for one combination of attributes. Times are milliseconds since the Unix epoch. */
export interface AlertSnapshot {
  /** The same for the same rule and attributes: what channels deduplicate by. */
  readonly fingerprint: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly category: AlertCategory;
  readonly state: AlertState;
  readonly attributes: Readonly<Record<string, string>>;
  /** The figure the rule looked at, and what it was compared with. */
  readonly value: number;
  readonly threshold: number;
  /** One sentence for people: what is wrong, with figures. */
  readonly message: string;
  /** What to do next, where that is known. */
  readonly advice: string | undefined;
  readonly pendingSince: number;
  readonly firedAt: number | undefined;
  readonly resolvedAt: number | undefined;
  /** Silenced alerts are shown and kept, not sent. */
  readonly silencedUntil: number | undefined;
}

/** What is wrong now, and what was within the last hour. */
export interface AlertsSnapshot {
  readonly active: readonly AlertSnapshot[];
  /** Resolved ones, the newest first. */
  readonly history: readonly AlertSnapshot[];
  readonly firingBySeverity: Readonly<Record<Severity, number>>;
  readonly firingByCategory: Readonly<Partial<Record<AlertCategory, number>>>;
}

/** What a channel is told: an alert that has begun to fire, or has ended. */
export interface AlertNotice {
  readonly kind: 'firing' | 'resolved';
  readonly alert: AlertSnapshot;
}

/** Where alerts go. Nothing here throws, rejects, blocks or keeps the process alive. */
export interface AlertChannel {
  /** `log`, `webhook`, `alertmanager`, …; for diagnostics and for the counts of what was lost. */
  readonly name: string;
  /** Takes notices over; delivery is the channel's business. */
  notify(notices: readonly AlertNotice[]): void;
  /** Delivers what waits, within `timeoutMs`; answers whether everything got through. */
  flush?(timeoutMs: number): Promise<boolean>;
  /** Notices not delivered so far, and those lost for good by reason. */
  readonly waiting?: number;
  dropped?(): Readonly<Record<string, number>>;
  stop?(): void;
}

/** Alerts of a rule, or of attributes, that are not to be sent for a while. Texts may contain `*`. */
export interface AlertSilence {
  readonly id: string;
  readonly rule: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Milliseconds since the Unix epoch. */
  readonly until: number;
}
