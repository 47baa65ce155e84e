import { expect } from 'vitest';
import type { GuestCase, Observation } from '../../support/guest-apps.ts';

/** What must be true of every application with an OpenTelemetry of its own, whatever the case. */
export function expectIntact({ sampler }: Pick<GuestCase, 'sampler'>, observed: Observation): void {
  const { report, callsAsGuest, calls, metricsText } = observed;
  // Nothing the application registers is refused, and nobody complains.
  expect(report.accepted).not.toContain(false);
  expect(observed.stderr).toBe('');
  // Its own metrics are complete, and its own span is the active one within itself.
  expect(report.calls).toBe(callsAsGuest);
  expect(observed.active).toEqual(Array(callsAsGuest).fill('true'));
  // Its exporter has its spans, and above each of them the operation, once.
  const operations = report.spans.filter(({ name }) => name === 'tools/call work');
  const children = report.spans.filter(({ name }) => name === 'child');
  const exported = sampler === 'on' ? callsAsGuest : 0;
  expect(children).toHaveLength(exported);
  expect(operations).toHaveLength(exported);
  expect(children.map(({ traceId, parent }) => [traceId, parent])).toEqual(
    operations.map(({ traceId, spanId }) => [traceId, spanId]),
  );
  expect(operations.every(({ kind }) => kind === 1)).toBe(true);
  // Our own figures have every call, those of before its registration too, whatever its sampler drops.
  expect(observed.counted).toBe(calls);
  const [, count] = /^mcp_server_operation_duration_seconds_count\{[^}]*"work"[^}]*\} (\d+)$/m.exec(metricsText) ?? [];
  expect(Number(count)).toBe(calls);
}
