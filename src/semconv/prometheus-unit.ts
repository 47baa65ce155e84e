/**
 * Unit words of Prometheus names, as the standard OTLP to Prometheus translation writes them
 * (github.com/prometheus/otlptranslator, also used by the Collector's Prometheus exporter).
 */
const MAIN_UNITS: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tebibytes'],
  ['kBy', 'kilobytes'],
  ['KBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['1', ''],
  ['%', 'percent'],
]);

const PER_UNITS: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
]);

/** The two parts a UCUM unit adds to a metric name; either may be empty. */
export interface UnitWords {
  /** `seconds`, `bytes`; empty for `1` and for annotations such as `{request}`. */
  readonly main: string;
  /** `per_second`; empty where the unit is no rate. */
  readonly per: string;
}

/** Splits a UCUM unit (`By/s`, `{request}`, `1`) into the words a Prometheus name carries. */
export function unitWords(unit: string): UnitWords {
  const slash = unit.indexOf('/');
  const main = translate(slash < 0 ? unit : unit.slice(0, slash), MAIN_UNITS);
  const per = slash < 0 ? '' : translate(unit.slice(slash + 1), PER_UNITS);
  return { main, per: per === '' ? '' : `per_${per}` };
}

/** The unit as one word for a `# UNIT` line: `bytes_per_second`, empty where there is none. */
export function prometheusUnit(unit: string): string {
  const { main, per } = unitWords(unit);
  return main !== '' && per !== '' ? `${main}_${per}` : main + per;
}

function translate(ucum: string, words: ReadonlyMap<string, string>): string {
  const trimmed = ucum.trim();
  // Curly braces are annotations in UCUM: they say what is counted, not in which unit.
  if (trimmed === '' || /[{}]/.test(trimmed)) return '';
  const word = words.get(trimmed) ?? trimmed;
  return word.replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_|_$/g, '');
}
