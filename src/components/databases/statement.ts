import { OTHER } from '../../semconv/attributes.ts';

/** Operation names that may become label values. */
const OPERATIONS = new Set(
  `SELECT INSERT UPDATE DELETE MERGE REPLACE VALUES TABLE BEGIN START COMMIT ROLLBACK END ABORT SAVEPOINT RELEASE CREATE ALTER DROP
  TRUNCATE COPY CALL SET RESET SHOW EXPLAIN LOCK LISTEN UNLISTEN NOTIFY VACUUM ANALYZE PRAGMA EXECUTE PREPARE DEALLOCATE DISCARD
  FETCH DECLARE CLOSE GRANT REVOKE REFRESH REINDEX ATTACH DETACH USE DO DESCRIBE`.split(/\s+/),
);
/** What a `WITH` may lead to. */
const MAIN_VERBS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'VALUES', 'TABLE']);

/** A piece of a statement: what it is decides what happens to it. */
interface Token {
  readonly kind: 'space' | 'literal' | 'quoted' | 'word' | 'sign';
  readonly text: string;
}

const SPACE = '(?<space>\\s+|--[^\\n]*|/\\*(?:[^*]|\\*(?!/))*(?:\\*/|$))';
/** A backslash escapes in every string of MySQL, and where Postgres is told so: E'…'. Elsewhere it is a letter like any other. */
const ESCAPING = "'(?:[^'\\\\]|''|\\\\[\\s\\S])*(?:'|$)";
const PLAIN = "'(?:[^']|'')*(?:'|$)";
const DOLLARS = '\\$(?<tag>(?:[A-Za-z_]\\w*)?)\\$(?:(?!\\$\\k<tag>\\$)[\\s\\S])*(?:\\$\\k<tag>\\$|$)';
const NUMBER = '(?:\\d[\\w.]*|\\.\\d\\w*)(?:(?<=[eE])[+-]\\d+)?';
const QUOTED = '(?<quoted>"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\\[[A-Za-z_][^\\]]*\\])';
const WORD = '(?<word>[$@:?]\\w+|[\\p{L}_][\\p{L}\\p{N}_$]*)';

function tokenPattern(literals: string): RegExp {
  return new RegExp([SPACE, `(?<literal>${literals})`, QUOTED, WORD, '(?<sign>[\\s\\S])'].join('|'), 'gu');
}

/** Literals and comments as databases write them; what is cut off in the middle runs to the end. Letters may lead a literal: x'…'. */
const TOKEN = tokenPattern(`[eE]${ESCAPING}|(?:[A-Za-z]|[uU]&)?${PLAIN}|${DOLLARS}|${NUMBER}`);
const MYSQL_TOKEN = tokenPattern(`[A-Za-z]?${ESCAPING}|${ESCAPING.replaceAll("'", '"')}|${NUMBER}`);

function tokensOf(text: string, pattern = TOKEN): Token[] {
  return [...text.matchAll(pattern)].map(({ 0: token, groups }) => {
    const kind = (['space', 'literal', 'quoted', 'word', 'sign'] as const).find((name) => groups?.[name] !== undefined);
    return { kind: kind ?? 'sign', text: token };
  });
}

/** `SELECT` of any statement, `_OTHER` when it is none that is known. What a `WITH` leads to counts, not the `WITH`. */
export function operationOf(text: string): string {
  let depth = 0;
  let isWith = false;
  for (const { kind, text: token } of tokensOf(text.slice(0, 8192))) {
    if (kind === 'sign') depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    if (kind !== 'word') continue;
    const word = token.toUpperCase();
    if (!isWith) {
      if (word !== 'WITH') return OPERATIONS.has(word) ? word : OTHER;
      isWith = true;
    } else if (depth === 0 && MAIN_VERBS.has(word)) return word;
  }
  return OTHER;
}

/** Longest text kept of one statement. */
const MAX_STATEMENT_CHARS = 2000;

/**
 * A statement without its literals: each string, number and blob becomes `?`, comments go, lists of literals shrink to one. Names
 * and placeholders stay.
 *
 * @param isMysql double quotes hold strings, and backslashes escape in all of them. Default false.
 */
export function sanitizeStatement(text: string, isMysql = false): string {
  let clean = '';
  for (const { kind, text: token } of tokensOf(text, isMysql ? MYSQL_TOKEN : TOKEN)) {
    clean += kind === 'space' ? ' ' : kind === 'literal' ? '?' : token;
  }
  return clean
    .replace(/ +/g, ' ')
    .replace(/\?(?: ?, ?\?)+/g, '?')
    .replace(/\( ?\? ?\)(?: ?, ?\( ?\? ?\))+/g, '(?)')
    .trim()
    .slice(0, MAX_STATEMENT_CHARS);
}

/** Anything that changes data, wherever it stands: also inside of a `WITH`. */
const WRITING = new Set(
  'INSERT UPDATE DELETE MERGE REPLACE INTO CREATE ALTER DROP TRUNCATE COPY CALL DO LOCK GRANT REVOKE REFRESH VACUUM ANALYZE EXECUTE'.split(
    ' ',
  ),
);

/** Whether a statement only reads: one statement, led by `SELECT`, `VALUES` or `TABLE`, without a word that writes. */
export function isReadStatement(text: string): boolean {
  const operation = operationOf(text);
  if (operation !== 'SELECT' && operation !== 'VALUES' && operation !== 'TABLE') return false;
  const tokens = tokensOf(text.replace(/;\s*$/, ''));
  return tokens.every(
    ({ kind, text: token }) =>
      !(kind === 'sign' && token === ';') && !(kind === 'word' && WRITING.has(token.toUpperCase())),
  );
}
