import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationSnapshot, Snapshot } from '../../../src/core/model/snapshot.ts';
import { applyUpdate, type SnapshotUpdate } from '../../../src/status/live/apply-update.ts';
import { InstrumentedServer } from '../../support/instrumented-server.ts';
import { verifies } from '../../support/verifies.ts';

const BUSY_SERVER = fileURLToPath(new URL('../../browser/fixtures/busy-server.mjs', import.meta.url));

interface StreamEvent {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
}

/** Events of the stream as they come. */
async function* events(url: string, lastEventId?: string): AsyncGenerator<StreamEvent> {
  const headers = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
  const { body } = await fetch(`${url}/api/stream`, { headers });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, id, name, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
      if (id !== undefined && name !== undefined) yield { id, name, data: JSON.parse(data ?? '') };
    }
  }
}

/** What depends on the instant of asking. */
function lasting({ name, count, errors, errorTypes, stages, latency }: OperationSnapshot): object {
  return { name, count, errors, errorTypes, stages, mean: latency.mean };
}

function byName<Row extends { readonly name: string }>(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => (a.name < b.name ? -1 : 1));
}

let server: InstrumentedServer;
let url: string;

beforeAll(async () => {
  server = await InstrumentedServer.start(BUSY_SERVER, { arguments: ['30', '200'] });
  url = await server.url();
});

afterAll(() => server.stop());

describe('the stream of a process at work', () => {
  it('has events its schemas describe, and updates that lead to the figures /api/snapshot gives', async () => {
    verifies('DSH-02');
    const { documents, $defs } = (await (await fetch(`${url}/api/schema`)).json()) as {
      documents: Record<string, { $ref: string }>;
      $defs: object;
    };
    const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
    ajv.addSchema({ $id: 'api', $defs });
    const seen = new Map<string, number>();
    let snapshot: Snapshot | undefined;
    let whole: Snapshot | undefined;
    let updates = 0;
    for await (const { name, data } of events(url)) {
      seen.set(name, (seen.get(name) ?? 0) + 1);
      const validate = ajv.compile({ $ref: `api${documents[`/api/stream ${name}`]?.$ref}` });
      expect([name, validate(data), validate.errors]).toEqual([name, true, null]);
      if (name === 'history') continue;
      snapshot = name === 'snapshot' ? (data as Snapshot) : applyUpdate(snapshot as Snapshot, data as SnapshotUpdate);
      updates += 1;
      if (updates === 3) server.child.stdin?.write('idle\n');
      whole = await server.snapshot();
      const ours = JSON.stringify(byName(snapshot.operations).map(lasting));
      if (updates > 3 && ours === JSON.stringify(byName(whole.operations).map(lasting))) break;
      expect(updates).toBeLessThan(20);
    }
    expect(byName(snapshot?.operations ?? []).map(lasting)).toEqual(byName(whole?.operations ?? []).map(lasting));
    expect(snapshot?.operations.length).toBeGreaterThan(20);
    expect(new Set(snapshot?.objectives?.map(({ id }) => id))).toEqual(new Set(whole?.objectives?.map(({ id }) => id)));
    const sections = (from: Snapshot | undefined) =>
      Object.keys(from ?? {}).filter((name) => name !== 'windows' && name !== 'scaling');
    expect(new Set(sections(snapshot))).toEqual(new Set(sections(whole)));
    expect(snapshot?.totals?.count).toBe(whole?.totals?.count);
    expect([seen.get('snapshot'), (seen.get('history') ?? 0) > 1]).toEqual([1, true]);
  });

  it('goes on after the event that was seen last', async () => {
    let last: StreamEvent | undefined;
    for await (const event of events(url)) {
      last = event;
      if (event.name === 'update') break;
    }
    for await (const event of events(url, last?.id)) {
      expect(['update', 'history']).toContain(event.name);
      expect(Number(event.id.split('-').at(-1))).toBe(Number(last?.id.split('-').at(-1)) + 1);
      break;
    }
  });
});
