import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { requireBuiltProgram } from '../support/built-programs.ts';
import { freePort } from '../support/postgres.ts';
import { requireProgram } from '../support/programs.ts';
import { ROOT, readText } from './compose/compose-file.ts';
import { type RunningProgram, startProgram } from './running-program.ts';

/** Only as long as a test runs; the server asks for it as it asks in the compose file. */
export const TOKEN = 'a-token-for-the-tests';

/** Text to put in the place of another. */
export type Replacements = Readonly<Record<string, string>>;

/**
 * The programs of the compose file on free ports of this machine. Every one reads its own file of the repository, in which
 * only addresses, paths and times are replaced; a replacement that finds nothing is an error.
 */
export class LocalStack implements AsyncDisposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'mcp-vitals-stack-'));
  readonly #ports = new Map<string, number>();
  readonly #running: RunningProgram[] = [];

  /** What the programs have written, one after the other. */
  get log(): string {
    return this.#running.map(({ log }) => log).join('\n');
  }

  /** Where a service of the compose file listens here: `jaeger:4317` → `127.0.0.1:40123`. */
  async address(inCompose: string): Promise<string> {
    let port = this.#ports.get(inCompose);
    if (port === undefined) {
      port = await freePort();
      this.#ports.set(inCompose, port);
    }
    return `127.0.0.1:${port}`;
  }

  /** The same for the addresses a program of the service listens on and calls. */
  async addresses(service: string, listens: readonly number[], calls: readonly string[] = []): Promise<Replacements> {
    const replacements: Record<string, string> = {};
    for (const port of listens) replacements[`0.0.0.0:${port}`] = await this.address(`${service}:${port}`);
    for (const callee of calls) replacements[callee] = await this.address(callee);
    return replacements;
  }

  /** Writes a file of the repository with replacements, and answers its path. */
  write(path: string, replacements: Replacements, name = path): string {
    let text = readText(path);
    for (const [from, to] of Object.entries(replacements)) {
      if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`);
      text = text.replaceAll(from, to);
    }
    return this.writeText(name, text);
  }

  writeText(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  async start(...program: Parameters<typeof startProgram>): Promise<RunningProgram> {
    const running = await startProgram(...program);
    this.#running.push(running);
    return running;
  }

  /** The knowledge base by its start script, under the product, with the token; in the embedded database. */
  async startServer(env: Readonly<Record<string, string>> = {}): Promise<{ mcpUrl: string; statusUrl: string }> {
    const secrets = join(this.folder, 'secrets');
    this.writeText('secrets/scrape-token/token', TOKEN);
    this.writeText('secrets/database-password/password', 'unused');
    const script = this.write('collector/knowledge-base/start.sh', {
      '/run/secrets': secrets,
      'exec node': `cd ${ROOT} && exec ${process.execPath}`,
    });
    const [mcp, status] = [await this.address('knowledge-base:8000'), await this.address('knowledge-base:9464')];
    const settings = {
      MCP_VITALS_PORT: `${status.split(':')[1]}`,
      MCP_VITALS_DISCOVERY_DIR: join(this.folder, 'discovery'),
      OTEL_SERVICE_NAME: 'knowledge-base',
      ...env,
    };
    await this.start('sh', [script, '--http', `--port=${mcp.split(':')[1]}`], /ready on http/, settings);
    const check = this.write(
      'collector/knowledge-base/healthcheck.js',
      { '127.0.0.1:8000': mcp, '127.0.0.1:9464': status },
      'healthcheck.mjs',
    );
    const health = await startProgram(process.execPath, [check], /$/);
    if (health.child.exitCode === null) await new Promise((resolve) => health.child.once('exit', resolve));
    if (health.child.exitCode !== 0) throw new Error(`the health check of the container fails: ${health.log}`);
    return { mcpUrl: `http://${mcp}/mcp`, statusUrl: `http://${status}` };
  }

  /** The load of the profile `load`. */
  async startTraffic(mcpUrl: string, rate: number): Promise<RunningProgram> {
    const script = join(ROOT, 'examples/knowledge-base/traffic.js');
    return await this.start(process.execPath, [script, `--url=${mcpUrl}`, `--rate=${rate}`, '--clients=3'], /calling/);
  }

  /** @returns base URL */
  async startPrometheus(rules: string, scrapeInterval = '1s'): Promise<string> {
    const config = this.write('collector/prometheus/prometheus.yml', {
      'scrape_interval: 15s': `scrape_interval: ${scrapeInterval}`,
      'evaluation_interval: 15s': 'evaluation_interval: 1s',
      '/etc/prometheus/rules/*.yml': rules,
      '/run/secrets': join(this.folder, 'secrets'),
      'localhost:9090': await this.address('prometheus:9090'),
      ...(await this.addresses(
        'prometheus',
        [],
        ['alertmanager:9093', 'knowledge-base:9464', 'otel-collector:8889', 'otel-collector:8888'],
      )),
    });
    const address = await this.address('prometheus:9090');
    const args = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(this.folder, 'prometheus')}`,
      `--web.listen-address=${address}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
    ];
    await this.start(requireProgram('prometheus'), args, `http://${address}/-/ready`);
    return `http://${address}`;
  }

  /** Alertmanager and the page it sends to. @returns their base URLs */
  async startAlerting(): Promise<{ alertmanagerUrl: string; receiverUrl: string }> {
    const receiver = await this.address('alert-receiver:8080');
    await this.start(process.execPath, [join(ROOT, 'collector/alert-receiver/receiver.js')], `http://${receiver}/`, {
      HOST: '127.0.0.1',
      PORT: `${receiver.split(':')[1]}`,
    });
    const config = this.write('collector/alertmanager/alertmanager.yml', {
      'alert-receiver:8080': receiver,
      'group_wait: 10s': 'group_wait: 100ms',
      'group_interval: 1m': 'group_interval: 1s',
    });
    const address = await this.address('alertmanager:9093');
    const args = [
      `--config.file=${config}`,
      `--storage.path=${join(this.folder, 'alertmanager')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ];
    await this.start(requireProgram('prometheus-alertmanager'), args, `http://${address}/-/ready`);
    return { alertmanagerUrl: `http://${address}`, receiverUrl: `http://${receiver}` };
  }

  /** The Collector with further replacements. @returns base URLs of its OTLP receiver and of its Prometheus exporter */
  async startCollector(replacements: Replacements = {}): Promise<{ otlpUrl: string; metricsUrl: string }> {
    const program = requireBuiltProgram('otelcol');
    const self = (await this.address('otel-collector:8888')).split(':')[1];
    const config = this.write('collector/otel-collector/config.yaml', {
      ...(await this.addresses('otel-collector', [4317, 4318, 8889, 13133], ['jaeger:4317'])),
      'port: 8888': `port: ${self}`,
      'metrics_flush_interval: 15s': 'metrics_flush_interval: 1s',
      'decision_wait: 5s': 'decision_wait: 2s',
      ...replacements,
    });
    await this.start(program, ['--config', config], `http://${await this.address('otel-collector:13133')}/`);
    return {
      otlpUrl: `http://${await this.address('otel-collector:4318')}`,
      metricsUrl: `http://${await this.address('otel-collector:8889')}/metrics`,
    };
  }

  /** @returns base URL of its API */
  async startJaeger(): Promise<string> {
    const program = requireBuiltProgram('jaeger');
    const self = (await this.address('jaeger:8888')).split(':')[1];
    const config = this.write('collector/jaeger/config.yaml', {
      ...(await this.addresses('jaeger', [16686, 16685, 13133, 4317], ['prometheus:9090'])),
      'port: 8888': `port: ${self}`,
      '/etc/jaeger/ui.json': join(ROOT, 'collector/jaeger/ui.json'),
    });
    await this.start(program, ['--config', config], `http://${await this.address('jaeger:13133')}/status`);
    return `http://${await this.address('jaeger:16686')}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#running.reverse()) await program[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Values of an instant query, with their labels. */
export async function queryPrometheus(
  url: string,
  query: string,
): Promise<{ metric: Record<string, string>; value: number }[]> {
  const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`);
  const { status, data, error } = (await response.json()) as {
    status: string;
    error?: string;
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (status !== 'success') throw new Error(`${query}: ${error}`);
  return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}
