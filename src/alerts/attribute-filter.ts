import type { AttributePatterns } from './rule.ts';

/** Attributes of a data point; values other than scalars are compared by their text. */
export type PointAttributes = Readonly<Record<string, unknown>>;

/** Whether a series belongs to a rule. */
export type AttributeFilter = (attributes: PointAttributes) => boolean;

/** The text an attribute is compared by; an absent one is empty. */
export function attributeText(attributes: PointAttributes, name: string): string {
  const value = attributes[name];
  return value === undefined || value === null ? '' : String(value);
}

/**
 * Compiles patterns into a filter. Per attribute, a text is an exact value, in which `*` stands for any characters, and a
 * leading `!` turns it round; of several texts, one of the plain ones must match (if there are any) and none of the turned ones.
 * An absent attribute is the empty text, which `*` alone does not match: `*` means present, `!*` absent.
 */
export function compileFilter(patterns: AttributePatterns): AttributeFilter {
  const tests = Object.entries(patterns).map(([name, given]) => {
    const texts = typeof given === 'string' ? [given] : given;
    const wanted = texts.filter((text) => !text.startsWith('!')).map(compilePattern);
    const unwanted = texts.filter((text) => text.startsWith('!')).map((text) => compilePattern(text.slice(1)));
    return (attributes: PointAttributes): boolean => {
      const text = attributeText(attributes, name);
      return (wanted.length === 0 || wanted.some((test) => test(text))) && !unwanted.some((test) => test(text));
    };
  });
  return (attributes) => tests.every((test) => test(attributes));
}

/** Compiles one pattern with `*` as the only special character; runs in the length of the text times that of the pattern. */
export function compilePattern(pattern: string): (text: string) => boolean {
  if (!pattern.includes('*')) return (text) => text === pattern;
  if (/^\*+$/.test(pattern)) return (text) => text !== '';
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  const middle = parts.slice(1, -1).filter((part) => part !== '');
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let from = first.length;
    for (const part of middle) {
      const at = text.indexOf(part, from);
      if (at < 0 || at + part.length > end) return false;
      from = at + part.length;
    }
    return true;
  };
}
