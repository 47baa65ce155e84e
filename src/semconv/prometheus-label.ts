/** Attribute names are few and used by every series; the bound is for servers that invent them. */
const MAX_REMEMBERED_NAMES = 500;
const labelNames = new Map<string, string>();

/**
 * Name of an attribute as a Prometheus label: unknown characters become `_` (runs collapse), a leading digit gets `key_`.
 * Names are never empty and never start with the `__` that Prometheus reserves for itself.
 */
export function prometheusLabelName(attribute: string): string {
  const known = labelNames.get(attribute);
  if (known !== undefined) return known;
  const collapsed = attribute.replace(/[^a-zA-Z0-9]+/g, '_');
  const name = collapsed === '' ? '_' : collapsed.replace(/^(?=[0-9])/, 'key_');
  if (labelNames.size < MAX_REMEMBERED_NAMES) labelNames.set(attribute, name);
  return name;
}
