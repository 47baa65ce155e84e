import type { HealthStatus } from '../../core/model/health.ts';

/** A monitored server as the view of the whole machine shows it. JSON-serialisable. */
export interface MachineServer {
  readonly pid: number;
  readonly service: string;
  readonly version: string | undefined;
  /** Address of its own page, `http:` or `https:`. */
  readonly url: string;
  /** `protected`: it asks for another token. `silent`: it gave no usable answer in time. */
  readonly state: 'answering' | 'protected' | 'silent';
  /** Why there are no figures. */
  readonly reason: string | undefined;
  readonly uptimeSeconds: number;
  readonly ratePerSecond: number | undefined;
  readonly active: number | undefined;
  /** Failed among the operations of the sliding window, 0 to 1. */
  readonly errorRatio: number | undefined;
  readonly p95Seconds: number | undefined;
  /** Latency objectives that are missed. */
  readonly breached: number;
  readonly health: { readonly score: number; readonly status: HealthStatus } | undefined;
  /** Firing alerts, and how bad the worst of them is; `undefined` where none are evaluated. */
  readonly alerts: { readonly firing: number; readonly worst: string } | undefined;
}

/** What the page of the machine asks for again and again. */
export interface MachineDocument {
  readonly schemaVersion: 1;
  readonly servers: readonly MachineServer[];
}
