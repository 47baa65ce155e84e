import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { verifies } from '../support/verifies.ts';
import { afterTest, createEndpoint } from '../unit/status/endpoint.ts';
import { openPage } from './browser.ts';

/** A user interface of somebody else, on a port of its own; its origin by either name of this machine. */
async function otherInterface(): Promise<(name: string) => string> {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><title>desk</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return (name) => `http://${name}:${port}`;
}

/** First event an `EventSource` of the page gets, or why there is none. */
const firstEvent = (url: string): string => `new Promise((resolve) => {
  const source = new EventSource(${JSON.stringify(`${url}/api/stream`)});
  source.addEventListener('snapshot', ({ data }) => resolve(JSON.parse(data).service.name));
  source.addEventListener('error', () => resolve('refused'));
})`;

/** The beginning of the stream as \`fetch\` reads it, which can send the token. */
const firstText = (url: string, token: string): string => `(async () => {
  try {
    const { body, status } = await fetch(${JSON.stringify(`${url}/api/stream`)}, { headers: { Authorization: 'Bearer ${token}' } });
    if (status !== 200) return String(status);
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('event: snapshot')) text += (await reader.read()).value;
    return 'event: snapshot';
  } catch {
    return 'refused';
  }
})()`;

it('the stream is read by the page of a listed origin, as the webview of a desktop shell is one, and by no other', async () => {
  verifies('DSH-02');
  const origin = await otherInterface();
  const [listed, other] = [origin('localhost'), origin('127.0.0.1')];
  const open = await createEndpoint({ allowedOrigins: [listed] }).server.start();
  const guarded = await createEndpoint({ allowedOrigins: [listed], token: 't0ken' }).server.start();
  const [url, guardedUrl] = [open?.url ?? '', guarded?.url ?? ''];
  const { page } = await openPage(listed);
  expect(await page.evaluate(firstEvent(url))).toBe('kb');
  expect(await page.evaluate(firstText(guardedUrl, 't0ken'))).toBe('event: snapshot');
  expect(await page.evaluate(firstText(guardedUrl, 'wrong'))).toMatch(/^(401|refused)$/);
  expect(await page.evaluate(firstEvent(guardedUrl))).toBe('refused');
  const { page: stranger } = await openPage(other);
  expect(await stranger.evaluate(firstEvent(url))).toBe('refused');
  expect(await stranger.evaluate(firstText(guardedUrl, 't0ken'))).toBe('refused');
});
