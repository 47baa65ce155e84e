import type { Meter, Observable } from '@opentelemetry/api';
import type { Stream } from '../semconv/stream.ts';

/** The observable instrument of a stream; histograms cannot be observed. */
export function createObservable(meter: Meter, stream: Stream): Observable {
  const { name, unit, description } = stream;
  if (stream.kind === 'counter') return meter.createObservableCounter(name, { unit, description });
  if (stream.kind === 'updowncounter') return meter.createObservableUpDownCounter(name, { unit, description });
  return meter.createObservableGauge(name, { unit, description });
}
