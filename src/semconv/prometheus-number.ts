/** A sample value in the text format; every double has one, NaN and the infinities included. */
export function formatSampleValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

/**
 * A bucket boundary as the value of an `le` label.
 *
 * The label is a string, so 0.00005 and 5e-05 are different series: it must be written exactly as Prometheus' own clients
 * (and with them the Collector) write it, which is Go's shortest `%g`: an exponent of at least two digits below 1e-4 and
 * from 1e6 on.
 */
export function formatBoundary(boundary: number): string {
  if (!Number.isFinite(boundary)) return formatSampleValue(boundary);
  if (boundary === 0) return '0';
  const [mantissa = '', exponentText = '0'] = boundary.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return String(boundary);
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
}
