import { fieldAt, SETTING_PATHS } from './fields.ts';
import { PROFILES } from './profiles.ts';
import type { ResolvedConfig } from './resolved-config.ts';
import { PROFILE_NAMES } from './settings.ts';
import { showValueAt } from './value-at.ts';

/** Every setting with its value, where it came from and the variable that sets it, as aligned plain text. Secrets masked. */
export function formatConfigTable(resolved: ResolvedConfig): string {
  const rows = [['option', 'value', 'origin', 'variable']];
  for (const path of SETTING_PATHS) {
    rows.push([path, showValueAt(resolved.values, path), resolved.origins[path], fieldAt(path).env ?? '']);
  }
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** Every setting with variable, accepted values, default per profile and description, as a Markdown table. */
export function formatOptionsMarkdown(): string {
  const lines = ['| option | environment variable | accepted | default | description |', '|---|---|---|---|---|'];
  for (const path of SETTING_PATHS) {
    const field = fieldAt(path);
    const byProfile = PROFILE_NAMES.flatMap((name) => {
      const value = PROFILES[name][path];
      return value === undefined ? [] : [`; ${name}: \`${field.show(value)}\``];
    });
    const fallback = field.fallback === undefined ? '–' : `\`${field.secret ? 'none' : field.show(field.fallback)}\``;
    const cells = [
      `\`${path}\``,
      field.env === undefined ? '–' : `\`${field.env}\``,
      field.expected,
      fallback + byProfile.join(''),
      field.secret ? `${field.description} (secret)` : field.description,
    ];
    lines.push(`| ${cells.map(escapeCell).join(' | ')} |`);
  }
  return `${lines.join('\n')}\n`;
}
