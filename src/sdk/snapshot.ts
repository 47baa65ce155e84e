import type { OperationSnapshot, ProcessSnapshot, Snapshot, StageTotals } from '../core/model.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import type { Recorder } from '../mcp/recorder.ts';
import { STAGES } from '../semconv/stages.ts';

export interface SnapshotParts {
  readonly recorder: Recorder;
  readonly service: Snapshot['service'];
  readonly process: ProcessSnapshot | undefined;
  readonly dropped: Readonly<Record<string, number>>;
  /** Wall-clock milliseconds since the Unix epoch. */
  readonly timestamp: number;
}

/** Takes all figures at one instant; operations with the most time spent in them come first. */
export function takeSnapshot(parts: SnapshotParts): Snapshot {
  const { recorder } = parts;
  const now = recorder.now();
  const windowSeconds = recorder.windowMs / 1000;
  const elapsedSeconds = Math.max(1e-3, (now - recorder.startedAt) / 1000);
  const operations = [...recorder.entries()]
    .filter((entry) => entry.count > 0 || entry.active > 0)
    .map((entry) => snapshotOf(entry, now, Math.min(windowSeconds, elapsedSeconds)))
    .sort((a, b) => totalSeconds(b) - totalSeconds(a));
  return {
    schemaVersion: 1,
    timestamp: parts.timestamp,
    service: parts.service,
    windowSeconds,
    operations,
    requests: { active: recorder.active, peak: recorder.peak, queued: recorder.queued },
    sessions: { active: recorder.sessions.open.size, started: recorder.sessions.started },
    process: parts.process,
    dropped: parts.dropped,
  };
}

function snapshotOf(entry: OperationEntry, now: number, coveredSeconds: number): OperationSnapshot {
  const latency = entry.window.summary(now);
  const stages: StageTotals[] = STAGES.map((stage, index) => ({
    stage,
    count: entry.stageHistograms[index]?.count ?? 0,
    totalSeconds: entry.stageHistograms[index]?.sum ?? 0,
  }));
  return {
    name: entry.name,
    method: entry.method,
    target: entry.target,
    count: entry.count,
    errors: entry.errors,
    errorTypes: Object.fromEntries(entry.errorTypes),
    active: entry.active,
    peak: entry.peak,
    ratePerSecond: latency.count / coveredSeconds,
    latency,
    stages,
  };
}

function totalSeconds(operation: OperationSnapshot): number {
  return operation.stages.reduce((sum, stage) => sum + stage.totalSeconds, 0);
}
