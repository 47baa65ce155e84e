/** Ids cited so far in this process; the coverage gate reads citations from the sources, not from here. */
const cited = new Set<string>();

/**
 * Says which requirements the surrounding test proves. The gate in `test/architecture/requirements.test.ts` checks both
 * ways: no requirement without a citation unless it is marked planned, and no citation of an unknown or planned id.
 */
export function verifies(...ids: readonly string[]): void {
  for (const id of ids) {
    if (!/^[A-Z]{3}-\d{2}$/.test(id)) throw new RangeError(`not a requirement id: ${JSON.stringify(id)}`);
    cited.add(id);
  }
}
