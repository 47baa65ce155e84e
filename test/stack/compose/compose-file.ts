import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** Path of the repository, with a slash at the end. */
export const ROOT: string = new URL('../../../', import.meta.url).pathname;

/** A service as `docker-compose.yml` has it, merges done. */
export interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly user?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly profiles?: readonly string[];
  readonly restart: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly pids_limit?: number;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, object>>;
}

/** A volume of a service: `source:target[:ro]`. */
export interface Mount {
  readonly service: string;
  /** A path that starts with `./`, or the name of a volume. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Reads a YAML or JSON file of the repository. */
export function readYaml(path: string): unknown {
  return parse(readText(path), { merge: true });
}

export function readText(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

export function exists(path: string): boolean {
  return existsSync(`${ROOT}${path}`);
}

export const composeFile: ComposeFile = readYaml('docker-compose.yml') as ComposeFile;

export const services: readonly (readonly [name: string, service: Service])[] = Object.entries(composeFile.services);

export const mounts: readonly Mount[] = services.flatMap(([service, { volumes = [] }]) =>
  volumes.map((text) => {
    const [source = '', target = '', mode] = text.split(':');
    return { service, source, target, readOnly: mode === 'ro' };
  }),
);

/** A service that must be there. */
export function serviceNamed(name: string): Service {
  const service = composeFile.services[name];
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
}
