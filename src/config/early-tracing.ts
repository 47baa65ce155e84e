import { parseBooleanText } from './boolean-text.ts';
import { namesTracesEndpoint } from './early.ts';
import { parseNumber } from './parse-text.ts';
import { PROFILES } from './profiles.ts';
import type { SamplerConfig } from './resolved-config.ts';
import { PROPAGATIONS, type Propagation, SAMPLER_NAMES } from './settings.ts';

/** What decides about the traces of requests sent before the configuration is loaded. */
export interface EarlyTracing {
  /** Whether spans of this process are exported. */
  readonly exported: boolean;
  readonly sampler: SamplerConfig;
  readonly propagation: Propagation;
}

const DEFAULT_RATIO = 0.1;

/**
 * Reads from the environment what the first requests of a client need: a trace id that is told to a server cannot be taken
 * back. Agrees with `loadConfig` in all that the environment says; a configuration file may say otherwise a moment later.
 */
export function readEarlyTracing(env: Readonly<Record<string, string | undefined>> = process.env): EarlyTracing {
  const {
    OTEL_TRACES_EXPORTER: exporter,
    MCP_VITALS_SPANS: spans,
    MCP_VITALS_OTEL: mode,
    MCP_VITALS_PROPAGATION: outbound,
  } = env;
  const exported =
    namesTracesEndpoint(env) &&
    word(exporter) !== 'none' &&
    (spans === undefined || parseBooleanText(spans) !== false) &&
    !['propagate', 'guest', 'off'].includes(word(mode));
  const wanted = PROPAGATIONS.find((name) => name === word(outbound)) ?? 'clients';
  const propagation = word(mode) === 'off' ? 'off' : wanted;
  return { exported, sampler: readSampler(env), propagation };
}

function readSampler(env: Readonly<Record<string, string | undefined>>): SamplerConfig {
  const {
    OTEL_TRACES_SAMPLER: samplerName,
    OTEL_TRACES_SAMPLER_ARG: argument,
    MCP_VITALS_SAMPLE_RATIO: written,
    MCP_VITALS_PROFILE: profile,
  } = env;
  const ratio = parseRatio(written);
  const sampler = SAMPLER_NAMES.find((name) => name === word(samplerName));
  if (sampler === undefined) {
    const ofProfile = Object.entries(PROFILES).find(([name]) => name === word(profile))?.[1]['traces.sampleRatio'];
    return { kind: 'traceidratio', ratio: ratio ?? ofProfile ?? DEFAULT_RATIO, parentBased: true };
  }
  const parentBased = sampler.startsWith('parentbased_');
  if (sampler.endsWith('always_on')) return { kind: 'always_on', ratio: 1, parentBased };
  if (sampler.endsWith('always_off')) return { kind: 'always_off', ratio: 0, parentBased };
  return { kind: 'traceidratio', ratio: parseRatio(argument) ?? ratio ?? 1, parentBased };
}

function parseRatio(text: string | undefined): number | undefined {
  const value = text === undefined ? undefined : parseNumber(text);
  return value !== undefined && value >= 0 && value <= 1 ? value : undefined;
}

function word(text: string | undefined): string {
  return text?.trim().toLowerCase() ?? '';
}
