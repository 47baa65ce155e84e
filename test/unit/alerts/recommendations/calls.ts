import type { FinishedCall } from '../../../../src/alerts/recommendations/call-book.ts';
import { CallLog } from '../../../../src/core/call-log.ts';
import type { ComponentKind } from '../../../../src/core/model/component.ts';
import { STAGE_EXECUTION, STAGE_QUEUE, STAGES } from '../../../../src/semconv/stages.ts';

export type Part = readonly [kind: ComponentKind, name: string, ms: number];

const refs = new Map<string, { kind: ComponentKind; name: string }>();

/** A call that waited, then ran its components one after the other, then its own code. */
export function call(receivedAt: number, queueMs: number, components: readonly Part[], ownMs: number): FinishedCall {
  const executionFrom = receivedAt + queueMs;
  const log = new CallLog();
  let now = executionFrom;
  for (const [kind, name, ms] of components) {
    const ref = refs.get(`${kind} ${name}`) ?? { kind, name };
    refs.set(`${kind} ${name}`, ref);
    const begun = log.begin(ref, 'code', now);
    now += ms;
    if (begun !== undefined) log.end(begun, now, false);
  }
  const executionTo = now + ownMs;
  const stagesMs = new Float64Array(STAGES.length);
  stagesMs[STAGE_QUEUE] = queueMs;
  stagesMs[STAGE_EXECUTION] = executionTo - executionFrom;
  return {
    receivedAt,
    sentAt: executionTo,
    executionFrom,
    executionTo,
    moments: log.moments,
    stagesMs,
    components: log.close(executionFrom, executionTo),
  };
}
