/** One line of the Prometheus text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the samples of a scrape; comments are left out. */
export function samplesOf(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const match = /^([\w:]+)(?:\{(.*)\})? (\S+)/.exec(line);
      if (match === null) throw new Error(`not a sample: ${line}`);
      const [, name = '', labels = '', value] = match;
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [key, text]);
      return { name, labels: Object.fromEntries(pairs), value: Number(value) };
    });
}

/** The values of one metric, added up over all labels that the key leaves out. */
export function sumBy(
  samples: readonly Sample[],
  name: string,
  key: (labels: Sample['labels']) => string | undefined,
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const sample of samples) {
    const group = sample.name === name ? key(sample.labels) : undefined;
    if (group !== undefined) sums[group] = (sums[group] ?? 0) + sample.value;
  }
  return sums;
}

/** How tests name an operation: the method, and the tool or prompt it is about. */
export function operationOf(labels: Sample['labels']): string {
  const target = labels['gen_ai_tool_name'] ?? labels['gen_ai_prompt_name'];
  return [labels['mcp_method_name'], target].filter((word) => word !== undefined).join(' ');
}
