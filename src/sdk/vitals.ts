import { createTiming, type Timing } from '../components/timers/timing.ts';
import { liveTracker } from './live-tracker.ts';
import { type Watching, watching } from './watch.ts';

/** Timing in code and watching of resources; see {@link Timing}, {@link Watching}. Calls straight through in a process that is not measured. */
export const vitals: Timing & Watching = { ...createTiming(liveTracker), ...watching };
