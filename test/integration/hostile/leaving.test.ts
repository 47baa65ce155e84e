import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { HttpRpcClient, initialize } from '../../support/json-rpc-client.ts';
import { verifies } from '../../support/verifies.ts';

afterEach(() => stopServers());

// It had the type `Error`, like anything a server may do wrong.
it('a call whose client has gone before the answer is a connection_closed', async () => {
  verifies('THR-01');
  const server = await InstrumentedServer.start(fileURLToPath(new URL('fixtures/http-v1.mjs', import.meta.url)));
  const [, url = ''] = await server.stderrMatch(/listening on (\S+)/);
  const [leaving, staying] = [new HttpRpcClient(url), new HttpRpcClient(url)];
  await initialize(leaving);
  Object.assign(staying.headers, leaving.headers);

  const asked = leaving.request('tools/call', { name: 'wait' }, 'abandoned').catch(() => 'gone');
  await server.snapshotWhen(({ requests }) => requests.active === 1);
  leaving.close();
  expect(await asked).toBe('gone');
  await staying.request('tools/call', { name: 'go-on' }, 'next');

  const { operations } = await server.snapshotWhen(({ requests }) => requests.active === 0);
  const abandoned = operations.find(({ target }) => target === 'wait');
  expect(abandoned).toMatchObject({ count: 1, errorTypes: { connection_closed: 1 } });
});
