import { FIELDS } from './fields.ts';
import type { ConfigProblem } from './problem.ts';
import type { ResolvedSettings } from './resolve-layers.ts';
import { isExplicit, type Origin, rankOf, type SamplerConfig, type VitalsConfig } from './resolved-config.ts';
import type { SettingPath, VitalsSettings } from './settings.ts';

type Origins = Readonly<Record<SettingPath, Origin>>;

/** The working configuration and what had to give way. */
export interface Derived {
  readonly values: VitalsConfig;
  readonly origins: Origins;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Works out the settings that depend on each other. Where two speak about the same thing, the one of the stronger origin
 * wins, and within one origin the more specific one: sampler over sample ratio, endpoint of a signal over common endpoint.
 *
 * @param facts.disabledByEnv `OTEL_SDK_DISABLED=true`, which no other origin can take back
 * @param facts.tokenRejected a token was given and is not acceptable; an endpoint meant to be protected must not open
 *   without one
 */
export function derive(
  resolved: ResolvedSettings,
  facts: { readonly disabledByEnv: boolean; readonly tokenRejected: boolean },
): Derived {
  const { settings } = resolved;
  const origins: Record<SettingPath, Origin> = { ...resolved.origins };

  let disabled = settings.disabled;
  if (facts.disabledByEnv) {
    disabled = true;
    origins.disabled = 'env';
  }
  // Without telemetry of ours nothing leaves by itself, whatever endpoint is there for others.
  const exports = settings.otel.mode !== 'propagate' && settings.otel.mode !== 'off';
  const urlOf = (signal: 'traces' | 'metrics'): string | undefined =>
    exports && settings[signal].exporter !== 'none' ? signalUrl(settings.otlp, origins, signal) : undefined;

  const sampler = deriveSampler(settings.traces, origins);
  if (samplerDecides(settings.traces, origins)) origins['traces.sampleRatio'] = origins['traces.sampler'];

  const { batch, problems } = deriveBatch(settings.batch, origins);
  const { name } = settings.service;
  const { attributes } = settings.resource;
  const values: VitalsConfig = {
    ...settings,
    disabled,
    status: {
      ...settings.status,
      enabled: settings.status.enabled && !(facts.tokenRejected && settings.status.token === undefined),
      port: settings.status.port === 'off' ? defaultPort() : settings.status.port,
    },
    resource: {
      attributes:
        name !== undefined && 'service.name' in attributes ? { ...attributes, 'service.name': name } : attributes,
    },
    traces: { ...settings.traces, sampler, sampleRatio: sampler.ratio },
    otlp: {
      ...settings.otlp,
      tracesUrl: urlOf('traces'),
      metricsUrl: urlOf('metrics'),
    },
    propagation: settings.otel.mode === 'off' ? { outbound: 'off', baggage: false } : settings.propagation,
    batch,
  };
  return { values, origins, problems };
}

function defaultPort(): number {
  const { fallback } = FIELDS['status.port'];
  return fallback === 'off' ? 0 : fallback;
}

function samplerDecides(traces: VitalsSettings['traces'], origins: Origins): boolean {
  return traces.sampler !== undefined && rankOf(origins['traces.sampler']) >= rankOf(origins['traces.sampleRatio']);
}

/** The sample ratio means "follow the caller, otherwise this share", which is what OpenTelemetry does by default. */
function deriveSampler(traces: VitalsSettings['traces'], origins: Origins): SamplerConfig {
  if (traces.sampler === undefined || !samplerDecides(traces, origins)) {
    return { kind: 'traceidratio', ratio: traces.sampleRatio, parentBased: true };
  }
  const parentBased = traces.sampler.startsWith('parentbased_');
  if (traces.sampler.endsWith('always_on')) return { kind: 'always_on', ratio: 1, parentBased };
  if (traces.sampler.endsWith('always_off')) return { kind: 'always_off', ratio: 0, parentBased };
  // Without an argument the specification says 1, unless somebody gave a ratio in our own way.
  const ratio = traces.samplerArg ?? (isExplicit(origins['traces.sampleRatio']) ? traces.sampleRatio : 1);
  return { kind: 'traceidratio', ratio, parentBased };
}

/** URL of a signal as in the OTLP exporter specification: its own endpoint as it stands, else the common one with a path. */
function signalUrl(otlp: VitalsSettings['otlp'], origins: Origins, signal: 'traces' | 'metrics'): string | undefined {
  const own = otlp[`${signal}Endpoint`];
  const ownRank = rankOf(origins[`otlp.${signal}Endpoint`]);
  if (own !== undefined && (otlp.endpoint === undefined || ownRank >= rankOf(origins['otlp.endpoint']))) {
    return new URL(own).href;
  }
  if (otlp.endpoint === undefined) return undefined;
  const url = new URL(otlp.endpoint);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${signal}`;
  return url.href;
}

/** A batch cannot be larger than the queue. A default gives way silently enough; two written values are a mistake. */
function deriveBatch(
  batch: VitalsSettings['batch'],
  origins: Origins,
): { batch: VitalsSettings['batch']; problems: readonly ConfigProblem[] } {
  const { maxQueueSize, maxExportBatchSize } = batch;
  if (maxExportBatchSize <= maxQueueSize) return { batch, problems: [] };
  const queueOrigin = origins['batch.maxQueueSize'];
  const batchOrigin = origins['batch.maxExportBatchSize'];
  const raisesQueue = isExplicit(batchOrigin) && !isExplicit(queueOrigin);
  const written = raisesQueue ? batchOrigin : queueOrigin;
  if (written === 'default' || written === 'profile') return { batch, problems: [] };

  const path = raisesQueue ? 'batch.maxQueueSize' : 'batch.maxExportBatchSize';
  const bothWritten = isExplicit(queueOrigin) && isExplicit(batchOrigin);
  const inCode = queueOrigin === 'code' && batchOrigin === 'code';
  const size = raisesQueue ? maxExportBatchSize : maxQueueSize;
  const problem: ConfigProblem = {
    severity: inCode ? 'error' : bothWritten ? 'warn' : 'info',
    origin: written,
    name: path,
    path,
    received: String(raisesQueue ? maxQueueSize : maxExportBatchSize),
    expected: raisesQueue ? `at least the batch size, ${size}` : `at most the queue size, ${size}`,
    used: inCode ? '' : `using ${size}`,
  };
  return { batch: { ...batch, [raisesQueue ? 'maxQueueSize' : 'maxExportBatchSize']: size }, problems: [problem] };
}
