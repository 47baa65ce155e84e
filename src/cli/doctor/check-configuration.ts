import { fieldAt, SETTING_PATHS } from '../../config/fields.ts';
import type { ResolvedConfig } from '../../config/index.ts';
import { showValueAt } from '../../config/value-at.ts';
import { type Finding, ok, problem } from './finding.ts';

/** One setting with its origin, secrets masked. */
export interface SettingRow {
  readonly option: string;
  readonly value: string;
  readonly origin: string;
  /** The environment variable that sets it. */
  readonly variable: string | null;
}

/** What is wrong with environment and configuration file, one finding each. */
export function checkConfiguration({ problems, file }: ResolvedConfig): Finding[] {
  const found = problems
    .filter(({ severity }) => severity !== 'info')
    .map(({ name, received, expected, used }) =>
      problem(
        'configuration',
        `${name} is ${received}`,
        expected,
        `correct or remove it${used === '' ? '' : `; until then: ${used}`}`,
      ),
    );
  const where = file === undefined ? 'no configuration file' : `configuration file ${file}`;
  return found.length > 0 ? found : [ok('configuration', `every value can be used; ${where}`)];
}

/** Every setting of the options table. */
export function settingRows({ values, origins }: ResolvedConfig): SettingRow[] {
  return SETTING_PATHS.map((path) => ({
    option: path,
    value: showValueAt(values, path),
    origin: origins[path],
    variable: fieldAt(path).env ?? null,
  }));
}
