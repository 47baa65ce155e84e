import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { verifies } from '../../support/verifies.ts';
import { composeFile, exists, mounts, readText, readYaml, serviceNamed, services } from './compose-file.ts';

const CONFIGS = [
  'docker-compose.yml',
  'collector/otel-collector/config.yaml',
  'collector/otel-collector/persistent-queue.yaml',
  'collector/jaeger/config.yaml',
  'collector/prometheus/prometheus.yml',
  'collector/alertmanager/alertmanager.yml',
  'collector/grafana/provisioning/datasources/datasources.yaml',
  'collector/grafana/provisioning/dashboards/dashboards.yaml',
];
const LOCAL = new Set(['localhost', '127.0.0.1', '0.0.0.0']);

/** Ports a program's own file opens beyond the container. */
function openedBy(path: string): number[] {
  const text = readText(path);
  const endpoints = [...text.matchAll(/0\.0\.0\.0:(\d+)/g)].map(([, port]) => Number(port));
  const readers = [...text.matchAll(/host: 0\.0\.0\.0\n\s+port: (\d+)/g)].map(([, port]) => Number(port));
  return [...endpoints, ...readers];
}

/** Where every service listens: by its own file or arguments, or by the default of the program. */
const LISTENS: Readonly<Record<string, readonly number[]>> = {
  'otel-collector': openedBy('collector/otel-collector/config.yaml'),
  jaeger: openedBy('collector/jaeger/config.yaml'),
  prometheus: [9090],
  alertmanager: [9093],
  grafana: [3000],
  postgres: [5432],
  'knowledge-base': [
    Number(/--port=(\d+)/.exec(serviceNamed('knowledge-base').command?.join(' ') ?? '')?.[1]),
    // The default of MCP_VITALS_PORT.
    9464,
  ],
  'alert-receiver': [Number(/PORT'\] \?\? (\d+)/.exec(readText('collector/alert-receiver/receiver.js'))?.[1])],
};

describe('the programs of the compose file', () => {
  verifies('DSH-04');

  it('call each other by the names and ports they have there', () => {
    let addresses = 0;
    for (const path of CONFIGS) {
      const text = readText(path).replaceAll(/^\s*#.*$/gm, '');
      for (const [address, host = '', port] of text.matchAll(/(?<=['"/@\s])([a-z][\w.-]*):(\d{4,5})\b/g)) {
        if (LOCAL.has(host) || composeFile.services[host]?.image.endsWith(`${host}:${port}`)) continue;
        expect(LISTENS[host], `${path}: ${address}`).toContain(Number(port));
        addresses += 1;
      }
    }
    expect(addresses).toBeGreaterThan(10);
  });

  it('publish ports they listen on', () => {
    for (const [name, { ports = [] }] of services) {
      for (const port of ports) expect(LISTENS[name], `${name} ${port}`).toContain(Number(port.split(':')[2]));
    }
  });

  it('find the files their commands and settings name', () => {
    for (const [name, { command = [], environment = {} }] of services) {
      const own = mounts.filter(({ service }) => service === name).map(({ target }) => target);
      const named = [...command, ...Object.values(environment)].flatMap(
        (text) => /(?:^|=)(\/(?:etc|run|var)\/\S+)/.exec(text)?.[1] ?? [],
      );
      for (const path of named) {
        expect(
          own.some((target) => path === target || path.startsWith(`${target}/`)),
          `${name} ${path}`,
        ).toBe(true);
      }
    }
    const inFile: [string, string][] = [
      ['jaeger', '/etc/jaeger/ui.json'],
      ['prometheus', '/etc/prometheus/rules'],
      ['prometheus', '/run/secrets/scrape-token'],
      ['grafana', '/etc/mcp-vitals/dashboards'],
    ];
    for (const [service, target] of inFile) {
      expect(
        mounts.some((mount) => mount.service === service && mount.target === target),
        target,
      ).toBe(true);
      expect(
        CONFIGS.some((path) => path !== 'docker-compose.yml' && readText(path).includes(target)),
        target,
      ).toBe(true);
    }
  });

  it('give the server settings it accepts: every span goes to the Collector, its alerts to Alertmanager', async () => {
    const env = { ...serviceNamed('knowledge-base').environment, MCP_VITALS_TOKEN: 'from-the-volume' };
    const { values, problems } = await loadConfig({ env, cwd: tmpdir() });
    expect(problems).toEqual([]);
    expect(values.otlp.endpoint).toBe('http://otel-collector:4318');
    expect(values.traces.sampler).toMatchObject({ kind: 'always_on', parentBased: false });
    expect(values.channels).toMatchObject([{ type: 'alertmanager', url: 'http://alertmanager:9093' }]);
    expect(values.status).toMatchObject({ host: '0.0.0.0', token: 'from-the-volume', port: 9464 });
  });
});

describe('the secrets of the compose file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-secrets-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are in no file and in no environment', () => {
    let files = 0;
    for (const [service, { environment = {} }] of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|TOKEN|SECRET|_KEY/.test(name)) {
          expect([service, name.endsWith('_FILE'), value]).toEqual([service, true, expect.stringMatching(/^\/run\//)]);
          files += 1;
        }
        expect(value, `${service} ${name}`).not.toMatch(/:\/\/[^/\s:@]+:[^/\s@]+@/);
      }
    }
    expect(files).toBe(2);
    const prometheus = readText('collector/prometheus/prometheus.yml');
    expect(prometheus).toContain('credentials_file: /run/secrets/scrape-token/token');
    expect(prometheus).not.toMatch(/^\s*(credentials|password|bearer_token):/m);
  });

  it('are made once, each in a volume that only those who need it mount', () => {
    const script = readText('collector/secrets/create.sh');
    const made = [...script.matchAll(/^create (\/run\/secrets\/([\w-]+)\/\w+)$/gm)];
    expect(made).toHaveLength(3);
    const users = Object.fromEntries(
      made.map(([, , volume = '']) => [
        volume,
        mounts.filter((mount) => mount.source === volume && mount.readOnly).map(({ service }) => service),
      ]),
    );
    expect(users).toEqual({
      'scrape-token': ['knowledge-base', 'prometheus'],
      'database-password': ['postgres', 'knowledge-base'],
      'grafana-password': ['grafana'],
    });

    const path = join(folder, 'create.sh');
    writeFileSync(path, script.replaceAll('/run/secrets', folder));
    for (const [, , volume = ''] of made) execFileSync('mkdir', [join(folder, volume)]);
    const run = () => execFileSync('sh', [path], { encoding: 'utf8' });
    expect(run()).toContain('created');
    const read = () => made.map(([, file = '']) => readFileSync(file.replace('/run/secrets', folder), 'utf8'));
    const first = read();
    for (const secret of first) expect(secret).toMatch(/^[0-9a-f]{48}$/);
    expect(new Set(first).size).toBe(3);
    expect(run()).toBe('');
    expect(read()).toEqual(first);
  });
});

describe('Grafana', () => {
  const { datasources } = readYaml('collector/grafana/provisioning/datasources/datasources.yaml') as {
    datasources: { uid: string; type: string; jsonData?: Record<string, unknown> }[];
  };

  it('lets strangers look and nothing else', () => {
    expect(serviceNamed('grafana').environment).toMatchObject({
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_USERS_ALLOW_SIGN_UP: 'false',
    });
  });

  it('knows the interval of the scrape, and where an exemplar leads', () => {
    const { global } = readYaml('collector/prometheus/prometheus.yml') as { global: { scrape_interval: string } };
    const prometheus = datasources.find(({ type }) => type === 'prometheus');
    expect(prometheus?.jsonData).toMatchObject({
      timeInterval: global.scrape_interval,
      exemplarTraceIdDestinations: [{ name: 'trace_id', datasourceUid: 'jaeger' }],
    });
    expect(datasources.map(({ uid }) => uid)).toEqual(['prometheus', 'jaeger', 'alertmanager']);
  });
});

describe('the Collector', () => {
  interface Config {
    readonly receivers: object;
    readonly processors: object;
    readonly exporters: object;
    readonly extensions: object;
    readonly connectors: { span_metrics: { histogram: { unit: string }; dimensions: { name: string }[] } };
    readonly service: { pipelines: Record<string, { processors: string[] }> };
  }
  const config = readYaml('collector/otel-collector/config.yaml') as Config;
  const builder = readYaml('collector/otel-collector/builder.yaml') as Record<string, { gomod: string }[]>;

  it('is built from exactly the components its files name, in the version of the image', () => {
    const overlay = readYaml('collector/otel-collector/persistent-queue.yaml') as Config;
    const parts = ['receivers', 'processors', 'connectors', 'exporters', 'extensions'] as const;
    for (const part of parts) {
      const configured = Object.keys({ ...config[part], ...(part === 'extensions' ? overlay[part] : {}) });
      const kinds = configured.map((id) => id.split('/')[0]?.replaceAll('_', '').replace('otlpgrpc', 'otlp'));
      const singular = part.slice(0, -1);
      const built = builder[part]?.map(({ gomod }) => gomod.split(' ')[0]?.split('/').at(-1)?.replace(singular, ''));
      expect(built?.sort(), part).toEqual(kinds.sort());
    }
    const tag = serviceNamed('otel-collector').image.split(':')[1];
    expect((builder['dist'] as unknown as { version: string }).version).toBe(tag);
    const versions = parts.flatMap((part) => builder[part]?.map(({ gomod }) => gomod.split(' ')[1]) ?? []);
    expect(new Set(versions)).toEqual(new Set([`v${tag}`]));
  });

  it('limits memory before anything else where data comes in', () => {
    const { pipelines } = config.service;
    expect(pipelines['traces/all']?.processors[0]).toBe('memory_limiter');
    expect(pipelines['metrics']?.processors[0]).toBe('memory_limiter');
  });

  it('makes no label of what a client wrote: names of methods and tools are in the name of the span', () => {
    expect(config.connectors.span_metrics.dimensions).toEqual([{ name: 'error.type' }]);
  });

  it('counts durations in the unit Jaeger reads', () => {
    const { unit } = config.connectors.span_metrics.histogram;
    expect(readText('collector/jaeger/config.yaml')).toContain(`latency_unit: ${unit}`);
    expect(exists('collector/jaeger/ui.json')).toBe(true);
  });
});

describe('the versions of the images', () => {
  const script = readText('collector/build-from-source.sh');
  const built = (name: string) => new RegExp(`^${name}_VERSION=v(\\S+)$`, 'm').exec(script)?.[1];
  const tag = (service: string) => serviceNamed(service).image.split(':')[1];

  it('are those the tests with --full build and run: Jaeger, Prometheus, Alertmanager, like the Collector above', () => {
    const [, module, release] = /(1\.\d+\.\d+) and (2\.\d+\.\d+) are one commit/.exec(script) ?? [];
    expect([built('JAEGER'), tag('jaeger')]).toEqual([module, release]);
    // 3.14.0 is 0.314.0 as a module.
    const [major, minor = '', patch] = tag('prometheus')?.replace('v', '').split('.') ?? [];
    expect(built('PROMETHEUS')).toBe(`0.${major}${minor.padStart(2, '0')}.${patch}`);
    expect(tag('alertmanager')).toBe(`v${built('ALERTMANAGER')}`);
  });

  it('are those the documentation names, and so are the ports', () => {
    const documentation = readText('docs/stack.md');
    const images = services.flatMap(([, { image, build: own }]) => (own === undefined ? [image] : []));
    for (const image of images) expect(documentation).toContain(`\`${image}\``);
    for (const [, base] of readText('collector/knowledge-base/Dockerfile').matchAll(/^FROM (\S+)/gm)) {
      expect(documentation).toContain(`\`${base}\``);
    }
    const said = /the ports ([\d, and\n]+) free/.exec(documentation)?.[1]?.match(/\d+/g)?.sort();
    const published = services.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')[1]));
    expect(said).toEqual(published.sort());
  });
});
