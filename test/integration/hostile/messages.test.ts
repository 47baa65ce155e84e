import { afterEach, describe, expect, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import { verifies } from '../../support/verifies.ts';
import { answeredIds, call, converseWithBoth, request } from './both.ts';

afterEach(() => stopServers());

const LONG_NAME = 'n'.repeat(10_240);
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const HOSTILE_NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', ' ', '\u0000', '_OTHER', '🦀'];
const METAS = [null, 7, 'text', [], [TRACEPARENT], { traceparent: {} }, { traceparent: null }, { progressToken: {} }];

/** No JSON, no JSON-RPC, or not quite. */
const GARBAGE: readonly (string | Buffer)[] = [
  'this is no JSON\n',
  '{"jsonrpc":"2.0","id":"cut off","method":\n',
  '{}\n[]\nnull\n7\n"text"\ntrue\n\n \n\r\n',
  '{"jsonrpc":"1.0","id":"old","method":"ping"}\n',
  '{"id":"no version","method":"ping"}\n',
  '{"jsonrpc":"2.0","id":"no method"}\n',
  '{"jsonrpc":"2.0","id":"answer","result":{}}\n{"jsonrpc":"2.0","id":"answer","error":{"code":1,"message":"x"}}\n',
  `[${request('batch', 'ping').trim()},${request('batch 2', 'ping').trim()}]\n`,
  Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0x0a]),
  Buffer.concat([
    Buffer.from('{"jsonrpc":"2.0","id":"invalid utf-8 '),
    Buffer.from([0xc3]),
    Buffer.from('","method":"ping"}\n'),
  ]),
  `${'['.repeat(50_000)}\n`,
  `{"jsonrpc":"2.0","id":"deep","method":"ping","params":{"a":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}}\n`,
];

const SHAPES: readonly string[] = [
  ...[null, [], [1], 'text', 7, true, { name: 7 }, { name: null }, { name: {} }, {}].map((params, index) =>
    request(`params ${index}`, 'tools/call', params),
  ),
  ...['prompts/get', 'resources/read', 'tools/list', 'initialize', 'logging/setLevel', 'completion/complete'].flatMap(
    (method) => [request(`${method} null`, method, null), request(`${method} array`, method, ['x'])],
  ),
  ...[7, null, [], {}, '', '__proto__', 'constructor', 'tools/call ', 'x'.repeat(20_000)].map((method, index) =>
    request(`method ${index}`, method, {}),
  ),
  ...HOSTILE_NAMES.flatMap((name) => [
    call(`tool ${name}`, name),
    request(`prompt ${name}`, 'prompts/get', { name }),
    request(`resource ${name}`, 'resources/read', { uri: name }),
  ]),
  ...METAS.flatMap((_meta, index) => [
    request(`meta ${index}`, 'tools/call', { name: 'echo', arguments: { text: 'x' }, _meta }),
    `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { _meta, progress: 'x' } })}\n`,
  ]),
  '{"jsonrpc":"2.0","id":"proto","method":"tools/call","params":{"__proto__":{"name":"echo"},"name":"echo"}}\n',
  '{"jsonrpc":"2.0","method":"__proto__","params":{"__proto__":null}}\n',
  '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"__proto__"}}\n',
  call('long name', LONG_NAME),
  call('unknown long name', `${LONG_NAME}m`),
  request('i'.repeat(10_240), 'ping'),
];

describe.each(['server-v1.mjs', 'server-v2.mjs'])('%s answers as without us', (script) => {
  it('garbage between its messages', async () => {
    verifies('NFR-05');
    const { bare, measured, figures } = await converseWithBoth(script, [call('before', 'echo'), ...GARBAGE]);
    expect(measured).toEqual(bare);
    expect(answeredIds(figures.client.received)).toEqual(expect.arrayContaining(['before', 'end']));
  });

  it('requests and notifications of every wrong shape', async () => {
    verifies('NFR-05');
    const { bare, measured, figures } = await converseWithBoth(script, SHAPES);
    expect(measured).toEqual(bare);
    expect(answeredIds(figures.client.received)).toEqual(expect.arrayContaining(['long name', 'end']));
  });

  it('a message of 8 MB', async () => {
    verifies('NFR-05');
    const text = 'x'.repeat(8 * 1024 * 1024);
    const { bare, measured } = await converseWithBoth(script, [call('large', 'echo', { text })]);
    expect(measured).toEqual(bare);
    expect(measured.stdout.some((line) => line.includes(`${text.length} characters`))).toBe(true);
  });

  it('a message of 12 MB, which is more than the SDK takes', async () => {
    verifies('NFR-05');
    const text = 'x'.repeat(12 * 1024 * 1024);
    const { bare, measured } = await converseWithBoth(script, [call('too large', 'echo', { text })]);
    expect(measured).toEqual(bare);
  });
});
