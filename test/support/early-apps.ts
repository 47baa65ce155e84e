import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  type APPLICATIONS,
  type APPLICATIONS_WITHOUT_SDK,
  call,
  type FORMATS,
  type OurName,
  programsOf,
  registerUrl,
} from './guest-apps.ts';
import { InstrumentedServer } from './instrumented-server.ts';
import { initialize, StdioRpcClient } from './json-rpc-client.ts';
import type { NodeMajor } from './nodes.ts';

/** An application with instruments at the top level of its modules. */
export interface EarlyCase {
  readonly application: keyof typeof APPLICATIONS | keyof typeof APPLICATIONS_WITHOUT_SDK;
  readonly ours: OurName;
  readonly format: (typeof FORMATS)[number];
  /** When it registers a meter provider of its own. */
  readonly register: 'never' | 'before' | 'after';
  readonly node?: NodeMajor;
}

interface Report {
  readonly accepted?: boolean;
  /** Of the application's own provider: values of its points by metric, counts where it is a histogram. */
  readonly figures: Readonly<Record<string, readonly number[]>>;
  readonly asked: number;
}

const CALLS = 3;

/** Sum of the points of a stream on `/metrics`, by its labels; `undefined` when there are none. */
function exposed(text: string, name: string): number | undefined {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.length === 0 ? undefined : lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const STREAMS = {
  orders: 'shop_orders_total',
  latency: 'shop_latency_count',
  latencySum: 'shop_latency_sum',
  stock: 'shop_stock',
  heat: 'shop_heat',
  open: 'shop_open',
  visits: 'shop_visits_total',
  queue: 'shop_queue',
} as const;

const ofShop = (text: string): Readonly<Record<keyof typeof STREAMS, number | undefined>> =>
  Object.fromEntries(Object.entries(STREAMS).map(([key, name]) => [key, exposed(text, name)])) as never;

/** What was recorded before any provider was there, and then by so many calls. */
const recorded = (calls: number) => ({
  orders: 4 + calls,
  latency: 1 + calls,
  latencySum: 0.5 + 5 * calls,
  stock: 3 - calls,
  heat: calls === 0 ? 21 : 22,
  open: 7,
  visits: 40,
  queue: 4,
});

const NOTHING = Object.fromEntries(Object.keys(STREAMS).map((key) => [key, undefined]));

/** Runs the application and expects that nothing it records is lost or twice, wherever it goes. */
export async function expectEarlyInstruments(early: EarlyCase): Promise<void> {
  const scratch: string[] = [];
  let server: InstrumentedServer | undefined;
  try {
    const programs = await programsOf(early.application);
    scratch.push(programs);
    server = await InstrumentedServer.start(join(programs, `early-main.${early.format}`), {
      instrumented: false,
      nodeArguments: ['--import', await registerUrl(early.ours, scratch)],
      arguments: [JSON.stringify({ register: early.register })],
      // The folders lie within this project, whose own packages look like the application's: so it is said.
      env: { MCP_VITALS_OTEL: 'own', MCP_VITALS_ALERTS: 'false' },
      ...(early.node === undefined ? {} : { node: early.node }),
    });
    const client = new StdioRpcClient(server.child);
    await initialize(client);
    await server.url();
    const works: string[] = [];
    const work = async (): Promise<void> => {
      for (let calls = 0; calls < CALLS; calls += 1) works.push(await call(client, 'work'));
    };
    // Before the first call: what was recorded when the modules were loaded.
    if (early.register !== 'before') expect(ofShop(await server.metricsText())).toEqual(recorded(0));
    await work();
    if (early.register === 'after') {
      expect(await call(client, 'register')).toBe('true');
      await work();
    }
    const report = JSON.parse(await call(client, 'report')) as Report;
    expect(report.accepted).toBe(early.register === 'before' ? true : undefined);
    // Ours has what came before the application's provider, his what came after; nobody has anything twice.
    const ours = ofShop(await server.metricsText());
    const { orders, latency, stock, heat } = { orders: CALLS, latency: CALLS, stock: -CALLS, heat: 22 };
    expect(ours).toEqual(early.register === 'before' ? NOTHING : recorded(CALLS));
    const his = { 'shop.orders': [orders], 'shop.latency': [latency], 'shop.stock': [stock], 'shop.heat': [heat] };
    expect(report.figures).toEqual(early.register === 'never' ? {} : his);
    expect(await server.metricsText()).not.toMatch(/signal="metrics"/);
    // A tracer taken as early records as well: the API has a stand-in for those.
    if (early.register !== 'before') expect(works).toEqual(Array(works.length).fill('true'));
    expect(server.stderr).toBe('');
  } finally {
    await server?.stop();
    await Promise.all(scratch.map((path) => rm(path, { recursive: true, force: true })));
  }
}
