import { OBJECTIVE_STREAMS } from './objective-streams.ts';
import type { Stream } from './stream.ts';

/** Streams about what was made of the figures: percentiles, objectives, budgets, alerts, health. */
export const JUDGEMENT_STREAMS: readonly Stream[] = [...OBJECTIVE_STREAMS];
