import type { Stream } from '../../semconv/stream.ts';
import { metricOf, selector } from '../promql.ts';

/** One query of a panel. */
export interface Query {
  readonly expr: string;
  /** With `{{label}}` for the labels that tell the series apart. */
  readonly legend: string;
  /** Shows the traces behind the points. */
  readonly exemplars?: boolean;
}

/** One panel, without its place. */
export interface PanelSpec {
  readonly title: string;
  readonly description: string;
  readonly type: 'timeseries' | 'stat' | 'heatmap' | 'bargauge';
  /** Unit id of Grafana: `s`, `percentunit`, `reqps`, `bytes`, `short`. */
  readonly unit: string;
  /** Of 24 columns. */
  readonly width: number;
  readonly queries: readonly Query[];
  /** From which value on a figure is a warning, and wrong. */
  readonly limits?: readonly Limit[];
  /** Lower values are the bad ones. */
  readonly goodAbove?: boolean;
  readonly max?: number;
  /** What is to be switched on for it to show anything; in the description and where it is empty. */
  readonly needs?: string;
}

export interface Limit {
  readonly value: number;
  readonly color: 'green' | 'orange' | 'red';
}

/** Panels under one heading. */
export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

export interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly RowSpec[];
}

/** The servers that are chosen at the top of the dashboard. */
const CHOSEN = ['job=~"$job"', 'instance=~"$instance"'];

/** Series of a stream at the chosen servers. */
export function chosen(stream: Stream, part: '' | '_bucket' | '_sum' | '_count' = '', ...matchers: string[]): string {
  return selector(metricOf(stream) + part, [...CHOSEN, ...matchers]);
}

/** Series of any metric at the chosen servers. */
export function chosenNamed(metric: string, ...matchers: string[]): string {
  return selector(metric, [...CHOSEN, ...matchers]);
}

/** Growth a second; the interval follows the resolution of the screen and of the scrapes. */
export function rate(series: string): string {
  return `rate(${series}[$__rate_interval])`;
}

/** A share of two sums; nothing where there is nothing to divide by. */
export function share(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}
