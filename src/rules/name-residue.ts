/**
 * What of a name pattern is left once it has matched a prefix: the patterns the rest of the name must match, one of them.
 *
 * A `*` may end before, within or after the prefix, so there can be several; none: no name with that prefix matches. It
 * splits `tools/call *` into what the labels for method and tool hold each.
 */
export function residues(pattern: string, prefix: string): readonly string[] {
  let states = [pattern];
  for (const character of prefix) {
    const next = new Set<string>();
    for (const state of states) {
      const afterStars = state.replace(/^\*+/, '');
      if (afterStars.startsWith(character)) next.add(afterStars.slice(1));
      // The wildcard may take the character too.
      if (afterStars !== state) next.add(`*${afterStars}`);
    }
    states = [...next];
  }
  // `*x` covers `x`.
  return states.filter((state) => !states.includes(`*${state}`));
}
