import { ExplicitHistogram } from '../core/explicit-histogram.ts';
import { MESSAGE_SIZE_BOUNDARIES } from '../semconv/boundaries.ts';
import { NETWORK_TRANSPORTS, type NetworkTransport } from './connection-kind.ts';
import type { OperationEntry } from './operation-entry.ts';
import { type TargetKind, targetKindOf } from './operation-tally.ts';

/** A method as far as it is known before its target is: what is in flight, and the operations it leads to. */
export class MethodEntry {
  /** Label value: the method's name, or `_OTHER`. */
  readonly label: string;
  readonly targetKind: TargetKind;
  /** Operations by the target's name; operations without a target are filed under the empty name. */
  readonly operations: Map<string, OperationEntry> = new Map();
  /** Bytes of messages; made by the first one whose size is known. */
  sentSizes: ExplicitHistogram | undefined = undefined;
  receivedSizes: ExplicitHistogram | undefined = undefined;
  readonly #inFlight: number[] = NETWORK_TRANSPORTS.map(() => 0);
  readonly #seen: boolean[] = NETWORK_TRANSPORTS.map(() => false);

  constructor(label: string) {
    this.label = label;
    this.targetKind = targetKindOf(label);
  }

  /** Counts a request in (1) or out (-1). */
  addInFlight(transportIndex: number, change: number): void {
    this.#inFlight[transportIndex] = (this.#inFlight[transportIndex] ?? 0) + change;
    this.#seen[transportIndex] = true;
  }

  recordSent(bytes: number): void {
    this.sentSizes ??= new ExplicitHistogram(MESSAGE_SIZE_BOUNDARIES);
    this.sentSizes.record(bytes);
  }

  recordReceived(bytes: number): void {
    this.receivedSizes ??= new ExplicitHistogram(MESSAGE_SIZE_BOUNDARIES);
    this.receivedSizes.record(bytes);
  }

  /** Requests in flight per transport that ever carried one. */
  inFlight(): { readonly transport: NetworkTransport; readonly count: number }[] {
    return NETWORK_TRANSPORTS.map((transport, index) => ({ transport, count: this.#inFlight[index] ?? 0 })).filter(
      (_, index) => this.#seen[index],
    );
  }
}
