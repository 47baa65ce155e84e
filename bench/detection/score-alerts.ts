import type { Disturbance } from './service-streams.ts';

/** After the end of a disturbance an alert may still stand, or just come. */
const GRACE_SECONDS = 120;

/** An alert over a stretch of time, in seconds since the begin of the stream. */
export interface AlertStretch {
  readonly from: number;
  readonly to: number;
}

/** What came of one or more streams; to be added up. */
export interface DetectionScore {
  events: number;
  detected: number;
  alerts: number;
  trueAlerts: number;
  normalTicks: number;
  falseTicks: number;
  streams: number;
  /** Seconds from the begin of each doubling to its alert; infinite where it was missed. */
  readonly doublingDelays: number[];
}

export function emptyScore(): DetectionScore {
  return {
    events: 0,
    detected: 0,
    alerts: 0,
    trueAlerts: 0,
    normalTicks: 0,
    falseTicks: 0,
    streams: 0,
    doublingDelays: [],
  };
}

/** Holds alerts against what was done to a stream of that many ticks. */
export function addToScore(
  score: DetectionScore,
  alerts: readonly AlertStretch[],
  disturbances: readonly Disturbance[],
  ticks: { readonly count: number; readonly seconds: number },
): void {
  const belongs = ({ from, to }: Disturbance, alert: AlertStretch): boolean =>
    alert.from >= from && alert.from <= to + GRACE_SECONDS;
  score.streams += 1;
  score.alerts += alerts.length;
  score.events += disturbances.length;
  score.trueAlerts += alerts.filter((alert) => disturbances.some((event) => belongs(event, alert))).length;
  for (const event of disturbances) {
    const first = alerts.find((alert) => belongs(event, alert));
    if (first !== undefined) score.detected += 1;
    if (event.isDoubling)
      score.doublingDelays.push(first === undefined ? Number.POSITIVE_INFINITY : first.from - event.from);
  }
  const isNear = (second: number): boolean =>
    disturbances.some(({ from, to }) => second >= from && second <= to + 15 * 60);
  for (let tick = 1; tick <= ticks.count; tick += 1) {
    const second = tick * ticks.seconds;
    if (isNear(second)) continue;
    score.normalTicks += 1;
    if (alerts.some(({ from, to }) => second >= from && second < to)) score.falseTicks += 1;
  }
}
