/** A name in which `*` stands for any text. */
export interface NamePattern {
  readonly text: string;
  /** Characters that are not wildcards; a name without any wildcard counts above every one with. */
  readonly specificity: number;
  matches(name: string): boolean;
}

const EXACT = 1e6;

/** Reads a name pattern; everything but `*` stands for itself. */
export function namePattern(text: string): NamePattern {
  const parts = text.split('*');
  const literal = parts.reduce((sum, part) => sum + part.length, 0);
  if (parts.length === 1) return { text, specificity: EXACT + literal, matches: (name) => name === text };
  return { text, specificity: literal, matches: (name) => matchesParts(parts, name) };
}

/** Finds the parts in their order; without backtracking, so that no name is slow to match. */
function matchesParts(parts: readonly string[], name: string): boolean {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  const end = name.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const at = name.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
