import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import type { HistorySlice } from '../../src/status/history/history.ts';
import { createEndpoint } from '../unit/status/endpoint.ts';

const BUILT = fileURLToPath(new URL('../../dist/status/page/', import.meta.url));

/** The real endpoint with figures that are given: what takes hours to come about is shown at once. */
export async function serveGiven(snapshot: Snapshot, history: HistorySlice): Promise<string> {
  const sources = {
    metricsText: async () => '',
    snapshot: () => snapshot,
    summaryText: () => '',
    history: () => history,
  };
  const address = await createEndpoint({ sources }).server.start();
  if (address === undefined) throw new Error('no endpoint');
  return address.url;
}

/** The endpoint runs from its sources, beside which there is no built page. */
export async function usingBuiltPage(page: Page): Promise<void> {
  for (const file of ['page.js', 'page.css']) {
    await page.route(`**/${file}`, (route) => route.fulfill({ path: `${BUILT}${file}` }));
  }
}
