import type { Trend } from '../../core/model/health.ts';
import { FEWEST_VALUES, testTrend } from './mann-kendall.ts';

/** One value per minute, the newest last; NaN where a minute has none. */
export type MinuteValues = Readonly<Record<Trend['figure'], readonly number[]>>;

/** Most minutes looked at: longer ago is another time of the day. */
export const TREND_MINUTES = 60;
const SURE = 0.01;
/** A change within the hour of less than this share of the level is no direction, however certain. */
const SMALLEST_CHANGE = 0.05;
/** And errors of less than this share of the requests are not worth one. */
const SMALLEST_ERROR_CHANGE = 0.005;

/** Direction and size per hour of each figure, with the evidence. */
export function assessTrends(minutes: MinuteValues): Trend[] {
  return (Object.keys(minutes) as Trend['figure'][]).map((figure) => assessTrend(figure, minutes[figure]));
}

function assessTrend(figure: Trend['figure'], all: readonly number[]): Trend {
  const values = all.slice(-TREND_MINUTES);
  const known = values.filter(Number.isFinite).length;
  const test = testTrend(values);
  if (test === undefined) {
    const evidence = `${known} minutes with figures; a trend takes ${FEWEST_VALUES}`;
    return {
      figure,
      direction: 'unknown',
      perHour: undefined,
      level: undefined,
      pValue: undefined,
      minutes: known,
      evidence,
    };
  }
  const { slope, level, pValue, samples } = test;
  const perHour = slope * 60;
  const span = Math.abs(slope) * values.length;
  const smallest = figure === 'errors' ? SMALLEST_ERROR_CHANGE : SMALLEST_CHANGE * Math.abs(level);
  const isSure = pValue < SURE && span > smallest;
  const direction = !isSure ? 'steady' : slope > 0 ? 'rising' : 'falling';
  const certainty = `Mann-Kendall p ${pValue < 0.001 ? 'below 0.001' : pValue.toFixed(3)} over ${samples} minutes`;
  const evidence = `${shown(figure, level)}, ${slope < 0 ? '−' : '+'}${change(figure, Math.abs(perHour))} an hour, ${certainty}`;
  return { figure, direction, perHour, level, pValue, minutes: samples, evidence };
}

/** A share that changes does so by points: 6 % more of 7 % would be little. */
function change(figure: Trend['figure'], value: number): string {
  return figure === 'errors' ? `${(value * 100).toPrecision(2)} percentage points` : shown(figure, value);
}

function shown(figure: Trend['figure'], value: number): string {
  switch (figure) {
    case 'p95':
      return `${(value * 1000).toPrecision(3)} ms`;
    case 'rate':
      return `${value.toPrecision(3)} requests/s`;
    case 'errors':
      return `${(value * 100).toPrecision(2)} %`;
    default:
      return `${(value / 1024 ** 2).toFixed(0)} MiB`;
  }
}
