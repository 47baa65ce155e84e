import { execFileSync, spawnSync } from 'node:child_process';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { requireBuiltProgram } from '../../support/built-programs.ts';
import { verifies } from '../../support/verifies.ts';
import { LocalStack } from '../local-stack.ts';
import { composeFile, exists, mounts, ROOT, readText, readYaml, serviceNamed, services } from './compose-file.ts';

/** `name:tag` with all of a version in the tag, as nobody moves it. */
const PINNED = /^[\w./-]+:v?\d+\.\d+\.\d+(-[\w.-]+)?$/;

const tracked = new Set(execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).split('\n'));
const dockerfile = readText('collector/knowledge-base/Dockerfile');

describe('docker-compose.yml', () => {
  verifies('DSH-04');

  it('fits the schema of compose files', () => {
    const { $schema: _, ...schema } = readYaml('test/fixtures/compose-spec/compose-spec.json') as Record<
      string,
      unknown
    >;
    const anything = { ports: true, expose: true, duration: true, subnet_ip_address: true } as const;
    const validate = new Ajv2020({ allErrors: true, strict: false, formats: anything }).compile(schema);
    expect(validate(composeFile), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ services: { one: { image: 'one', prots: [] } } })).toBe(false);
  });

  it('is read by what reads it in Docker, which a misspelt key does not get past', async () => {
    const program = requireBuiltProgram('compose');
    const load = (path: string) => execFileSync(program, ['-format=json', path], { encoding: 'utf8', stdio: 'pipe' });
    const { services: read } = JSON.parse(load(`${ROOT}docker-compose.yml`)) as { services: object };
    // Those of a profile are left out until it is asked for.
    const always = services.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name);
    expect(Object.keys(read)).toEqual(expect.arrayContaining(always));

    await using stack = new LocalStack();
    expect(() => load(stack.write('docker-compose.yml', { 'healthcheck:': 'healthchek:' }))).toThrow('healthchek');
  });

  it('is accepted by docker compose itself, where it is installed; that takes no engine', (context) => {
    const compose = (...args: string[]) => spawnSync('docker', ['compose', ...args], { cwd: ROOT, encoding: 'utf8' });
    if (compose('version').status !== 0) {
      process.stderr.write(`NOT TESTED: ${context.task.name}: docker compose is not installed\n`);
      return context.skip('docker compose is not installed');
    }
    expect(compose('--profile', 'load', 'config', '--quiet')).toMatchObject({ status: 0, stdout: '' });
    const images = compose('--profile', 'load', 'config', '--images').stdout.trim().split('\n');
    expect(new Set(images)).toEqual(new Set(services.map(([, { image }]) => image)));
  });

  it('starts what was asked for', () => {
    expect(Object.keys(composeFile.services)).toEqual(
      expect.arrayContaining(['knowledge-base', 'otel-collector', 'jaeger', 'prometheus', 'alertmanager', 'grafana']),
    );
    expect(services.length).toBeGreaterThan(9);
    expect(serviceNamed('load').profiles).toEqual(['load']);
  });

  it.each(services)('pins the image of %s', (_, { image }) => {
    // Digests belong here too, from a machine that reaches the registries.
    expect(image).toMatch(/^mcp-vitals\/|^pgvector\//.test(image) ? /:\d+\.\d+\.\d+(-pg\d+)?$/ : PINNED);
  });

  it('builds from one pinned image', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(bases).toHaveLength(2);
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(PINNED);
  });

  it('binds every port to loopback, none twice', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')));
    expect(published.length).toBeGreaterThan(6);
    for (const parts of published) expect(parts[0]).toBe('127.0.0.1');
    const onHost = published.map(([, port]) => port);
    expect(new Set(onHost).size).toBe(onHost.length);
  });

  it.each(services)('gives %s no more rights and memory than it needs', (name, service) => {
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    expect(service.pids_limit).toBeGreaterThan(0);
    if (service.build !== undefined) expect(dockerfile).toMatch(/^USER node$/m);
    else if (name !== 'secrets') expect(Number.parseInt(service.user ?? '0', 10)).toBeGreaterThan(0);
  });

  it('lets the one that runs as root reach no network', () => {
    expect(serviceNamed('secrets')).toMatchObject({ network_mode: 'none', restart: 'no' });
  });

  it('keeps the database to the server', () => {
    expect(composeFile.networks['database']?.internal).toBe(true);
    const members = services.filter(([, { networks = [] }]) => networks.includes('database')).map(([name]) => name);
    expect(members.sort()).toEqual(['knowledge-base', 'postgres']);
    expect(serviceNamed('postgres').ports).toBeUndefined();
  });

  it('mounts files of the repository only to be read, and they are in it', () => {
    const files = mounts.filter(({ source }) => source.startsWith('./'));
    expect(files.length).toBeGreaterThan(7);
    for (const { source, readOnly } of files) {
      const path = source.slice(2);
      expect(readOnly, source).toBe(true);
      expect(exists(path), source).toBe(true);
      const isTracked = tracked.has(path) || [...tracked].some((file) => file.startsWith(`${path}/`));
      expect(isTracked, `${source} is in git`).toBe(true);
    }
  });

  it('names every volume, and uses every volume it names', () => {
    const named = new Set(mounts.filter(({ source }) => !source.startsWith('./')).map(({ source }) => source));
    expect([...named].sort()).toEqual(Object.keys(composeFile.volumes).sort());
  });

  it('waits for health only where a check says it', () => {
    const waits = services.flatMap(([, { depends_on = {} }]) => Object.entries(depends_on));
    expect(waits.filter(([, { condition }]) => condition === 'service_healthy').length).toBeGreaterThan(5);
    for (const [name, { condition }] of waits) {
      const target = serviceNamed(name);
      if (condition === 'service_healthy') expect(target.healthcheck, name).toBeDefined();
      else if (condition === 'service_completed_successfully') expect(target.restart, name).toBe('no');
      // Only the Collector's image has nothing a check could run.
      else expect([name, condition]).toEqual(['otel-collector', 'service_started']);
    }
  });

  it('runs checks that need no shell', () => {
    for (const [name, { healthcheck }] of services) if (healthcheck) expect(healthcheck.test[0], name).toBe('CMD');
  });
});

