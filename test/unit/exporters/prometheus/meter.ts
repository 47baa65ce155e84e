import {
  MeterProvider,
  type MeterProviderOptions,
  MetricReader,
  type MetricReaderOptions,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A real meter provider and a reader that collects when told to. */
export function createMeter(options: Omit<MeterProviderOptions, 'readers'> = {}, reading: MetricReaderOptions = {}) {
  const reader = new ManualReader(reading);
  const provider = new MeterProvider({ ...options, readers: [reader] });
  const collect = async (): Promise<ResourceMetrics> => (await reader.collect()).resourceMetrics;
  return { provider, collect };
}
