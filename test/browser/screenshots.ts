/** Makes the pictures of the README from a server that calls itself: `npm run docs:screenshots`. */
import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { InstrumentedServer } from '../support/instrumented-server.ts';
import { requireProgram } from '../support/programs.ts';

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const BUSY_SERVER = fileURLToPath(new URL('./fixtures/busy-server.mjs', import.meta.url));
/** So long that the charts have something to show. */
const WARM_UP_MS = Number(process.argv[2] ?? 90) * 1_000;

const SHOTS = [
  { name: 'page', hash: '', colorScheme: 'light', width: 1280, height: 1120 },
  {
    name: 'operation',
    hash: '#operation=tools%2Fcall+kb.hybrid_search',
    colorScheme: 'dark',
    width: 1280,
    height: 960,
  },
  { name: 'phone', hash: '', colorScheme: 'dark', width: 390, height: 844 },
] as const;

const server = await InstrumentedServer.start(BUSY_SERVER, {
  arguments: ['5', '120'],
  env: {
    MCP_VITALS_CONFIG: fileURLToPath(new URL('./fixtures/alerting.json', import.meta.url)),
    MCP_VITALS_TRACE_URL: 'http://localhost:16686/trace/{traceId}',
  },
});
const url = await server.url();
// One stretch of failures: the pictures show what the page makes of trouble.
await delay(WARM_UP_MS * 0.5);
server.child.stdin?.write('failing\n');
await delay(WARM_UP_MS * 0.3);
server.child.stdin?.write('sound\n');
await delay(WARM_UP_MS * 0.2);
mkdirSync(IMAGES, { recursive: true });
const browser = await chromium.launch({ executablePath: requireProgram('chromium'), args: ['--no-sandbox'] });
for (const { name, hash, colorScheme, width, height } of SHOTS) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
  await page.goto(`${url}/${hash}`);
  await page.getByText('live', { exact: true }).waitFor();
  await delay(3_000);
  await page.screenshot({ path: `${IMAGES}${name}.png` });
  await page.close();
}
await browser.close();
await server.stop();
