// @ts-check
/** Cuts a document into passages of similar length, at paragraph ends where possible. */

/** Long enough to hold an answer, short enough that one passage is about one thing. */
const TARGET_CHARS = 800;
const MIN_CHARS = 40;

/**
 * @param {string} text Markdown
 * @param {number} [targetChars] a passage ends at the first paragraph end that reaches this; none is more than 1.5 times as long
 * @returns {string[]}
 */
export function chunkText(text, targetChars = TARGET_CHARS) {
  /** @type {string[]} */
  const chunks = [];
  let current = '';
  for (const paragraph of paragraphs(text, targetChars)) {
    if (current !== '' && current.length + paragraph.length > targetChars * 1.5 - 2) {
      chunks.push(current);
      current = '';
    }
    current = current === '' ? paragraph : `${current}\n\n${paragraph}`;
    if (current.length >= targetChars) {
      chunks.push(current);
      current = '';
    }
  }
  if (current !== '') chunks.push(current);
  const substantial = chunks.filter((chunk) => chunk.length >= MIN_CHARS);
  // A short document is still a document.
  return substantial.length > 0 ? substantial : chunks.slice(0, 1);
}

/**
 * @param {string} text
 * @param {number} maxChars
 * @returns {Iterable<string>} paragraphs, those longer than `maxChars` cut into pieces
 */
function* paragraphs(text, maxChars) {
  for (const part of text.split(/\n\s*\n/)) {
    const paragraph = withoutMarkup(part);
    for (let start = 0; start < paragraph.length; start += maxChars) {
      yield paragraph.slice(start, start + maxChars);
    }
  }
}

/**
 * Badges, images and HTML comments carry no words worth finding.
 * @param {string} markdown
 * @returns {string}
 */
function withoutMarkup(markdown) {
  return markdown
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/<[a-z/][^>]*>/gi, '')
    .trim();
}
