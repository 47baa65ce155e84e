/** Names of the axes and the values of each. */
export type Axes = Readonly<Record<string, readonly (string | number)[]>>;

/** One value for every axis. */
export type Cell<A extends Axes> = { readonly [Axis in keyof A]: A[Axis][number] };

/** Every combination that can exist, in the order of the axes. */
export function everyCell<A extends Axes>(axes: A, possible: (cell: Cell<A>) => boolean = () => true): Cell<A>[] {
  let cells: Record<string, string | number>[] = [{}];
  for (const [axis, values] of Object.entries(axes)) {
    cells = cells.flatMap((cell) => values.map((value) => ({ ...cell, [axis]: value })));
  }
  return (cells as Cell<A>[]).filter(possible);
}

/** The pairs of values of two different axes that meet in a cell. */
export function pairsOf(cell: Readonly<Record<string, string | number>>): string[] {
  const values = Object.entries(cell).map(([axis, value]) => `${axis}=${value}`);
  return values.flatMap((one, index) => values.slice(index + 1).map((other) => `${one} ${other}`));
}

/**
 * A part of the cells in which every pair of values that meets in any cell meets at least once. Greedy: always the cell
 * with most pairs that are new, the first of several, so that the choice is the same in every run.
 */
export function pairwise<C extends Readonly<Record<string, string | number>>>(cells: readonly C[]): C[] {
  const open = new Set(cells.flatMap(pairsOf));
  const news = (cell: C): number => pairsOf(cell).filter((pair) => open.has(pair)).length;
  const chosen: C[] = [];
  while (open.size > 0) {
    const best = cells.reduce((a, b) => (news(b) > news(a) ? b : a));
    chosen.push(best);
    for (const pair of pairsOf(best)) open.delete(pair);
  }
  return chosen;
}

/** All cells here, a pairwise part of them with `CI=true`: what a run of a quarter of an hour can hold. */
export function cellsToRun<C extends Readonly<Record<string, string | number>>>(cells: readonly C[]): readonly C[] {
  return process.env['CI'] === 'true' ? pairwise(cells) : cells;
}
