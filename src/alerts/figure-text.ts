/** Decimal digits that say something: 0.123, 12.3, 1230. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (value !== 0 && (size >= 1e15 || size < 1e-3)) return value.toExponential(2);
  return String(Number(value.toPrecision(size >= 1000 ? 4 : 3)));
}

const BYTE_STEPS = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;

/**
 * A figure in the unit of its metric, for people: `0.25` of unit `s` is `250 ms`, of unit `1` `0.25`.
 *
 * @param unit UCUM unit; `%` is given for ratios, whose figures are shares of 1
 */
export function figureText(value: number, unit: string): string {
  if (!Number.isFinite(value)) return String(value);
  switch (unit) {
    case 's':
      return Math.abs(value) < 1 ? `${digits(value * 1000)} ms` : `${digits(value)} s`;
    case 'By': {
      const [name, size] = BYTE_STEPS.find(([, step]) => Math.abs(value) >= step) ?? ['B', 1];
      return `${digits(value / size)} ${name}`;
    }
    case '%':
      return `${digits(value * 100)} %`;
    case '1':
    case '':
      return digits(value);
    default:
      return `${digits(value)} ${unit.replace(/\{([^{}]*)\}/g, (_, thing: string) => (value === 1 ? thing : plural(thing)))}`;
  }
}

/** What is counted, as many of it: `request` is `requests`, `query` is `queries`. */
function plural(thing: string): string {
  if (/[^aeiou]y$/.test(thing)) return `${thing.slice(0, -1)}ies`;
  return /[a-z]$/.test(thing) ? `${thing}${/(?:s|x|z|ch|sh)$/.test(thing) ? 'es' : 's'}` : thing;
}

/** Fills `{name}` of a message; unknown names stay as they are, long values are cut, an empty one leaves no gap. */
export function fillMessage(template: string, textOf: (name: string) => string | undefined): string {
  return template.replace(/( ?)\{([^{}]{1,255})\}/g, (whole, space: string, name: string) => {
    const text = textOf(name)?.slice(0, 200);
    if (text === undefined) return whole;
    return text === '' ? '' : space + text;
  });
}
