import type { OtlpPipeline } from './pipeline.ts';

const NOTHING_UNSENT = { complete: true, unsentSpans: 0, unsentMetrics: false } as const;

/** Stands where no endpoint is configured: takes nothing and does nothing, so that nothing of OTLP needs to be loaded. */
export const NO_PIPELINE: OtlpPipeline = {
  addSpan() {},
  start() {},
  flush: async () => NOTHING_UNSENT,
  spoolUnsentSync: () => ({ spooled: 0, lost: 0 }),
  shutdown: async () => NOTHING_UNSENT,
  dropped: () => ({}),
  queueSizes: () => ({ traces: 0 }),
};
