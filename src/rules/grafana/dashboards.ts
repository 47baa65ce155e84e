import type { ObjectiveDefinition } from '../../core/model/objective-definition.ts';
import { dashboardJson } from './dashboard-json.ts';
import { overviewDashboard } from './overview-dashboard.ts';
import { runtimeDashboard } from './runtime-dashboard.ts';
import { telemetryDashboard } from './telemetry-dashboard.ts';

/** A dashboard as a file for Grafana's provisioning or import. */
export interface DashboardFile {
  readonly name: string;
  readonly text: string;
}

/** The three dashboards; their thresholds are those of the objectives. */
export function dashboardFiles(definitions: readonly ObjectiveDefinition[]): DashboardFile[] {
  return [overviewDashboard(definitions), runtimeDashboard(definitions), telemetryDashboard()].map((spec) => ({
    name: `${spec.uid}.json`,
    text: `${JSON.stringify(dashboardJson(spec), null, 2)}\n`,
  }));
}
