/** One part of the report. */
export interface Section {
  readonly title: string;
  /**
   * Computes its lines; deterministic, since every stream is seeded.
   *
   * @param quick fewer seeds, for a first look
   */
  run(quick: boolean): readonly string[];
}
