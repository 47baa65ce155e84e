import { showName } from './display.ts';
import { fieldAt, SETTING_PATHS } from './fields.ts';
import { isItemsField } from './item-fields.ts';
import { type Layer, LayerBuilder } from './layer.ts';
import { nearestName } from './nearest-name.ts';

/** Longest text of a variable that is looked at; anything longer is a mistake or an attack. */
const MAX_TEXT_LENGTH = 16_384;

const PREFIX = 'MCP_VITALS_';

/**
 * Reads every variable of the field table, and reports variables with our prefix that no field knows.
 *
 * An empty variable counts as unset, as the OpenTelemetry specification asks. Values of unknown variables are never shown: a
 * misspelt `MCP_VITALS_TOKEN` is still a secret.
 */
export function readEnv(env: Readonly<Record<string, string | undefined>>): Layer {
  const layer = new LayerBuilder('env');
  const known = new Set<string>();
  for (const path of SETTING_PATHS) {
    const field = fieldAt(path);
    if (field.env === undefined) continue;
    known.add(field.env);
    const text = env[field.env];
    if (typeof text !== 'string' || text.trim() === '') continue;
    const { env: name } = field;
    const read = (): unknown =>
      isItemsField(field)
        ? field.readText(text, ({ at, ...problem }) => layer.problem({ name: `${name}${at}`, ...problem }))
        : field.parseText(text);
    const value = text.length > MAX_TEXT_LENGTH ? undefined : read();
    if (value !== undefined) layer.set(path, value);
    else layer.problem({ name: field.env, path, received: field.show(text), expected: field.expected });
  }
  for (const name of Object.keys(env)) {
    if (!name.startsWith(PREFIX) || known.has(name)) continue;
    const expected = (): string => {
      const nearest = nearestName(name, known);
      return nearest === undefined ? 'a variable of the options table' : `${nearest}, the nearest known one`;
    };
    layer.problem({ name: showName(name), received: 'an unknown variable', expected });
  }
  return layer.build();
}
