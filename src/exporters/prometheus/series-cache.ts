/**
 * Line prefixes of series that were rendered before.
 *
 * Labels cost far more to render than values, and they do not change from scrape to scrape. Points of a stream keep their
 * order between collections, so the cache is a list beside them: an entry is valid when the point at its position has the
 * same attributes object, or one with equal content (observable instruments make new ones). A shifted list is rendered
 * again. Entries beyond the last point are dropped, so series that vanished leave nothing behind.
 */
import type { Attributes } from '@opentelemetry/api';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { formatBoundary } from '../../semconv/prometheus-number.ts';
import { formatLabels } from './labels.ts';

/** Plain text 0.0.4, or OpenMetrics 1.0. */
export type Syntax = 'text' | 'openmetrics';

/** One series: its rendered prefixes, without value. */
export interface Series {
  readonly attributes: Attributes;
  /** Identity within its metric family. */
  readonly labels: string;
  /** `name{labels} `, for histograms `name_bucket{labels,le="`. */
  readonly prefix: string;
  readonly sumPrefix: string;
  readonly countPrefix: string;
  /** Another series of the family has the same labels and came first. */
  duplicate: boolean;
}

/** How many series may still be kept, over all streams of a formatter. */
export interface CacheBudget {
  left: number;
}

/** The cached series of one metric stream (one metric of one scope). */
export class StreamSeries {
  readonly #name: string;
  readonly #histogram: boolean;
  readonly #scopeAttributes: Attributes;
  readonly #reserved: readonly string[];
  readonly #budget: CacheBudget;
  readonly #cached: Series[] = [];
  #boundaries: readonly number[] = [];
  #tails: Partial<Record<Syntax, readonly string[]>> = {};

  constructor(name: string, histogram: boolean, scope: ScopeMetrics['scope'], budget: CacheBudget) {
    this.#name = name;
    this.#histogram = histogram;
    this.#scopeAttributes = scopeAttributes(scope);
    this.#reserved = histogram ? ['le'] : [];
    this.#budget = budget;
  }

  /** The series of the given points, in their order, and whether any was not known before. */
  resolve(points: readonly { readonly attributes: Attributes }[]): { series: readonly Series[]; changed: boolean } {
    const cached = this.#cached;
    let changed = cached.length > points.length;
    this.#truncate(points.length);
    let beyond: Series[] | undefined;
    for (let at = 0; at < points.length; at += 1) {
      const attributes = points[at]?.attributes ?? {};
      const known = cached[at];
      if (known !== undefined && sameAttributes(known.attributes, attributes)) continue;
      changed = true;
      const rendered = this.#render(attributes);
      if (known !== undefined) cached[at] = rendered;
      else if (beyond === undefined && this.#budget.left > 0) {
        cached.push(rendered);
        this.#budget.left -= 1;
      } else {
        beyond ??= [];
        beyond.push(rendered);
      }
    }
    return { series: beyond === undefined ? cached : [...cached, ...beyond], changed };
  }

  /** Ends of bucket lines for the given boundaries: `0.5"} `; OpenMetrics writes whole numbers as `1.0`. */
  tails(boundaries: readonly number[], syntax: Syntax): readonly string[] {
    if (!sameNumbers(this.#boundaries, boundaries)) {
      this.#boundaries = [...boundaries];
      this.#tails = {};
    }
    this.#tails[syntax] ??= boundaries.map((boundary) => {
      const text = formatBoundary(boundary);
      return `${syntax === 'openmetrics' ? text.replace(/^-?\d+$/, '$&.0') : text}"} `;
    });
    return this.#tails[syntax];
  }

  /** Gives everything back to the budget. */
  clear(): void {
    this.#truncate(0);
  }

  #truncate(length: number): void {
    if (this.#cached.length <= length) return;
    this.#budget.left += this.#cached.length - length;
    this.#cached.length = length;
  }

  #render(attributes: Attributes): Series {
    const labels = formatLabels({ ...attributes, ...this.#scopeAttributes }, this.#reserved);
    const braces = labels === '' ? '' : `{${labels}}`;
    // join() makes flat strings; concatenation would keep the parts alive and be flattened again at every scrape.
    const flat = (...parts: readonly string[]): string => parts.join('');
    return {
      attributes,
      labels,
      prefix: this.#histogram
        ? flat(this.#name, '_bucket{', labels, labels === '' ? 'le="' : ',le="')
        : flat(this.#name, braces, ' '),
      sumPrefix: this.#histogram ? flat(this.#name, '_sum', braces, ' ') : '',
      countPrefix: this.#histogram ? flat(this.#name, '_count', braces, ' ') : '',
      duplicate: false,
    };
  }
}

function scopeAttributes({ name, version, schemaUrl }: ScopeMetrics['scope']): Attributes {
  // Empty values are left out when the labels are written.
  return {
    'otel.scope.name': name,
    'otel.scope.version': version ?? '',
    'otel.scope.schema_url': schemaUrl ?? '',
  };
}

function sameAttributes(a: Attributes, b: Attributes): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => a[key] === b[key] && key in b);
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((value, at) => value === b[at]));
}
