// @ts-check
/**
 * Lines up columns: text to the left, figures to the right, as wide as the widest cell.
 * @param {readonly { title: string, align?: 'left' | 'right' }[]} columns
 * @param {readonly (readonly string[])[]} rows
 * @returns {string}
 */
export function formatTable(columns, rows) {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  /** @param {readonly string[]} cells */
  const line = (cells) =>
    cells
      .map((cell, index) =>
        columns[index]?.align === 'right' ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const titles = line(columns.map(({ title }) => title));
  return [titles, widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)]
    .map((text) => `  ${text}`)
    .join('\n');
}
