import type { Diag } from '../core/diag.ts';
import type { ClientOperation } from '../mcp/client/client-operation.ts';
import type { Instrumentation } from '../mcp/instrumentation.ts';
import type { Operation } from '../mcp/operation.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import type { OperationTally } from '../mcp/operation-tally.ts';

/** Passes an operation on to the listener there is now; `false` when nobody listens. */
type Early = (instrumentation: Instrumentation) => boolean;

/** A server that answers this many requests before the rest is loaded has its first ones kept as spans, all as metrics. */
const MAX_EARLY = 1_000;

/** Operations that finished before the export pipeline existed: their sampling is decided when it does. */
export class EarlyOperations {
  #kept: Early[] = [];
  #overflowed = 0;

  keep(operation: Operation, entry: OperationEntry, stagesMs: Float64Array): void {
    const stages = stagesMs.slice();
    this.#keep(({ recorder: { onFinished } }) => {
      onFinished?.(operation, entry, stages);
      return onFinished !== undefined;
    });
  }

  keepSent(operation: ClientOperation, entry: OperationTally): void {
    this.#keep(({ clients: { onFinished } }) => {
      onFinished?.(operation, entry);
      return onFinished !== undefined;
    });
  }

  #keep(early: Early): void {
    if (this.#kept.length >= MAX_EARLY) this.#overflowed += 1;
    else this.#kept.push(early);
  }

  /** Passes everything on as if it finished now; the listener decides about sampling. */
  handOver(instrumentation: Instrumentation, diag: Diag): void {
    const heard = this.#kept.filter((early) => early(instrumentation)).length;
    if (heard > 0 && this.#overflowed > 0) {
      diag.warn('early', `${this.#overflowed} operations finished before monitoring had started and have no span`);
    }
    this.#kept = [];
    this.#overflowed = 0;
  }

  /** The process exits before the rest was loaded. */
  reportLost(diag: Diag): void {
    const lost = this.#kept.length + this.#overflowed;
    if (lost === 0) return;
    diag.warn('early', `lost at exit: ${lost} operations, the process ended before monitoring had started`);
  }
}
