import type { ResolvedConfig } from '../config/index.ts';
import type { Snapshot } from '../core/model.ts';

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
  /** Sends what is recorded, within `shutdown.timeoutMs`; never rejects. */
  flush(): Promise<void>;
  /** For the `exit` event: ends open sessions, keeps what is unsent or counts it as lost. */
  keepUnsentSync(): void;
  /** Flushes and stops everything; the instrumentation keeps recording into memory. */
  shutdown(): Promise<void>;
}
