import {
  BarGaugeBuilder,
  DataqueryBuilder,
  FieldColorBuilder,
  FieldColorModeId,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapTooltipBuilder,
  LegendDisplayMode,
  LegendPlacement,
  PromQueryFormat,
  QueryEditorMode,
  ReduceDataOptionsBuilder,
  SortOrder,
  StatBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  TimeseriesBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
  YAxisConfigBuilder,
} from './foundation-sdk.ts';
import type { PanelSpec, Query } from './panel.ts';

/** The variable of the dashboard, not of a template string. */
export const DATASOURCE: { readonly type: string; readonly uid: string } = {
  type: 'prometheus',
  uid: ['$', '{datasource}'].join(''),
};
const PANEL_HEIGHT = 8;

type AnyPanelBuilder = TimeseriesBuilder | StatBuilder | BarGaugeBuilder | HeatmapBuilder;

/** A panel without its id; its place follows from the panels before it. */
export function panelBuilder(spec: PanelSpec): AnyPanelBuilder {
  const builder = builderOf(spec);
  const { title, description, unit, queries, needs, max } = spec;
  const base = { value: null, color: spec.goodAbove === true ? 'red' : 'green' };
  const isFigure = spec.type === 'stat' || spec.type === 'bargauge';
  builder
    .title(title)
    .description(needs === undefined ? description : `${description} Needs: ${needs}.`)
    .datasource(DATASOURCE)
    .height(PANEL_HEIGHT)
    .span(spec.width)
    .targets(queries.map((query, index) => targetOf(query, index, spec.type)))
    .unit(unit)
    .min(0)
    .noValue(needs === undefined ? 'no data' : `no data: needs ${needs}`)
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([base, ...(spec.limits ?? [])]))
    .colorScheme(
      new FieldColorBuilder().mode(isFigure ? FieldColorModeId.Thresholds : FieldColorModeId.PaletteClassic),
    );
  if (max !== undefined) builder.max(max);
  return builder;
}

/** What only its kind of panel has. */
function builderOf({ type, unit, limits = [] }: PanelSpec): AnyPanelBuilder {
  const latest = new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields('');
  switch (type) {
    case 'timeseries':
      return new TimeseriesBuilder()
        .fillOpacity(10)
        .showPoints(VisibilityMode.Never)
        .spanNulls(false)
        .thresholdsStyle(
          new GraphThresholdsStyleConfigBuilder().mode(
            limits.length > 0 ? GraphThresholdsStyleMode.Line : GraphThresholdsStyleMode.Off,
          ),
        )
        .legend(
          new VizLegendOptionsBuilder()
            .displayMode(LegendDisplayMode.Table)
            .placement(LegendPlacement.Bottom)
            .calcs(['mean', 'lastNotNull'])
            .showLegend(true),
        )
        .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
    case 'heatmap':
      return new HeatmapBuilder()
        .calculate(false)
        .yAxis(new YAxisConfigBuilder().unit(unit))
        .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Oranges').steps(64).exponent(0.5))
        .exemplarsColor('rgba(31,120,193,0.9)')
        .showLegend()
        .tooltip(new HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true));
    case 'stat':
      return new StatBuilder().reduceOptions(latest);
    case 'bargauge':
      return new BarGaugeBuilder().reduceOptions(latest);
  }
}

function targetOf({ expr, legend, exemplars }: Query, index: number, type: PanelSpec['type']): DataqueryBuilder {
  const query = new DataqueryBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .datasource(DATASOURCE)
    .editorMode(QueryEditorMode.Code)
    .expr(expr)
    .legendFormat(legend)
    .exemplar(exemplars === true);
  if (type === 'heatmap') query.format(PromQueryFormat.Heatmap);
  return type === 'stat' || type === 'bargauge' ? query.instant() : query.range();
}
