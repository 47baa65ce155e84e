/**
 * One of the timers the product keeps running, alone in a process. Arguments: which, and seconds to look at it. Answers the share of a
 * core in per cent and how often a second the process was woken.
 */
import { setTimeout as after } from 'node:timers/promises';
import { LoopLog } from '../../src/alerts/recommendations/loop-log.ts';
import { LoopWatch } from '../../src/alerts/recommendations/loop-watch.ts';
import { systemClock } from '../../src/core/clock.ts';
import { EventLoopDelayMonitor } from '../../src/runtime/event-loop-delay.ts';
import { idleMs } from '../../src/runtime/idle-time.ts';
import { ProcessorWait } from '../../src/runtime/processor-wait.ts';

const WARM_UP_MS = 2_000;

const ELEMENTS: Readonly<Record<string, () => void>> = {
  nothing: () => {},
  'event-loop delay': () => new EventLoopDelayMonitor().start(0),
  'loop watch, without the scheduler’s account': () =>
    new LoopWatch(systemClock, new LoopLog(), () => ({ idleMs: idleMs(), processor: undefined })).start(),
  'loop watch': () => {
    const processor = new ProcessorWait();
    new LoopWatch(systemClock, new LoopLog(), () => ({ idleMs: idleMs(), processor: processor.read() })).start();
  },
};

const [element = '', seconds = '10'] = process.argv.slice(2);
ELEMENTS[element]?.();
await after(WARM_UP_MS);
const [cpu, { voluntaryContextSwitches: switches }, begin] = [
  process.cpuUsage(),
  process.resourceUsage(),
  performance.now(),
];
await after(Number(seconds) * 1000);
const { user, system } = process.cpuUsage(cpu);
const elapsed = (performance.now() - begin) / 1000;
const wakes = (process.resourceUsage().voluntaryContextSwitches - switches) / elapsed;
process.stdout.write(JSON.stringify({ percent: (user + system) / 1e4 / elapsed, wakes }));
process.exit();
