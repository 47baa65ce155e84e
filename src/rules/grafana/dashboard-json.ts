import { METRIC_QUEUE_DEPTH, METRIC_SERVER_OPERATION_DURATION, streamByName } from '../../semconv/streams.ts';
import { metricOf } from '../promql.ts';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from './foundation-sdk.ts';
import type { DashboardSpec } from './panel.ts';
import { DATASOURCE, panelBuilder } from './panel-json.ts';

/**
 * A dashboard in Grafana's classic model, schema 42, made by Grafana's own builders: what file provisioning and import of every
 * Grafana since 9 read. Panels flow from left to right under their row.
 */
export function dashboardJson({ uid, title, description, rows }: DashboardSpec): Dashboard {
  const dashboard = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['mcp', 'mcp-vitals'])
    .timezone('')
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .version(1)
    .link(otherDashboards())
    .annotation(restarts())
    .variables(variables());
  let id = 0;
  for (const row of rows) {
    id += 1;
    dashboard.withRow(new RowBuilder(row.title).id(id));
    for (const panel of row.panels) {
      id += 1;
      dashboard.withPanel(panelBuilder(panel).id(id));
    }
  }
  return dashboard.build();
}

function otherDashboards(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('MCP')
    .type(DashboardLinkType.Dashboards)
    .tags(['mcp-vitals'])
    .icon('external link')
    .includeVars(true)
    .keepTime(true);
}

function restarts(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('restarts')
    .datasource(DATASOURCE)
    .iconColor('purple')
    .expr('resets(process_uptime_seconds{job=~"$job", instance=~"$instance"}[$__rate_interval]) > 0')
    .titleFormat('restart of {{instance}}');
}

function variables(): (DatasourceVariableBuilder | QueryVariableBuilder)[] {
  const alive = metricOf(streamByName(METRIC_QUEUE_DEPTH));
  const operations = `${metricOf(streamByName(METRIC_SERVER_OPERATION_DURATION))}_count`;
  const label = (name: string, title: string, query: string, allValue: string): QueryVariableBuilder =>
    new QueryVariableBuilder(name)
      .label(title)
      .datasource(DATASOURCE)
      .query({ query, refId: `variable-${name}` })
      .definition(query)
      // When the time range changes: what there is to choose from changes with it.
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .includeAll(true)
      .allValue(allValue)
      .multi(true)
      .sort(VariableSort.AlphabeticalAsc)
      .current({ text: 'All', value: '$__all' });
  return [
    new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    label('job', 'Job', `label_values(${alive}, job)`, '.+'),
    label('instance', 'Instance', `label_values(${alive}{job=~"$job"}, instance)`, '.+'),
    // Operations that are no tool calls have no tool.
    label('tool', 'Tool', `label_values(${operations}{job=~"$job", instance=~"$instance"}, gen_ai_tool_name)`, '.*'),
  ];
}
