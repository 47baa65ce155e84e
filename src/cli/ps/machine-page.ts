import type { Snapshot } from '../../core/model/snapshot.ts';
import type { MachineDocument, MachineServer } from '../../status/machine/machine-document.ts';
import type { ServerHealth } from './server-health.ts';

/** What the page of the machine shows of these servers. */
export function machineDocument(servers: readonly ServerHealth[]): MachineDocument {
  return { schemaVersion: 1, servers: servers.filter(({ server }) => isWebAddress(server.url)).map(machineServer) };
}

function machineServer({ server, state, reason, uptimeSeconds, snapshot }: ServerHealth): MachineServer {
  const { pid, service, version, url } = server;
  const { totals, requests, objectives, health } = snapshot ?? {};
  return {
    pid,
    service,
    version,
    url,
    state,
    reason,
    uptimeSeconds,
    ratePerSecond: totals?.ratePerSecond,
    active: requests?.active,
    errorRatio: totals?.errorRatio,
    p95Seconds: totals?.latency.quantiles.find(({ quantile }) => quantile === 0.95)?.seconds ?? undefined,
    breached: (objectives ?? []).filter(({ indicator, state: of }) => indicator === 'latency' && of === 'breached')
      .length,
    health: health && { score: health.score, status: health.status },
    alerts: alertsOf(snapshot),
  };
}

function alertsOf(snapshot: Snapshot | undefined): MachineServer['alerts'] {
  if (snapshot?.alerts === undefined) return undefined;
  const { info, warning, critical, emergency } = snapshot.alerts.firingBySeverity;
  const bySeverity: readonly (readonly [string, number])[] = [
    ['emergency', emergency],
    ['critical', critical],
    ['warning', warning],
    ['info', info],
  ];
  const worst = bySeverity.find(([, firing]) => firing > 0)?.[0] ?? '';
  return { firing: info + warning + critical + emergency, worst };
}

/** Addresses come from files: the page links to web addresses only. */
function isWebAddress(url: string): boolean {
  return /^https?:$/.test(new URL(url).protocol);
}
