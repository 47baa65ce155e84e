import { fieldAt } from './fields.ts';
import type { VitalsConfig } from './resolved-config.ts';
import type { SettingPath } from './settings.ts';

function valueAt(values: VitalsConfig, path: SettingPath): unknown {
  let value: unknown = values;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}

/** The value in force at a path of the table, as one bounded line without secrets. */
export function showValueAt(values: VitalsConfig, path: SettingPath): string {
  if (path !== 'traces.sampler') return fieldAt(path).show(valueAt(values, path));
  const { kind, parentBased } = values.traces.sampler;
  return `${parentBased ? 'parentbased_' : ''}${kind}`;
}
