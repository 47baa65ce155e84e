import type { Meter } from '@opentelemetry/api';
import { MeterProvider, MetricReader, type ResourceMetrics, type ViewOptions } from '@opentelemetry/sdk-metrics';

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A meter of a real SDK, and what a reader of it collects. */
export class MetricsUnderTest {
  readonly #reader = new Reader();
  readonly meter: Meter;

  constructor(views: ViewOptions[] = []) {
    this.meter = new MeterProvider({ readers: [this.#reader], views }).getMeter('application');
  }

  async collect(): Promise<ResourceMetrics> {
    return (await this.#reader.collect()).resourceMetrics;
  }
}
