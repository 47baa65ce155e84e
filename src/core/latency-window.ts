export interface LatencySummary {
  readonly count: number;
}
