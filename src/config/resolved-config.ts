import type { ConfigProblem } from './problem.ts';
import type { SettingPath, VitalsSettings } from './settings.ts';

/** Where a value came from, weakest first: each overrides the ones before it. */
export const ORIGINS = ['default', 'profile', 'file', 'env', 'code'] as const;
export type Origin = (typeof ORIGINS)[number];

/** Position of an origin in the precedence; the greater one wins. */
export function rankOf(origin: Origin): number {
  return ORIGINS.indexOf(origin);
}

/** Whether somebody wrote the value, rather than a default or a profile giving it. */
export function isExplicit(origin: Origin): boolean {
  return rankOf(origin) > rankOf('profile');
}

/** Head sampler in its resolved form. `ratio` is 1 for `always_on`, 0 for `always_off`. */
export interface SamplerConfig {
  readonly kind: 'always_on' | 'always_off' | 'traceidratio';
  readonly ratio: number;
  /** Follow the decision of a parent span; `kind` decides for roots only. */
  readonly parentBased: boolean;
}

type Replace<T, R> = Omit<T, keyof R> & R;

/**
 * The configuration in force: every setting, with the ones that depend on each other worked out. Deeply frozen.
 *
 * - `disabled`: by `OTEL_SDK_DISABLED=true`, which nothing overrides, or by `disabled`
 * - `status.port`: always a number; whether there is an endpoint at all is `status.enabled`
 * - `traces.sampler`: from the sampler or from the sample ratio; `traces.sampleRatio` is always its `ratio`
 * - `otlp.tracesUrl`, `otlp.metricsUrl`: complete URL to post to, `undefined` when that signal is not exported
 * - `propagation`: nothing where `otel.mode` is `off`
 */
export type VitalsConfig = Replace<
  VitalsSettings,
  {
    readonly status: Replace<VitalsSettings['status'], { readonly port: number }>;
    readonly traces: Replace<VitalsSettings['traces'], { readonly sampler: SamplerConfig }>;
    readonly otlp: VitalsSettings['otlp'] & {
      readonly tracesUrl: string | undefined;
      readonly metricsUrl: string | undefined;
    };
  }
>;

/** Result of loading: the values, where each came from, and what was wrong on the way. Deeply frozen. */
export interface ResolvedConfig {
  readonly values: VitalsConfig;
  readonly origins: Readonly<Record<SettingPath, Origin>>;
  readonly problems: readonly ConfigProblem[];
  /** The configuration file that was read, as an absolute path. */
  readonly file: string | undefined;
}
