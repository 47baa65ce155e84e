import { expect, it } from 'vitest';
import type { Finding } from '../../src/core/model/health.ts';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import { verifies } from '../support/verifies.ts';
import { SNAPSHOT } from '../unit/status/snapshot.ts';
import { openPage, seriousFindings } from './browser.ts';
import { serveGiven, usingBuiltPage } from './given-figures.ts';

const NOW = SNAPSHOT.timestamp;
const finding = (kind: Finding['kind'], secondsAgo: number, subject: string): Finding => ({
  kind,
  subject,
  channel: kind === 'deploy' ? 'version' : 'level',
  since: NOW - secondsAgo * 1_000,
  until: undefined,
  expected: 0.01,
  observed: 0.2,
  evidence: `seen ${secondsAgo} s ago`,
});
const FIGURES: Snapshot = {
  ...SNAPSHOT,
  findings: [
    finding('deploy', 200, 'service'),
    finding('anomaly', 100, 'tools/call find'),
    finding('regression', 50, 'tools/call find'),
    finding('deploy', 600, 'service'),
  ],
  alerts: {
    active: [
      {
        fingerprint: 'f-1',
        rule: 'latency-high',
        severity: 'warning',
        category: 'latency',
        state: 'firing',
        attributes: {},
        value: 0.3,
        threshold: 0.2,
        message: 'P95 is 300 ms',
        advice: 'Look at the slowest calls.',
        pendingSince: NOW - 40_000,
        firedAt: NOW - 20_000,
        resolvedAt: undefined,
        silencedUntil: undefined,
      },
    ],
    history: [],
    firingBySeverity: { info: 0, warning: 1, critical: 0, emergency: 0 },
    firingByCategory: { latency: 1 },
  },
};
const SECONDS = Array.from({ length: 300 }, (_, at) => at - 299);
const HISTORY = {
  resolutionSeconds: 1,
  timestamps: SECONDS.map((second) => NOW + second * 1_000),
  columns: { seconds: SECONDS.map(() => 1), requests: SECONDS.map(() => 5), p95: SECONDS.map(() => 0.02) },
};

it('deployments, anomalies, regressions and alerts are lines across every chart, each with its time and its words', async () => {
  verifies('DSH-01');
  const url = await serveGiven(FIGURES, HISTORY);
  const { page, complaints } = await openPage(url, {}, usingBuiltPage);
  const kinds = ['deploy', 'anomaly', 'regression', 'alert'];
  for (const title of ['Response time', 'Throughput', 'Errors']) {
    const lines = page.locator('.chart', { hasText: title }).locator('.markers i');
    await expect.poll(() => lines.count(), { timeout: 10_000 }).toBe(4);
    const shown = await lines.evaluateAll((all) =>
      all.map((line) => ({
        kind: line.getAttribute('data-kind'),
        title: line.getAttribute('title') ?? '',
        left: Number.parseInt((line as unknown as { style: { left: string } }).style.left, 10),
      })),
    );
    expect(shown.map(({ kind }) => kind)).toEqual(kinds);
    expect(shown[0]?.title).toMatch(/^\d\d:\d\d:\d\d deploy service: seen 200 s ago$/);
    expect(shown[3]?.title).toMatch(/alert latency-high: P95 is 300 ms$/);
    // At 100, 200, 250 and 280 of 300 seconds, on a scale that is the same everywhere.
    const [a, b, c, d] = shown.map(({ left }) => left) as [number, number, number, number];
    expect([(b - a) / (d - a), (c - a) / (d - a)].map((share) => share.toFixed(1))).toEqual(['0.6', '0.8']);
  }
  const key = page.locator('.marker-key:visible');
  for (const words of ['1 alert fired', '1 anomaly', '1 regression', '1 deployment']) {
    await key.getByText(words, { exact: true }).waitFor();
  }
  await page.getByText('Look at the slowest calls.').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  // The other deployment is further back.
  await page.getByRole('button', { name: '1 h', exact: true }).click();
  await key.getByText('2 deployments', { exact: true }).waitFor();
  expect(complaints).toEqual([]);
});
