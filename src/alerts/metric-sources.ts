import type { ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { Diag } from '../core/diag.ts';

/** Metrics of a provider that is not ours. */
export interface MetricSource {
  metrics(timeoutMs?: number): Promise<Pick<ResourceMetrics, 'scopeMetrics'>>;
}

/** One collection, of one or of several providers. */
export interface CollectedMetrics {
  readonly scopeMetrics: readonly ScopeMetrics[];
  /** Of providers seen for the first time: what was recorded before is no growth. */
  readonly joined?: ReadonlySet<ScopeMetrics> | undefined;
}

/** Sources of one process looked at; each is a provider, of which an application has one or two. */
const MAX_SOURCES = 16;

interface Registry {
  readonly sources: Set<MetricSource>;
  /** Sources that found no place. */
  refused: number;
}

/** In the process, not in this module: the application may load another copy of the package than the one that measures it. */
const REGISTRY = Symbol.for('mcp-vitals.metric-sources');

function registry(): Registry {
  const slots = globalThis as { [REGISTRY]?: Registry };
  slots[REGISTRY] ??= { sources: new Set(), refused: 0 };
  return slots[REGISTRY];
}

/** Offers a source to whatever measures this process, now or later. */
export function offerSource(source: MetricSource): void {
  const { sources } = registry();
  if (sources.size < MAX_SOURCES) sources.add(source);
  else registry().refused += 1;
}

/** Takes it back. */
export function withdrawSource(source: MetricSource): void {
  registry().sources.delete(source);
}

/** Collects our own provider and every source that is offered, as one. */
export class AllMetrics {
  readonly #own: MetricSource['metrics'];
  readonly #diag: Diag;
  readonly #known = new WeakSet<MetricSource>();

  constructor(own: MetricSource['metrics'], diag: Diag) {
    this.#own = own;
    this.#diag = diag;
  }

  /**
   * Waits for all of them: rules never see half of the metrics.
   *
   * @param timeoutMs bounds each observable callback
   */
  async collect(timeoutMs?: number): Promise<CollectedMetrics> {
    const { sources, refused } = registry();
    if (refused > 0) this.#diag.warn('metric sources', `more than ${MAX_SOURCES} metric readers: ${refused} not read`);
    if (sources.size === 0) return await this.#own(timeoutMs);
    const [own, ...others] = await Promise.all([
      this.#own(timeoutMs),
      ...[...sources].map((source) => this.#read(source, timeoutMs)),
    ]);
    return {
      scopeMetrics: [own, ...others].flatMap(({ scopeMetrics }) => scopeMetrics),
      joined: new Set(others.flatMap(({ joined = [] }) => [...joined])),
    };
  }

  async #read(source: MetricSource, timeoutMs: number | undefined): Promise<CollectedMetrics> {
    try {
      const { scopeMetrics } = await source.metrics(timeoutMs);
      if (this.#known.has(source)) return { scopeMetrics };
      this.#known.add(source);
      return { scopeMetrics, joined: new Set(scopeMetrics) };
    } catch (error) {
      this.#diag.warn('metric sources', `metrics of the application could not be collected: ${String(error)}`);
      return { scopeMetrics: [] };
    }
  }
}
