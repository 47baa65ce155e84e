import {
  type Context,
  trace as ownTrace,
  type Span,
  type SpanOptions,
  type Tracer,
  type TracerOptions,
  type TracerProvider,
} from '@opentelemetry/api';
import type { ActiveContext } from './otel-bridge.ts';

/**
 * The tracer provider we register: ours, until the application registers one of its own. Tracers are usually taken once, when
 * a module is loaded, and kept for good; those taken from here lead to the application's provider from the moment it has one.
 *
 * While it is ours, contexts come from `contexts`: our SDK asks its own copy of the API for the active one, and that copy may
 * be newer than the application's and not see what is registered.
 */
export class DelegatingTracerProvider implements TracerProvider {
  readonly #ours: TracerProvider;
  readonly #contexts: ActiveContext;
  #theirs: TracerProvider | undefined = undefined;

  constructor(ours: TracerProvider, contexts: ActiveContext) {
    this.#ours = ours;
    this.#contexts = contexts;
  }

  /** From now on every tracer leads to `provider`. */
  yieldTo(provider: TracerProvider): void {
    this.#theirs = provider;
  }

  getTracer(name: string, version?: string, options?: TracerOptions): Tracer {
    const ours = this.#ours.getTracer(name, version, options);
    const contexts = this.#contexts;
    let tracer: Tracer | undefined;
    const theirs = (): Tracer | undefined => {
      tracer ??= this.#theirs?.getTracer(name, version, options);
      return tracer;
    };
    const startSpan = (spanName: string, spanOptions?: SpanOptions, context?: Context): Span =>
      theirs()?.startSpan(spanName, spanOptions, context) ??
      ours.startSpan(spanName, spanOptions, context ?? contexts.active());
    return {
      startSpan,
      startActiveSpan(spanName: string, ...args: unknown[]): unknown {
        const instead = theirs();
        if (instead !== undefined) return Reflect.apply(instead.startActiveSpan, instead, [spanName, ...args]);
        const fn = args.at(-1) as (span: Span) => unknown;
        const [spanOptions, given] = args.slice(0, -1) as [SpanOptions?, Context?];
        const parent = given ?? contexts.active();
        const span = ours.startSpan(spanName, spanOptions, parent);
        return contexts.run(ownTrace.setSpan(parent, span), () => fn(span));
      },
    } as Tracer;
  }
}
