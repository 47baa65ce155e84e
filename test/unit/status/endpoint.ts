import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createDiag } from '../../../src/core/diag.ts';
import type { StatusSources } from '../../../src/status/routes.ts';
import { createStatusServer, type StatusServerOptions } from '../../../src/status/status-server.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { liveFigures } from '../../support/live-figures.ts';
import { SNAPSHOT } from './snapshot.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs after the test, last registered first. */
export function afterTest(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** An empty directory that is removed after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-vitals-test-'));
  afterTest(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface EndpointOptions extends Partial<Omit<StatusServerOptions, 'sources'>> {
  /** Every source fails while this says so. */
  readonly failing?: () => boolean;
  /** Without pieces of their own, the stream gets those of the snapshot. */
  readonly sources?: Omit<StatusSources, 'live'> & Partial<Pick<StatusSources, 'live'>>;
}

/** An endpoint on a free loopback port with everything it said, stopped after the test. */
export function createEndpoint(options: EndpointOptions = {}) {
  const lines: string[] = [];
  const clock = new FakeClock();
  const guard = <T>(value: T): T => {
    if (options.failing?.() === true) throw new Error('the source is broken');
    return value;
  };
  const { failing: _, sources: given, ...rest } = options;
  const sources = given ?? {
    metricsText: async () => guard('up 1\n'),
    snapshot: () => guard(SNAPSHOT),
    summaryText: () => guard('operation  count\ntools/call     3\n'),
  };
  const server = createStatusServer({
    host: '127.0.0.1',
    port: 0,
    discoveryDir: temporaryDirectory(),
    service: () => SNAPSHOT.service,
    sources: { live: liveFigures(() => sources.snapshot()), ...sources },
    diag: createDiag({ level: 'debug', sink: (line) => lines.push(line), quietMs: 0 }),
    clock,
    ...rest,
  });
  afterTest(() => server.stop());
  return { server, lines, clock };
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One HTTP request with exactly the given headers; nothing is decompressed or followed. */
export function get(url: string, options: RequestOptions & { readonly send?: string } = {}): Promise<Received> {
  const { send, ...rest } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent: false, ...rest }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(send);
  });
}