describe('the image of the example', () => {
  it('is made of files that are there and not ignored', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, paths = '']) =>
      paths.split(' ').slice(0, -1),
    );
    const let_in = readText('collector/knowledge-base/Dockerfile.dockerignore').matchAll(/^!(\S+)$/gm);
    const allowed = [...let_in].map(([, path = '']) => path);
    expect(copied.length).toBeGreaterThan(8);
    for (const path of copied) {
      expect(exists(path), path).toBe(true);
      expect(allowed, path).toContain(path.split('/')[0]);
    }
  });

  it('keeps every package the example imports', () => {
    const kept = /KEPT = \[(.+)\]/.exec(readText('collector/knowledge-base/keep-dependencies.js'))?.[1] ?? '';
    const { dependencies } = readYaml('package.json') as { dependencies: Record<string, string> };
    const sources = [...tracked].filter((path) => path.startsWith('examples/knowledge-base/') && path.endsWith('.js'));
    const imported = new Set<string>();
    for (const path of sources) {
      for (const [, name = ''] of readText(path).matchAll(
        /^import .*from '((?:@[\w-]+\/)?[a-z][\w.-]*)(?:\/[^']*)?';$/gm,
      )) {
        imported.add(name);
      }
    }
    expect(imported.size).toBeGreaterThan(4);
    imported.delete('mcp-vitals');
    for (const name of imported) expect(kept.includes(`'${name}'`) || name in dependencies, name).toBe(true);
    // Loaded by name at run time.
    expect(kept).toContain(`'pg'`);
  });
});
