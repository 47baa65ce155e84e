import { createTiming, type Timing } from '../components/timers/timing.ts';
import { liveTracker } from './live-tracker.ts';

/** Timing in code; see {@link Timing}. Calls straight through in a process that is not measured. */
export const vitals: Timing = createTiming(liveTracker);
