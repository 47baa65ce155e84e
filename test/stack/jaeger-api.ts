/** A span as Jaeger's API shows it. */
export interface ShownSpan {
  readonly spanID: string;
  readonly operationName: string;
  /** Microseconds. */
  readonly duration: number;
  readonly references: readonly { readonly refType: string; readonly spanID: string }[];
  readonly tags: readonly { readonly key: string; readonly value: unknown }[];
}

/** Spans of a trace; none when Jaeger does not have it. */
export async function readTrace(jaegerUrl: string, traceId: string): Promise<readonly ShownSpan[]> {
  const response = await fetch(`${jaegerUrl}/api/traces/${traceId}`);
  if (response.status === 404) return [];
  if (!response.ok) throw new Error(`Jaeger answered ${response.status}: ${await response.text()}`);
  const { data } = (await response.json()) as { data: { spans: ShownSpan[] }[] };
  return data.flatMap(({ spans }) => spans);
}

/** The latest values of a chart of the Monitor tab, per operation; without those that have none. */
export async function readMonitor(
  jaegerUrl: string,
  chart: 'calls' | 'errors' | 'latencies',
  service: string,
): Promise<Map<string, number>> {
  const query = new URLSearchParams({
    service,
    endTs: `${Date.now()}`,
    lookback: '60000',
    step: '5000',
    ratePer: '60000',
    groupByOperation: 'true',
    spanKind: 'server',
    ...(chart === 'latencies' ? { quantile: '0.95' } : {}),
  });
  const response = await fetch(`${jaegerUrl}/api/metrics/${chart}?${query}`);
  if (!response.ok) throw new Error(`Jaeger answered ${response.status}: ${await response.text()}`);
  const { metrics } = (await response.json()) as {
    metrics?: {
      labels: { name: string; value: string }[];
      metricPoints: { gaugeValue: { doubleValue: number } }[];
    }[];
  };
  const values = new Map<string, number>();
  for (const { labels, metricPoints } of metrics ?? []) {
    const operation = labels.find(({ name }) => name === 'operation')?.value ?? '';
    const numbers = metricPoints.map(({ gaugeValue }) => gaugeValue.doubleValue).filter(Number.isFinite);
    const last = numbers.at(-1);
    if (last !== undefined) values.set(operation, last);
  }
  return values;
}
