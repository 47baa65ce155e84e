import { showName, showValue } from './display.ts';
import { fieldAt, isSettingPath, SETTING_PATHS } from './fields.ts';
import { isItemsField } from './item-fields.ts';
import { type Layer, LayerBuilder } from './layer.ts';
import { nearestName } from './nearest-name.ts';
import type { SettingPath } from './settings.ts';

type Keyed = Readonly<Record<string, unknown>>;

const SECTIONS: ReadonlySet<string> = new Set(SETTING_PATHS.flatMap((path) => path.split('.').slice(0, -1)));

/** Names that may stand at the top or in a section, for hints. */
function namesIn(section: string): string[] {
  if (section !== '')
    return SETTING_PATHS.filter((path) => path.startsWith(`${section}.`)).map((path) => path.slice(section.length + 1));
  return [...SECTIONS, ...SETTING_PATHS.filter((path) => !path.includes('.'))];
}

function isKeyed(value: unknown): value is Keyed {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads options from an object that may be anything: walks only known names, two levels deep, and never changes it. */
class ObjectReader {
  readonly #layer: LayerBuilder;
  readonly #origin: 'code' | 'file';
  readonly #where: string;

  constructor(origin: 'code' | 'file', where: string) {
    this.#layer = new LayerBuilder(origin);
    this.#origin = origin;
    this.#where = where;
  }

  read(options: unknown): Layer {
    if (isKeyed(options)) this.#readKeys(options, '');
    else if (!this.#isUnset(options)) {
      this.#layer.problem({ name: this.#name('options'), received: showValue(options), expected: 'an object' });
    }
    return this.#layer.build();
  }

  #readKeys(object: Keyed, section: string): void {
    for (const key of Object.keys(object)) {
      const path = section === '' ? key : `${section}.${key}`;
      // A getter of the user's object may throw; that is a problem of this one option.
      let value: unknown;
      try {
        value = object[key];
      } catch {
        this.#layer.problem({
          name: this.#name(showName(path)),
          received: 'a getter that throws',
          expected: 'a value',
        });
        continue;
      }
      if (key.includes('.')) this.#unknown(key, section);
      else if (isSettingPath(path)) this.#readSetting(path, value);
      else if (section !== '' || !SECTIONS.has(key)) this.#unknown(key, section);
      else if (isKeyed(value)) this.#readKeys(value, key);
      else if (!this.#isUnset(value)) {
        const received = typeof value === 'string' ? 'a string' : showValue(value);
        this.#layer.problem({ name: this.#name(key), received, expected: `an object with ${namesIn(key).join(', ')}` });
      }
    }
  }

  #readSetting(path: SettingPath, given: unknown): void {
    if (this.#isUnset(given)) return;
    const field = fieldAt(path);
    const name = this.#name(path);
    if (path === 'configFile' && this.#origin === 'file') {
      this.#layer.problem({ name, received: 'another configuration file', expected: 'none: files do not nest' });
      return;
    }
    // Values that throw when read (a getter inside a map, a revoked proxy) are as unacceptable as wrong ones.
    try {
      const value = isItemsField(field)
        ? field.readValue(given, ({ at, ...problem }) =>
            this.#layer.problem({ name: this.#name(`${path}${at}`), ...problem }),
          )
        : field.parseValue(given);
      if (value !== undefined) this.#layer.set(path, value);
      else this.#layer.problem({ name, path, received: field.show(given), expected: field.expected });
    } catch {
      this.#layer.problem({ name, path, received: 'a value that throws when read', expected: field.expected });
    }
  }

  #unknown(key: string, section: string): void {
    const path = section === '' ? key : `${section}.${key}`;
    const expected = (): string => {
      const nearest = nearestName(key, namesIn(section));
      if (nearest === undefined) return `one of ${namesIn(section).join(', ')}`;
      return `${nearest}, the nearest known option${section === '' ? '' : ` of ${section}`}`;
    };
    this.#layer.problem({ name: this.#name(showName(path)), received: 'an unknown option', expected });
  }

  /** In YAML a name whose value is left out is null; there it means unset, in code it is a mistake. */
  #isUnset(value: unknown): boolean {
    return value === undefined || (value === null && this.#origin === 'file');
  }

  #name(path: string): string {
    return this.#where === '' ? path : `${path} in ${this.#where}`;
  }
}

/** Reads the options given in code; every problem is an error. */
export function readCode(options: unknown): Layer {
  return new ObjectReader('code', '').read(options);
}

/** Reads what a configuration file held; every problem is a warning that names the file. */
export function readFileOptions(options: unknown, fileName: string): Layer {
  return new ObjectReader('file', fileName).read(options);
}
