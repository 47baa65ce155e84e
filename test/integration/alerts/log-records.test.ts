import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDiag } from '../../../src/core/diag.ts';
import { LogRecordChannel } from '../../../src/sdk/log-record-channel.ts';
import { packagesFolder } from '../../support/packages-folder.ts';
import { verifies } from '../../support/verifies.ts';
import { LINE_3 } from './line-3.ts';
import { notice } from './notices.ts';

interface Line3 {
  readonly logs: { setGlobalLoggerProvider(provider: object): boolean; disable(): void };
  readonly LoggerProvider: new (options: object) => object;
  readonly SimpleLogRecordProcessor: new (options: object) => object;
  readonly InMemoryLogRecordExporter: new () => { getFinishedLogRecords(): readonly object[] };
}

describe('alerts as log records', () => {
  it('are counted as lost without a logger provider, and reach the one of the logs API within API 1.10', async () => {
    verifies('ALR-05');
    const lines: string[] = [];
    const channel = new LogRecordChannel(createDiag({ sink: (line) => lines.push(line) }));
    channel.notify([notice('early')]);
    expect(channel.dropped()).toEqual({ no_provider: 1 });
    expect(lines.join('')).toContain('no OpenTelemetry logger provider');

    const load = createRequire(join(await packagesFolder('OpenTelemetry 3.x', LINE_3), 'test.cjs'));
    const line = { ...load('@opentelemetry/sdk-logs'), ...load('@opentelemetry/api') } as Line3;
    const exporter = new line.InMemoryLogRecordExporter();
    const processors = [new line.SimpleLogRecordProcessor({ exporter })];
    expect(line.logs.setGlobalLoggerProvider(new line.LoggerProvider({ processors }))).toBe(true);
    channel.notify([notice('one'), notice('one', 'resolved', Date.now())]);
    await expect.poll(() => exporter.getFinishedLogRecords()).toHaveLength(2);
    expect(exporter.getFinishedLogRecords()).toMatchObject([
      { eventName: 'mcp_vitals.alert', severityNumber: 17, attributes: { 'mcp_vitals.rule': 'one' } },
      { severityText: 'resolved', severityNumber: 9, attributes: { 'mcp_vitals.alert.state': 'resolved' } },
    ]);
    expect(channel.dropped()).toEqual({ no_provider: 1 });
    line.logs.disable();
  });
});
