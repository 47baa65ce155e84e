import type { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { VitalsConfig } from '../config/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import { VERSION } from '../core/version.ts';
import { registerHostMetrics } from '../runtime/host/host-metrics.ts';
import { registerRuntimeMetrics } from '../runtime/runtime-metrics.ts';
import { createRuntimeSampler, type RuntimeSampler } from '../runtime/runtime-sampler.ts';
import type { Part } from './part.ts';

export interface RuntimePartOptions {
  readonly config: VitalsConfig;
  readonly clock: Clock;
  readonly diag: Diag;
  readonly meterProvider: MeterProvider;
}

/** Figures of process, memory, event loop and host. */
export function createRuntimePart(options: RuntimePartOptions): Part & { readonly sampler: RuntimeSampler } {
  const { config, clock, diag, meterProvider } = options;
  const { intervalMs, hostIntervalMs } = config.runtime;
  const sampler = createRuntimeSampler({ clock, intervalMs, hostIntervalMs, diag });
  const meter = meterProvider.getMeter('mcp-vitals', VERSION);
  registerRuntimeMetrics(meter, sampler);
  registerHostMetrics(meter, sampler.host);
  return {
    sampler,
    snapshot: () => ({ process: sampler.snapshot() }),
    gauges: () => {
      const figures = sampler.snapshot();
      return {
        cpu: figures.cpuUtilization ?? Number.NaN,
        residentBytes: figures.residentBytes,
        heapUsedBytes: figures.heapUsedBytes,
        eventLoopDelayP99: figures.eventLoopDelayP99Seconds ?? Number.NaN,
        eventLoopUtilization: figures.eventLoopUtilization ?? Number.NaN,
      };
    },
    start: () => sampler.start(),
    stop: () => sampler.stop(),
  };
}
