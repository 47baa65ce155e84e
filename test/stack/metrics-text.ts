/** A series of a text exposition. */
export interface TextSeries {
  /** As the line says it: histograms with `_bucket`, `_sum`, `_count`. */
  readonly name: string;
  /** Of its family: counter, gauge, histogram, …; `unknown` without a TYPE line. */
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: [\d.e+]+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/g;
const SUFFIX = /_(bucket|sum|count|total|created)$/;

/** Reads the Prometheus text format 0.0.4. @throws on a line that is none of it */
export function parseMetricsText(text: string): TextSeries[] {
  const types = new Map<string, string>();
  const series: TextSeries[] = [];
  for (const line of text.split('\n')) {
    const declared = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (declared !== null) types.set(declared[1] ?? '', declared[2] ?? '');
    if (line === '' || line.startsWith('#')) continue;
    const match = SAMPLE.exec(line);
    if (match === null) throw new Error(`not a sample: ${line}`);
    const [, name = '', labelText = '', value = ''] = match;
    const type = types.get(name) ?? types.get(name.replace(SUFFIX, '')) ?? 'unknown';
    const labels = Object.fromEntries(
      [...labelText.matchAll(LABEL)].map(([, key = '', content = '']) => [key, content]),
    );
    series.push({ name, type, labels, value: Number(value.replace('Inf', 'Infinity')) });
  }
  return series;
}
