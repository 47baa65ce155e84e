import type { DistributionBin } from '../latency-distribution.ts';
import type { SlowCall } from '../slowest-calls.ts';
import type { ObjectiveSnapshot, WindowFigures } from './objective.ts';
import type { OperationSnapshot } from './snapshot.ts';

/** Everything about one operation at one instant. JSON-serialisable. */
export interface OperationDetail {
  readonly schemaVersion: 1;
  /** Unix milliseconds. */
  readonly timestamp: number;
  readonly operation: OperationSnapshot;
  /** How the calls of the sliding window spread over latency. */
  readonly distribution: readonly DistributionBin[];
  /** The slowest calls of the last ten minutes. */
  readonly slowest: readonly SlowCall[];
  /** Its objectives and longer windows; empty where nothing judges it. */
  readonly objectives: readonly ObjectiveSnapshot[];
  readonly windows: readonly WindowFigures[];
}
