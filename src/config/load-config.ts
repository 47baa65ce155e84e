import type { Clock } from '../core/clock.ts';
import { createDiag, type Diag } from '../core/diag.ts';
import { ConfigError } from './config-error.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { derive } from './derive.ts';
import { readEnv } from './env-layer.ts';
import { FIELDS } from './fields.ts';
import type { Layer } from './layer.ts';
import { readCode, readFileOptions } from './object-layer.ts';
import { type ConfigProblem, formatProblem } from './problem.ts';
import { profileLayer, resolveLayers } from './resolve-layers.ts';
import type { ResolvedConfig } from './resolved-config.ts';
import { PROFILE_NAMES, type ProfileName, type VitalsOptions } from './settings.ts';
import { showValueAt } from './value-at.ts';

/** Problems written one by one; the rest is only counted, they all stand in the result. */
const MAX_REPORTED = 20;

/** Where the configuration is read from; everything has a default. */
export interface LoadInput {
  /** Options given in code; never changed. */
  readonly code?: VitalsOptions | undefined;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Folder searched for the configuration file. @default process.cwd() */
  readonly cwd?: string | undefined;
  /** Receives one line per problem. @default stderr at the configured level */
  readonly diag?: Diag | undefined;
  /** Bounds the loading of a configuration module. */
  readonly clock?: Clock | undefined;
}

/**
 * Loads the configuration: code > environment > file > profile > default, and `OTEL_SDK_DISABLED=true` over all.
 *
 * Environment and file never make it fail: what is wrong with them is reported through `diag`, once per problem, and the
 * next weaker origin is used.
 *
 * @throws ConfigError listing every problem of the options given in code
 */
export async function loadConfig(input: LoadInput = {}): Promise<ResolvedConfig> {
  const code = readCode(input.code);
  throwIfWrong(code.problems);

  const env = readEnv(input.env ?? process.env);
  const configFile = first([code, env], 'configFile');
  const file = await readFileSafely(typeof configFile === 'string' ? configFile : undefined, input);
  const fileOptions = readFileOptions(file.options, file.name);

  const chosen = first([code, env, fileOptions], 'profile');
  const profile = isProfileName(chosen) ? chosen : FIELDS.profile.fallback;
  const resolved = resolveLayers([profileLayer(profile), fileOptions, env, code]);
  const found = [...env.problems, ...file.problems.map(fileProblem), ...fileOptions.problems];
  const derived = derive(resolved, {
    disabledByEnv: env.settings.get('disabled') === true,
    tokenRejected: found.some((problem) => problem.path === 'status.token'),
  });
  throwIfWrong(derived.problems);

  const config: ResolvedConfig = deepFreeze({
    values: derived.values,
    origins: derived.origins,
    problems: [
      ...found.map((problem) => {
        if (problem.path === undefined) return problem;
        if (problem.path === 'status.token' && derived.values.status.token === undefined) {
          return { ...problem, used: 'the status endpoint is off' };
        }
        const value = showValueAt(derived.values, problem.path);
        return { ...problem, used: `using ${value} (${derived.origins[problem.path]})` };
      }),
      ...derived.problems,
    ],
    file: file.path,
  });
  report(config, input.diag ?? createDiag({ level: config.values.log.level }));
  return config;
}

function throwIfWrong(problems: readonly ConfigProblem[]): void {
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (errors.length > 0) throw new ConfigError(deepFreeze(errors));
}

/** What the strongest of some origins says about the settings that decide how the others are read. */
function first(strongestFirst: readonly Layer[], path: 'configFile' | 'profile'): unknown {
  return strongestFirst.find((layer) => layer.settings.has(path))?.settings.get(path);
}

function isProfileName(value: unknown): value is ProfileName {
  return PROFILE_NAMES.some((name) => name === value);
}

async function readFileSafely(file: string | undefined, input: LoadInput): Promise<ConfigFile> {
  let cwd: string;
  try {
    cwd = input.cwd ?? process.cwd();
  } catch {
    // The working directory was removed under the process: there is nothing to search.
    return { path: undefined, name: '', options: undefined, problems: [] };
  }
  return readConfigFile({ file, cwd, ...(input.clock === undefined ? {} : { clock: input.clock }) });
}

function fileProblem(problem: ConfigFile['problems'][number]): ConfigProblem {
  return { severity: 'warn', origin: 'file', path: undefined, ...problem };
}

function report(config: ResolvedConfig, diag: Diag): void {
  const { problems } = config;
  // A topic of its own per problem, since repeated topics are held back.
  for (const [index, problem] of problems.slice(0, MAX_REPORTED).entries()) {
    const line = `configuration: ${formatProblem(problem)}`;
    if (problem.severity === 'info') diag.info(`config ${index} ${problem.name}`, line);
    else diag.warn(`config ${index} ${problem.name}`, line);
  }
  if (problems.length > MAX_REPORTED) {
    diag.warn('config more', `configuration: ${problems.length - MAX_REPORTED} further problems`);
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
