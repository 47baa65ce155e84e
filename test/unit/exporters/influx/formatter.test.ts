import { resourceFromAttributes } from '@opentelemetry/resources';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInflux } from '../../../../src/exporters/influx/formatter.ts';
import { escapeMeasurement, escapeTag } from '../../../../src/exporters/influx/line-escape.ts';
import { verifies } from '../../../support/verifies.ts';
import { createMeter } from '../prometheus/meter.ts';

const hostile = fc.string({
  unit: fc.constantFrom('a', '\\', ',', '=', ' ', '"', '#', '\n', '\r', '\0', 'é', '🚀'),
  maxLength: 12,
});

/** Where an unescaped character of the given set stands, as InfluxDB scans: a backslash takes the next one along. */
function unescapedAt(text: string, special: string): number {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (special.includes(text[at] as string)) return at;
  }
  return -1;
}

describe('names and tag values in line protocol', () => {
  it('never end a name, a tag or a line, and never swallow the separator after them', () => {
    verifies('DSH-03');
    fc.assert(
      fc.property(hostile, (text) => {
        const tag = escapeTag(text);
        expect(unescapedAt(`${tag};`, ',= \n\r')).toBe(-1);
        expect(unescapedAt(`${tag},`, ',')).toBe(tag.length);
        const measurement = escapeMeasurement(text);
        expect(unescapedAt(`${measurement};`, ', \n\r')).toBe(-1);
        expect(measurement).not.toMatch(/^#/);
      }),
      { seed: 7, numRuns: 1_000 },
    );
  });

  it('stay as they are where nothing is special', () => {
    expect(escapeTag('tools/call')).toBe('tools/call');
    expect(escapeTag('a b,c=d')).toBe('a\\ b\\,c\\=d');
    expect(escapeMeasurement('mcp.server.operation.duration')).toBe('mcp.server.operation.duration');
    expect(escapeTag('C:\\dir\\')).toBe('C:\\dir/');
  });
});

describe('line protocol', () => {
  it('has one line per point with its tags in order, its fields, and the time of the collection in nanoseconds', async () => {
    verifies('DSH-03');
    const { provider, collect } = createMeter({
      resource: resourceFromAttributes({ 'service.name': 'knowledge base', 'host.name': 'left out' }),
    });
    const meter = provider.getMeter('m');
    const duration = meter.createHistogram('d', { unit: 's', advice: { explicitBucketBoundaries: [0.1, 1] } });
    for (const seconds of [0.0625, 0.5, 3]) duration.record(seconds, { z: 'last', a: 'first' });
    meter.createCounter('c').add(2, { time: 'reserved', empty: '' });
    const gauge = meter.createGauge('g');
    gauge.record(Number.NaN, { kind: 'nan' });
    gauge.record(1e21, { kind: 'large' });
    const lines = formatInflux(await collect())
      .trimEnd()
      .split('\n');
    const tags = 'service.name=knowledge\\ base';
    expect(lines.map((line) => line.replace(/ \d{19}$/, ' T'))).toEqual([
      `d,a=first,${tags},z=last count=3i,sum=3.5625,min=0.0625,max=3,le_0.1=1i,le_1=2i T`,
      `c,${tags},time_=reserved value=2 T`,
      `g,kind=large,${tags} value=1e+21 T`,
    ]);
  });
});
