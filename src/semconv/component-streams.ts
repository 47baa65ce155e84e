import type { Stream } from './stream.ts';

/** Streams about what tools call: components, caches, connection pools, batches. */
export const COMPONENT_STREAMS: readonly Stream[] = [];
