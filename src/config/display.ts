const MAX_SHOWN_LENGTH = 80;

/** What stands in place of a secret, whatever its length. */
export const MASK = '***';

/** Characters that could steer a terminal or reorder a line, and that JSON leaves as they are. */
const UNPRINTABLE = /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Shortens text to `maxLength` characters, saying so. */
export function capText(text: string, maxLength: number = MAX_SHOWN_LENGTH): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}… (${text.length} characters)`;
}

/** Text in quotes, capped, safe to write to a terminal and into one line. */
export function quoteText(text: string): string {
  const capped = text.slice(0, MAX_SHOWN_LENGTH);
  const quoted = JSON.stringify(capped).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return capped.length === text.length ? quoted : `${quoted}… (${text.length} characters)`;
}

/** A name as it stands when it is an ordinary one, quoted otherwise. */
export function showName(name: string): string {
  return name.length <= MAX_SHOWN_LENGTH && /^[\w.$/@+-]+$/.test(name) ? name : quoteText(name);
}

/** Any value for a message: scalars themselves, everything else by its kind, since contents may be large or secret. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'unset';
  if (typeof value === 'string') return quoteText(value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A URL for a message: credentials and query values never shown, also when the text is not a valid URL. */
export function maskUrl(text: string): string {
  const [beforeQuery = '', ...query] = text.split('?');
  const at = beforeQuery.lastIndexOf('@');
  const scheme = /^[a-z][a-z0-9+.-]*:\/+/i.exec(beforeQuery)?.[0] ?? '';
  const shown = at < 0 ? beforeQuery : `${at > scheme.length ? scheme : ''}${MASK}${beforeQuery.slice(at)}`;
  return query.length > 0 ? `${shown}?${MASK}` : shown;
}
