import { FIELDS } from './fields.ts';
import { type ConfigProblem, MAX_PROBLEMS } from './problem.ts';
import type { Origin } from './resolved-config.ts';
import type { SettingPath } from './settings.ts';

/** What one origin says: only settings it gives, each already of its field's type. */
export interface Layer {
  readonly origin: Origin;
  readonly settings: ReadonlyMap<SettingPath, unknown>;
  readonly problems: readonly ConfigProblem[];
}

/** Collects what one origin gives while it is read. Problems beyond the bound are counted, not kept. */
export class LayerBuilder {
  readonly #origin: 'code' | 'env' | 'file';
  readonly #settings = new Map<SettingPath, unknown>();
  readonly #problems: ConfigProblem[] = [];
  #unkept = 0;

  constructor(origin: 'code' | 'env' | 'file') {
    this.#origin = origin;
  }

  set(path: SettingPath, value: unknown): void {
    this.#settings.set(path, value);
  }

  /**
   * `path` says that a known setting is concerned; what is used instead is filled in once everything is resolved.
   * `expected` is a function where it costs something to find, so that thousands of problems stay cheap.
   */
  problem(problem: { name: string; path?: SettingPath; received: string; expected: string | (() => string) }): void {
    if (this.#problems.length >= MAX_PROBLEMS) {
      this.#unkept += 1;
      return;
    }
    this.#problems.push({
      severity: this.#origin === 'code' ? 'error' : 'warn',
      origin: this.#origin,
      name: problem.name,
      path: problem.path,
      received: problem.received,
      expected: typeof problem.expected === 'string' ? problem.expected : problem.expected(),
      used: this.#origin === 'code' ? '' : 'ignored',
    });
  }

  build(): Layer {
    if (this.#unkept > 0) {
      this.#problems.push({
        severity: this.#origin === 'code' ? 'error' : 'warn',
        origin: this.#origin,
        name: 'configuration',
        path: undefined,
        received: `${this.#unkept} further problems`,
        expected: 'none',
        used: '',
      });
    }
    addImplied(this.#settings);
    return { origin: this.#origin, settings: this.#settings, problems: this.#problems };
  }
}

/**
 * Settings that another one of the same origin brings along, unless that origin gives them itself: a port switches the
 * status endpoint on, `off` switches it off; the resource attribute `service.name` names the service.
 */
function addImplied(settings: Map<SettingPath, unknown>): void {
  const port = settings.get('status.port');
  if (port !== undefined && !settings.has('status.enabled')) settings.set('status.enabled', port !== 'off');

  const attributes = settings.get('resource.attributes');
  if (typeof attributes !== 'object' || attributes === null || settings.has('service.name')) return;
  const name = new Map<string, unknown>(Object.entries(attributes)).get('service.name');
  const accepted = FIELDS['service.name'].parseValue(name);
  if (accepted !== undefined) settings.set('service.name', accepted);
}
