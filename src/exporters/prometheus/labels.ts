import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { prometheusLabelName } from '../../semconv/prometheus-label.ts';

/** Escapes a label value for the text format: backslash, double quote, line feed. */
export function escapeLabelValue(value: string): string {
  // NUL ends the input of Prometheus' scanner and would cost the whole scrape.
  return value.replace(/[\\"\n\0]/g, (character) => {
    if (character === '\n') return '\\n';
    return character === '\0' ? '\uFFFD' : `\\${character}`;
  });
}

/** Escapes the text of a HELP line: backslash and line feed. */
export function escapeHelp(text: string): string {
  return text.replace(/[\\\n\0]/g, (character) => {
    if (character === '\n') return '\\n';
    return character === '\0' ? '\uFFFD' : '\\\\';
  });
}

/**
 * Labels of one series without the braces, `a="1",b="2"`, sorted by name.
 *
 * Attributes whose names become equal share one label with their values joined by `;` in the order of the original names,
 * as the OpenTelemetry specification asks. Empty values are left out: Prometheus cannot tell them from a missing label.
 *
 * @param reserved label names the caller writes himself (`le`); an attribute of that name becomes `exported_<name>`, as
 *   Prometheus does with labels that collide with its own
 */
export function formatLabels(attributes: Attributes, reserved: readonly string[] = []): string {
  const values = new Map<string, string>();
  for (const attribute of Object.keys(attributes).sort()) {
    const text = attributeText(attributes[attribute]);
    if (text === '') continue;
    const sanitized = prometheusLabelName(attribute);
    const name = reserved.includes(sanitized) ? `exported_${sanitized}` : sanitized;
    const previous = values.get(name);
    values.set(name, previous === undefined ? text : `${previous};${text}`);
  }
  return [...values.keys()]
    .sort()
    .map((name) => `${name}="${escapeLabelValue(values.get(name) ?? '')}"`)
    .join(',');
}

function attributeText(value: AttributeValue | undefined): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? (JSON.stringify(value) ?? '') : String(value);
}
