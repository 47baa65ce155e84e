import { METRIC_QUEUE_DEPTH, METRIC_SERVER_OPERATION_DURATION, streamByName } from '../../semconv/streams.ts';
import { metricOf } from '../promql.ts';
import type { DashboardSpec, PanelSpec, Query } from './panel.ts';

/** The variable of the dashboard, not of a template string. */
const DATASOURCE = { type: 'prometheus', uid: ['$', '{datasource}'].join('') };
const PANEL_HEIGHT = 8;
const COLUMNS = 24;

type Json = Readonly<Record<string, unknown>>;

/**
 * A dashboard in Grafana's classic JSON model, schema 41: what file provisioning and import of every Grafana since 9 read. Panels
 * flow from left to right under their row.
 */
export function dashboardJson({ uid, title, description, rows }: DashboardSpec): Json {
  const panels: Json[] = [];
  let y = 0;
  let id = 0;
  for (const row of rows) {
    id += 1;
    panels.push({
      id,
      type: 'row',
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    });
    y += 1;
    let x = 0;
    for (const panel of row.panels) {
      if (x + panel.width > COLUMNS) {
        x = 0;
        y += PANEL_HEIGHT;
      }
      id += 1;
      panels.push({ id, ...panelJson(panel), gridPos: { x, y, w: panel.width, h: PANEL_HEIGHT } });
      x += panel.width;
    }
    y += PANEL_HEIGHT;
  }
  return {
    uid,
    title,
    description,
    tags: ['mcp', 'mcp-vitals'],
    schemaVersion: 41,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: '',
    links: [
      {
        type: 'dashboards',
        title: 'MCP',
        tags: ['mcp-vitals'],
        includeVars: true,
        keepTime: true,
        asDropdown: false,
        icon: 'external link',
        targetBlank: false,
        tooltip: '',
        url: '',
      },
    ],
    annotations: { list: [RESTARTS] },
    templating: { list: variables() },
    panels,
  };
}

const RESTARTS = {
  name: 'restarts',
  datasource: DATASOURCE,
  enable: true,
  iconColor: 'purple',
  expr: 'resets(process_uptime_seconds{job=~"$job", instance=~"$instance"}[$__rate_interval]) > 0',
  titleFormat: 'restart of {{instance}}',
};

function variables(): Json[] {
  const alive = metricOf(streamByName(METRIC_QUEUE_DEPTH));
  const operations = `${metricOf(streamByName(METRIC_SERVER_OPERATION_DURATION))}_count`;
  const label = (name: string, title: string, query: string, allValue: string): Json => ({
    name,
    label: title,
    type: 'query',
    datasource: DATASOURCE,
    query: { query, refId: `variable-${name}` },
    definition: query,
    // When the time range changes: what there is to choose from changes with it.
    refresh: 2,
    includeAll: true,
    allValue,
    multi: true,
    sort: 1,
    current: { text: 'All', value: '$__all' },
  });
  return [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', refresh: 1, current: {} },
    label('job', 'Job', `label_values(${alive}, job)`, '.+'),
    label('instance', 'Instance', `label_values(${alive}{job=~"$job"}, instance)`, '.+'),
    // Operations that are no tool calls have no tool.
    label('tool', 'Tool', `label_values(${operations}{job=~"$job", instance=~"$instance"}, gen_ai_tool_name)`, '.*'),
  ];
}

function panelJson(panel: PanelSpec): Json {
  const { title, description, type, unit, queries, needs } = panel;
  const steps = [
    { value: null, color: panel.goodAbove === true ? 'red' : 'green' },
    ...(panel.limits ?? []).map(({ value, color }) => ({ value, color })),
  ];
  const custom =
    type === 'timeseries'
      ? {
          fillOpacity: 10,
          showPoints: 'never',
          spanNulls: false,
          thresholdsStyle: { mode: (panel.limits ?? []).length > 0 ? 'line' : 'off' },
        }
      : {};
  return {
    title,
    description: needs === undefined ? description : `${description} Needs: ${needs}.`,
    type,
    datasource: DATASOURCE,
    targets: queries.map((query, index) => targetJson(query, index, type)),
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(panel.max === undefined ? {} : { max: panel.max }),
        noValue: needs === undefined ? 'no data' : `no data: needs ${needs}`,
        thresholds: { mode: 'absolute', steps },
        color: { mode: type === 'stat' || type === 'bargauge' ? 'thresholds' : 'palette-classic' },
        custom,
      },
      overrides: [],
    },
    options: optionsOf(type, unit),
  };
}

function targetJson({ expr, legend, exemplars }: Query, index: number, type: PanelSpec['type']): Json {
  return {
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    datasource: DATASOURCE,
    editorMode: 'code',
    expr,
    legendFormat: legend,
    instant: type === 'stat' || type === 'bargauge',
    range: type !== 'stat' && type !== 'bargauge',
    exemplar: exemplars === true,
    ...(type === 'heatmap' ? { format: 'heatmap' } : {}),
  };
}

function optionsOf(type: PanelSpec['type'], unit: string): Json {
  switch (type) {
    case 'timeseries':
      return {
        legend: { displayMode: 'table', placement: 'bottom', calcs: ['mean', 'lastNotNull'], showLegend: true },
        tooltip: { mode: 'multi', sort: 'desc' },
      };
    case 'heatmap':
      return {
        calculate: false,
        yAxis: { unit, axisPlacement: 'left' },
        color: { mode: 'scheme', scheme: 'Oranges', steps: 64, exponent: 0.5 },
        exemplars: { color: 'rgba(31,120,193,0.9)' },
        cellGap: 1,
        legend: { show: true },
        tooltip: { mode: 'single', yHistogram: true },
      };
    default:
      return {
        reduceOptions: { calcs: ['lastNotNull'], values: false, fields: '' },
        colorMode: 'value',
        orientation: 'auto',
      };
  }
}
