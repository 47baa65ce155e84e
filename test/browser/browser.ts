import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach } from 'vitest';
import { requireProgram } from '../support/programs.ts';

const BUSY_SERVER = new URL('./fixtures/busy-server.mjs', import.meta.url).pathname;

export { BUSY_SERVER };

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

let browser: Promise<Browser> | undefined;
const pages: Page[] = [];

afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close();
});

afterAll(async () => {
  await (await browser)?.close();
  browser = undefined;
});

export interface OpenPage {
  readonly page: Page;
  /** Everything the console said that is an error or a warning, uncaught errors and failed requests included. */
  readonly complaints: string[];
}

/**
 * A page in the installed Chromium, in a fresh profile, closed after the test.
 *
 * @param prepare what is to be done before the address is opened
 */
export async function openPage(
  url: string,
  options: BrowserContextOptions = {},
  prepare?: (page: Page) => Promise<void>,
): Promise<OpenPage> {
  browser ??= chromium.launch({ executablePath: requireProgram('chromium'), args: ['--no-sandbox'] });
  const context = await (await browser).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  pages.push(page);
  const complaints: string[] = [];
  const origin = new URL(url).origin;
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) {
      complaints.push(`request to another host: ${request.url()}`);
    }
  });
  await prepare?.(page);
  await page.goto(url);
  return { page, complaints };
}

/** Problems a screen-reader user would meet, by the rules of axe. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the page's content policy does not stop.
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResult;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}
