import type { Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { ComponentTracker } from '../core/model/timing.ts';
import { liveTracker } from './live-tracker.ts';

/** Files the spans of clients as component calls of the operation they are made in. Exports nothing. */
class ComponentSpanProcessor implements SpanProcessor {
  readonly #tracker: () => ComponentTracker | undefined;

  constructor(tracker: () => ComponentTracker | undefined) {
    this.#tracker = tracker;
  }

  onStart(span: Span, parent: Context): void {
    this.#tracker()?.spanStarted(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    this.#tracker()?.spanEnded(span);
  }

  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

/**
 * For an application with a tracer provider of its own: add it to the provider's span processors, and the spans of its
 * instrumentations (databases, HTTP clients, models) become component time of the tool that made the calls. Spans that the
 * application's sampler does not record are not seen. Where our provider serves the application, it is there already.
 */
export function componentSpanProcessor(): SpanProcessor {
  return new ComponentSpanProcessor(liveTracker);
}
