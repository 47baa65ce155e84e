import type { ResolvedConfig } from '../config/index.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { Alerts } from './alerts.ts';

/** The running product, as the status endpoint, the lifecycle and the programmatic interface see it. */
export interface Running {
  readonly config: ResolvedConfig;
  /** Address of the status endpoint; `undefined` when it is off or no port could be bound. */
  readonly url: string | undefined;
  /** All figures at this instant. */
  snapshot(): Snapshot;
  /** The figures as one aligned table for people. */
  summary(): string;
  /** Every metric of the process in Prometheus text format. */
  metricsText(): Promise<string>;
  /** Alerts, for code in this process. */
  readonly alerts: Alerts;
  /** Whether there is a receiver to wait for: of telemetry over OTLP, or of alerts. */
  readonly exporting: boolean;
  /**
   * Sends what is recorded, within `shutdown.timeoutMs`; never rejects.
   *
   * @param ending whether the process goes afterwards: sessions still open then count as ended
   * @returns whether everything was acknowledged
   */
  flush(ending: boolean): Promise<boolean>;
  /**
   * For the moment at which the process ends: keeps what is unsent or counts it as lost, takes back the discovery file,
   * prints the summary where that is asked for.
   */
  keepUnsentSync(): void;
  /** Flushes and stops everything; the instrumentation keeps recording into memory. */
  shutdown(): Promise<void>;
}
