import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';
import { complete, MonitoredServer, newSpoolDir, received, removeSpoolDirs, spooled } from './monitored-server.ts';

let receiver: OtlpReceiver;
let spoolDir: string;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  spoolDir = await newSpoolDir();
});

afterEach(async () => {
  await stopServers();
  await receiver.close();
  await removeSpoolDirs();
});

/** What the server itself says on stderr; ours must be in lines of their own. */
function ownLines(server: MonitoredServer): string {
  const lines = server.process.stderr.split('\n').filter((line) => !line.startsWith('mcp-vitals'));
  // Frames of Node's own event handling differ with whatever else listens.
  return lines.filter((line) => !/^\s+at .*node:internal/.test(line)).join('\n');
}

describe('a server that crashes', () => {
  it.each([
    ['an exception nobody catches', 'crash', 'this server crashes'],
    ['a rejection nobody handles', 'reject', 'nobody catches this'],
  ])('of %s ends as without us, and the next start delivers what it had recorded', async (_, tool, message) => {
    verifies('NFR-06', 'REG-01');
    const options = { receiver: receiver.url, spoolDir };
    const [bare, server] = await Promise.all([
      MonitoredServer.stdio('v1', { instrumented: false }).then((started) => started.use(3)),
      MonitoredServer.stdio('v1', options).then((started) => started.use(3)),
    ]);
    await server.loaded();
    const [expected, exit] = await Promise.all([bare.end(() => bare.call(tool)), server.end(() => server.call(tool))]);
    expect(exit).toMatchObject({ code: expected.code, signal: expected.signal });
    expect(exit).toMatchObject({ code: 1, signal: null });
    expect(ownLines(server)).toContain(message);
    expect(ownLines(server)).toBe(ownLines(bare));
    expect(spooled(spoolDir)).toEqual(complete(server.operations));
    expect(server.ourLines).toEqual([expect.stringContaining(`${server.operations} spans`)]);
    expect(server.discoveryFiles).toEqual([]);

    const next = await (await MonitoredServer.stdio('v1', options)).use(0);
    await next.end((child) => child.stdin?.end());
    expect(received(receiver)).toEqual(complete(server.operations + next.operations, 2));
  });
});
