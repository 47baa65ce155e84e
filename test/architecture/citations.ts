import type { Requirement } from '../requirements.ts';
import { codeOnly, lineAt, type SourceFile } from './source-files.ts';

export interface Citation {
  readonly id: string;
  /** `path:line` of the call. */
  readonly where: string;
}

export interface CitationScan {
  readonly citations: Citation[];
  /** Calls that cannot be read: the gate must see literal ids, or it proves nothing. */
  readonly problems: string[];
}

const CALL = /(?<![\w.$])verifies\(([^()]*)\)/g;
const NEVER_RUNS = /\b(?:test|it|describe)(?:\.\w+)*\.(only|skip|todo)\b/g;

/** Finds the requirement ids cited in test sources; comments do not count. */
export function scanCitations(files: readonly SourceFile[]): CitationScan {
  const citations: Citation[] = [];
  const problems: string[] = [];
  for (const { path, text } of files) {
    const code = codeOnly(text, { strings: 'keep' });
    for (const call of code.matchAll(CALL)) {
      const where = `${path}:${lineAt(code, call.index)}`;
      const ids = (call[1] ?? '')
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '');
      if (ids.length === 0) problems.push(`${where}: cites nothing`);
      for (const id of ids) {
        const literal = /^(['"])([A-Z]{3}-\d{2})\1$/.exec(id)?.[2];
        if (literal === undefined) problems.push(`${where}: ${id} is not a literal requirement id`);
        else citations.push({ id: literal, where });
      }
    }
    for (const hit of codeOnly(text, { strings: 'blank' }).matchAll(NEVER_RUNS)) {
      problems.push(`${path}:${lineAt(text, hit.index)}: .${hit[1]} keeps tests from running`);
    }
  }
  return { citations, problems };
}

/** Both directions of the gate; an empty list means that manifest and tests agree. */
export function compareCitations(manifest: readonly Requirement[], citations: readonly Citation[]): string[] {
  const status = new Map(manifest.map((row) => [row.id, row.status]));
  const cited = new Set(citations.map((citation) => citation.id));
  return [
    ...manifest
      .filter((row) => row.status === 'due' && !cited.has(row.id))
      .map((row) => `${row.id} is due and no test cites it: ${row.capability}`),
    ...citations.filter(({ id }) => !status.has(id)).map(({ id, where }) => `${where}: ${id} is not in the manifest`),
    ...citations
      .filter(({ id }) => status.get(id) === 'planned')
      .map(({ id, where }) => `${where}: ${id} is cited; flip it from planned to due in test/requirements.ts`),
  ];
}
