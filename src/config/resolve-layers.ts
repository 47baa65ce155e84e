import { fieldAt, SETTING_PATHS } from './fields.ts';
import type { Layer } from './layer.ts';
import { PROFILES } from './profiles.ts';
import type { Origin } from './resolved-config.ts';
import type { ProfileName, SettingPath, VitalsSettings } from './settings.ts';

/** Settings of all origins put together, not yet worked out against each other. */
export interface ResolvedSettings {
  readonly settings: VitalsSettings;
  readonly origins: Readonly<Record<SettingPath, Origin>>;
}

type Source = Pick<Layer, 'origin' | 'settings'>;

/** A profile as an origin of settings. */
export function profileLayer(name: ProfileName): Source {
  const settings = new Map<SettingPath, unknown>();
  const overlay = PROFILES[name];
  for (const path of SETTING_PATHS) {
    if (overlay[path] !== undefined) settings.set(path, overlay[path]);
  }
  return { origin: 'profile', settings };
}

/**
 * Takes every setting from the strongest origin that gives it, and the entries of merged settings from all of them.
 *
 * @param sources weakest first; the defaults of the field table stand before all of them
 */
export function resolveLayers(sources: readonly Source[]): ResolvedSettings {
  const root: Record<string, unknown> = {};
  const origins: Partial<Record<SettingPath, Origin>> = {};
  for (const path of SETTING_PATHS) {
    const field = fieldAt(path);
    let value = field.fallback;
    let origin: Origin = 'default';
    for (const source of sources) {
      if (!source.settings.has(path)) continue;
      const given = source.settings.get(path);
      value = field.merged ? Object.assign({}, value, given) : given;
      origin = source.origin;
    }
    place(root, path, value);
    origins[path] = origin;
  }
  // Every path of the table was placed, with a value of its own field: that is what both types say.
  return { settings: root as unknown as VitalsSettings, origins: origins as Record<SettingPath, Origin> };
}

function place(root: Record<string, unknown>, path: SettingPath, value: unknown): void {
  const [section = '', name] = path.split('.');
  if (name === undefined) {
    root[section] = value;
    return;
  }
  const existing = root[section];
  const target = typeof existing === 'object' && existing !== null ? existing : {};
  Reflect.set(target, name, value);
  root[section] = target;
}
