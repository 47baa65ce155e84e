/** Kind of an instrument as OpenTelemetry names it. */
export type StreamKind = 'histogram' | 'counter' | 'updowncounter' | 'gauge';

/** One metric stream of the product: the single place where name, kind, unit and label set are written down. */
export interface Stream {
  readonly name: string;
  readonly kind: StreamKind;
  /** UCUM unit: `s`, `By`, `1`, `{request}`. */
  readonly unit: string;
  readonly description: string;
  /** The only attributes a point of this stream may carry. */
  readonly attributes: readonly string[];
}
