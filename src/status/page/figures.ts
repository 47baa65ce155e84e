import type { LatencySummary, QuantileEstimate } from '../../core/latency-summary.ts';

export const NONE = '–';
const KIB = 1024;

/** Seconds for people: `950 µs`, `12.3 ms`, `1.20 s`. */
export function seconds(value: number | null | undefined): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return NONE;
  if (value === 0) return '0 ms';
  if (value < 0.001) return `${(value * 1e6).toFixed(0)} µs`;
  if (value < 1) return `${(value * 1000).toFixed(value < 0.01 ? 2 : value < 0.1 ? 1 : 0)} ms`;
  return value < 100 ? `${value.toFixed(2)} s` : `${value.toFixed(0)} s`;
}

/** A share of one: `1.2 %`. */
export function percent(value: number | null | undefined, digits = 1): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return NONE;
  return `${(value * 100).toFixed(value === 0 || value === 1 ? 0 : digits)} %`;
}

/** Per second: `0.02`, `3.4`, `120`. */
export function rate(value: number | null | undefined): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return NONE;
  if (value === 0) return '0';
  return value < 1 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

/** Bytes in the largest unit that leaves a number above one: `48 MiB`. */
export function bytes(value: number | null | undefined): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return NONE;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const exponent = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(value) / Math.log(KIB)));
  const scaled = value / KIB ** exponent;
  return `${scaled.toFixed(exponent > 0 && scaled < 10 ? 1 : 0)} ${units[exponent]}`;
}

/** Whole numbers with separators that do not depend on the reader's locale: `12 345`. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A stretch of time in its two largest units: `3 h 5 min`. */
export function stretch(value: number): string {
  const whole = Math.max(0, Math.floor(value));
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ];
  const first = units.findIndex(([, size]) => whole >= size);
  if (first < 0) return '0 s';
  let rest = whole;
  return units
    .slice(first, first + 2)
    .map(([unit, size]) => {
      const times = Math.floor(rest / size);
      rest -= times * size;
      return times === 0 ? '' : `${times} ${unit}`;
    })
    .filter((part) => part !== '')
    .join(' ');
}

/** Time of day of a Unix time in milliseconds. */
export function clockTime(unixMs: number): string {
  return new Date(unixMs).toLocaleTimeString('en-GB');
}

/** One percentile of a summary. */
export function quantile({ quantiles }: LatencySummary, wanted: number): QuantileEstimate | undefined {
  return quantiles.find((estimate) => estimate.quantile === wanted);
}
