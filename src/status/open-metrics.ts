/** Content type of OpenMetrics as we write it. */
export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * Whether who asks takes OpenMetrics, and likes it no less than plain text. Without a header, and where anything is taken, the answer is
 * plain text. Every Prometheus since 2.5 asks for OpenMetrics first.
 */
export function prefersOpenMetrics(accept: string): boolean {
  let open = 0;
  let plain = 0;
  for (const part of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim());
    const version = parameter(parameters, 'version');
    const weight = Number(parameter(parameters, 'q') ?? 1);
    if (!(weight >= 0 && weight <= 1)) continue;
    // 0.0.1 is the draft; what we write is valid in it as well.
    const isKnown = version === undefined || version === '1.0.0' || version === '0.0.1';
    if (type === 'application/openmetrics-text' && isKnown) open = Math.max(open, weight);
    if (type === 'text/plain') plain = Math.max(plain, weight);
  }
  return open > 0 && open >= plain;
}

function parameter(parameters: readonly string[], name: string): string | undefined {
  return parameters.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1);
}
