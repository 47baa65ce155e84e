/**
 * Names and tag values as InfluxDB's line protocol takes them.
 *
 * Commas, spaces and (in tags and field names) equals signs are escaped by a backslash. A backslash itself cannot be
 * escaped and swallows the character after it, so one that stands before such a character or at the end becomes a slash;
 * line breaks end a line whatever stands before them, so control characters become spaces.
 * Source: InfluxDB 1.x documentation, "Line protocol reference", special characters.
 */
function escapeText(text: string, special: RegExp): string {
  return text
    .replace(CONTROL, ' ')
    .replace(HALF_A_PAIR, '\ufffd')
    .replace(BACKSLASH_IN_FRONT, '/')
    .replace(special, '\\$&');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: keeping them out is the purpose
const CONTROL = /[\u0000-\u001f\u007f]/g;
const HALF_A_PAIR = /\p{Cs}/gu;
const BACKSLASH_IN_FRONT = /\\(?=[,= ]|$)/g;

/** Name of a measurement. */
export function escapeMeasurement(name: string): string {
  const text = escapeText(name, /[, ]/g);
  // A line that starts with it is a comment.
  return text.startsWith('#') ? `_${text}` : text;
}

/** Key or value of a tag, or name of a field. Empty ones cannot be written and have to be left out. */
export function escapeTag(text: string): string {
  return escapeText(text, /[,= ]/g);
}
