import { seededDraws } from './random.ts';

const HOUR = 3600;
export const DAY = 24 * HOUR;
const TICK = 5;

/** A disturbance that a detector should report. Seconds since the begin of the stream. */
export interface Disturbance {
  readonly from: number;
  /** Until when an alert belongs to it: its end, or 20 minutes for what stays. */
  readonly to: number;
  /** Whether it doubles the latency at once: its delay is measured. */
  readonly isDoubling: boolean;
}

/** One kind of service: how its latency is changed at each instant, and which of that is a disturbance. */
export interface Scenario {
  readonly name: string;
  readonly disturbances: readonly Disturbance[];
  /** Factor on the level of all requests. */
  level(second: number): number;
  /** Share of requests that are slowed down, and by how much. */
  tail?(second: number): { readonly share: number; readonly factor: number } | undefined;
  /** Spread of ln(latency) instead of the one of the stream. */
  readonly spread?: number;
}

const inside = (second: number, from: number, to: number): boolean => second >= from && second < to;

/** A factor that holds for some time, at several times of the day. */
function shifts(name: string, factor: number, seconds: number): Scenario {
  const starts = [5, 9.5, 14.2, 19.7].map((hours) => hours * HOUR);
  return {
    name,
    disturbances: starts.map((from) => ({ from, to: from + seconds, isDoubling: factor === 2 })),
    level: (second) => (starts.some((from) => inside(second, from, from + seconds)) ? factor : 1),
  };
}

/** A step that stays: a new version of the service. */
function deploy(name: string, factor: number): Scenario {
  const at = 11 * HOUR;
  return {
    name,
    disturbances: factor > 1.3 ? [{ from: at, to: at + 20 * 60, isDoubling: factor === 2 }] : [],
    level: (second) => (second >= at ? factor : 1),
  };
}

/** Grows over some time, holds, and goes back at once. */
function ramp(name: string, factor: number, seconds: number): Scenario {
  const from = 8 * HOUR;
  const to = from + seconds + HOUR;
  return {
    name,
    disturbances: [{ from, to, isDoubling: false }],
    level: (second) => (inside(second, from, to) ? factor ** Math.min(1, (second - from) / seconds) : 1),
  };
}

const season = (second: number): number => 1 + 0.3 * Math.sin((2 * Math.PI * second) / DAY);
const tailStarts = [6, 12.4, 18.1].map((hours) => hours * HOUR);

/** Eleven services over 24 hours. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'steady', disturbances: [], level: () => 1 },
  { name: 'heavy tail', disturbances: [], level: () => 1, spread: 1.3 },
  { name: 'daily rhythm', disturbances: [], level: season },
  shifts('x1.5 for 10 min', 1.5, 600),
  shifts('x2 for 10 min', 2, 600),
  { ...shifts('x2 in a daily rhythm', 2, 600), level: (t) => season(t) * shifts('', 2, 600).level(t) },
  shifts('x5 for 1 min', 5, 60),
  ramp('ramp to x2.5 within 40 min', 2.5, 2400),
  ramp('ramp to x4 within 4 h', 4, 4 * HOUR),
  {
    name: 'tail only',
    disturbances: tailStarts.map((from) => ({ from, to: from + 900, isDoubling: false })),
    level: () => 1,
    tail: (second) =>
      tailStarts.some((from) => inside(second, from, from + 900)) ? { share: 0.15, factor: 10 } : undefined,
  },
  deploy('deploy x2', 2),
];

export interface StreamOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly ratePerSecond: number;
  readonly medianSeconds: number;
  /** Standard deviation of ln(latency). */
  readonly spread: number;
}

/** Plays a stream: every request, and a tick every 5 s. Level noise: AR(1) of 5 %; 0.1 % of the requests are outliers. */
export function playStream(
  { scenario, seed, ratePerSecond, medianSeconds, spread }: StreamOptions,
  onRequest: (seconds: number) => void,
  onTick: (second: number) => void,
): void {
  const random = seededDraws(seed);
  const sigma = scenario.spread ?? spread;
  let next = random.interval(ratePerSecond);
  let noise = 0;
  for (let second = 0; second < DAY; second += TICK) {
    noise = 0.9 * noise + random.normal() * 0.05 * Math.sqrt(1 - 0.81);
    for (; next < second + TICK; next += random.interval(ratePerSecond)) {
      let latency = medianSeconds * Math.exp(sigma * random.normal() + noise) * scenario.level(next);
      const tail = scenario.tail?.(next);
      if (tail !== undefined && random.uniform() < tail.share) latency *= tail.factor;
      if (random.uniform() < 0.001) latency *= 20;
      onRequest(latency);
    }
    onTick(second + TICK);
  }
}
