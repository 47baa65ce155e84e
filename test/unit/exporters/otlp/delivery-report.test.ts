import { expect, it } from 'vitest';
import { createDiag } from '../../../../src/core/diag.ts';
import { DeliveryReport, maskUrl } from '../../../../src/exporters/otlp/delivery-report.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { verifies } from '../../../support/verifies.ts';

it('writes one line when a receiver fails and one when it is back, however long it takes', () => {
  verifies('NFR-05');
  const lines: string[] = [];
  const clock = new FakeClock();
  const report = new DeliveryReport(
    'traces',
    'http://user:secret@collector:4318/v1/traces?token=secret',
    createDiag({ level: 'info', sink: (line) => lines.push(line), clock }),
  );
  for (let attempt = 0; attempt < 50; attempt += 1) {
    report.record({ state: 'retryable', reason: 'HTTP 503' });
    clock.advance(30_000);
  }
  report.record({ state: 'ok' });
  report.record({ state: 'ok' });
  expect(lines).toEqual([
    'mcp-vitals warn: traces to http://collector:4318/v1/traces: HTTP 503 (kept, trying again)\n',
    'mcp-vitals info: http://collector:4318/v1/traces accepts traces again after 50 failed attempts\n',
  ]);
});

it('says that refused data is gone', () => {
  const lines: string[] = [];
  const diag = createDiag({ sink: (line) => lines.push(line), clock: new FakeClock() });
  const report = new DeliveryReport('metrics', 'http://collector:4318/v1/metrics', diag);
  report.record({ state: 'rejected', reason: 'HTTP 401' });
  report.record({ state: 'ok', partial: { rejected: 2, message: 'too old' } });
  expect(lines).toEqual([
    'mcp-vitals warn: metrics to http://collector:4318/v1/metrics: HTTP 401 (refused, counted as dropped)\n',
    'mcp-vitals warn: http://collector:4318/v1/metrics accepted metrics but rejected 2: too old\n',
  ]);
});

it('never writes credentials or query strings of an address', () => {
  expect(maskUrl('https://a:b@host/path?key=1#f')).toBe('https://host/path');
  expect(maskUrl('not an address, secret')).toBe('an unreadable address');
});
