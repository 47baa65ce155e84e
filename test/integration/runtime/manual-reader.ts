import { AggregationTemporality, type MetricData, MetricReader } from '@opentelemetry/sdk-metrics';

/** A cumulative reader that collects when told to. */
export class ManualReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  }

  /** Metrics that have points, by name; throws when a callback failed. */
  async read(): Promise<Map<string, MetricData>> {
    const { resourceMetrics, errors } = await this.collect();
    if (errors.length > 0) throw new AggregateError(errors, 'collection failed');
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return new Map(metrics.filter((m) => m.dataPoints.length > 0).map((m) => [m.descriptor.name, m]));
  }

  /** Value of a metric that has exactly one point. */
  async value(name: string): Promise<number | undefined> {
    const points = (await this.read()).get(name)?.dataPoints ?? [];
    if (points.length > 1) throw new RangeError(`${name} has ${points.length} points`);
    return points[0]?.value as number | undefined;
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** Blocks the event loop. */
export function stall(durationMs: number): void {
  const end = performance.now() + durationMs;
  while (performance.now() < end);
}
