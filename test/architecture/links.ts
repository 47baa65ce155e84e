/** The name under which a heading can be linked to, as the usual viewers of Markdown make it. */
function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

const withoutCode = (markdown: string): string => markdown.replace(/^```[\s\S]*?^```$/gm, '');

/** The anchors of a text; headings of one name are numbered. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutCode(markdown).matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = anchorOf(heading);
    let unique = anchor;
    for (let number = 1; anchors.has(unique); number++) unique = `${anchor}-${number}`;
    anchors.add(unique);
  }
  return anchors;
}

/** A link or picture that leads to a file of the repository or to a place in one. */
export interface Link {
  /** Path as it stands there; empty for a place in the same text. */
  readonly path: string;
  readonly anchor: string | undefined;
}

/** The links of a text that lead nowhere on the network. */
export function localLinks(markdown: string): readonly Link[] {
  return [...withoutCode(markdown).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(
    ([, path = '', anchor]) => ({
      path,
      anchor,
    }),
  );
}
