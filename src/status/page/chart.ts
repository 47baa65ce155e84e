import uPlot from 'uplot';
import { el, setAttribute, setText } from './dom.ts';
import { NONE } from './figures.ts';
import { colour } from './theme.ts';

/** One line of a chart. */
export interface Series {
  readonly label: string;
  /** Custom property that holds the colour. */
  readonly colour: string;
  readonly dashed?: boolean;
  readonly filled?: boolean;
  /** Drawn against an axis of its own from 0 to 1. */
  readonly share?: boolean;
  readonly format: (value: number | null) => string;
}

export interface ChartOptions {
  readonly title: string;
  readonly series: readonly Series[];
  /** Labels of the vertical axis. */
  readonly format: (value: number) => string;
  /** The axis reaches at least this far, so that noise around nothing stays small. */
  readonly least?: number;
  /** Steps its labels may have; whatever suits decimal numbers otherwise. */
  readonly increments?: readonly number[];
}

/** Something that happened at an instant, drawn as a line across the chart. */
export interface Marker {
  /** Unix seconds. */
  readonly at: number;
  readonly colour: string;
}

const HEIGHT = 148;
const SYNC = uPlot.sync('mcp-vitals');

/** A chart over time with its legend, which shows the values under the pointer, or the last ones. */
export class Chart {
  readonly root: HTMLElement;
  readonly #options: ChartOptions;
  readonly #canvas = el('div', { class: 'plot' });
  readonly #values: readonly HTMLElement[];
  readonly #observer: ResizeObserver;
  #plot: uPlot | undefined;
  #data: uPlot.AlignedData = [[]];
  #range: readonly [number, number] = [0, 1];
  #markers: readonly Marker[] = [];

  constructor(options: ChartOptions) {
    this.#options = options;
    this.#values = options.series.map(() => el('b', { text: NONE }));
    const legend = el(
      'ul',
      { class: 'legend' },
      ...options.series.map(({ label, colour: name, dashed }, at) => {
        const swatch = el('i', { class: dashed === true ? 'swatch dashed' : 'swatch' });
        swatch.style.color = `var(${name})`;
        return el('li', {}, swatch, `${label} `, this.#values[at]);
      }),
    );
    this.#canvas.setAttribute('role', 'img');
    this.root = el(
      'figure',
      { class: 'card chart' },
      el('figcaption', {}, el('h3', { text: options.title }), legend),
      this.#canvas,
    );
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(this.#canvas);
  }

  /** Draws these rows over that stretch of time (Unix seconds). */
  show(data: uPlot.AlignedData, range: readonly [number, number], markers: readonly Marker[]): void {
    this.#data = data;
    this.#range = range;
    this.#markers = markers;
    if (this.#plot === undefined) this.#create();
    else this.#plot.setData(data, true);
    this.#legend(undefined);
    setAttribute(this.#canvas, 'aria-label', `${this.#options.title}: ${this.#spoken()}`);
  }

  /** Takes the colours of the theme anew. */
  restyle(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    if (this.#data[0].length > 0) this.#create();
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
    this.root.remove();
  }

  #create(): void {
    const width = this.#canvas.clientWidth;
    if (width === 0) return;
    const { series, format, least = 0, increments } = this.#options;
    const axis: uPlot.Axis = {
      stroke: colour('--muted'),
      font: '11px system-ui, sans-serif',
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
      gap: 4,
    };
    this.#plot = new uPlot(
      {
        width,
        height: HEIGHT,
        padding: [8, 28, 0, 0],
        legend: { show: false },
        cursor: { sync: { key: SYNC.key }, drag: { setScale: false }, points: { size: 6 } },
        scales: {
          x: { time: true, range: () => [...this.#range] },
          y: { range: (_, __, highest) => [0, Math.max(least, (highest ?? 0) * 1.1) || 1] },
          share: { range: [0, 1] },
        },
        axes: [
          { ...axis, grid: { show: false }, size: 22, space: 64, values: (_, times) => timeLabels(times) },
          {
            ...axis,
            size: 58,
            space: 34,
            values: (_, values) => values.map((value) => format(value)),
            ...(increments === undefined ? {} : { incrs: [...increments] }),
          },
        ],
        series: [
          {},
          ...series.map(
            ({ label, colour: name, dashed, filled, share }): uPlot.Series => ({
              label,
              scale: share === true ? 'share' : 'y',
              stroke: colour(name),
              width: 1.5,
              points: { show: false },
              ...(dashed === true ? { dash: [4, 3] } : {}),
              ...(filled === true ? { fill: colour(`${name}-soft`) } : {}),
            }),
          ),
        ],
        hooks: {
          draw: [(plot) => this.#drawMarkers(plot)],
          setCursor: [(plot) => this.#legend(plot.cursor.idx ?? undefined)],
        },
      },
      this.#data,
      this.#canvas,
    );
  }

  #resize(): void {
    const width = this.#canvas.clientWidth;
    if (width === 0) return;
    if (this.#plot !== undefined) this.#plot.setSize({ width, height: HEIGHT });
    else if (this.#data[0].length > 0) this.#create();
  }

  #legend(index: number | undefined): void {
    this.#values.forEach((element, at) => {
      const values = this.#data[at + 1] ?? [];
      const value = values[index ?? values.length - 1] ?? null;
      setText(element, this.#options.series[at]?.format(value) ?? NONE);
    });
  }

  #spoken(): string {
    return this.#options.series.map(({ label }, at) => `${label} ${this.#values[at]?.textContent ?? NONE}`).join(', ');
  }

  #drawMarkers(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.lineWidth = 1;
    ctx.setLineDash([3, 3]);
    for (const { at, colour: name } of this.#markers) {
      const x = Math.round(plot.valToPos(at, 'x', true)) + 0.5;
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.strokeStyle = colour(name);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }
}

/** Times of day; with seconds where one of them needs seconds. */
function timeLabels(unixSeconds: readonly number[]): string[] {
  const withSeconds = unixSeconds.some((time) => time % 60 !== 0);
  return unixSeconds.map((time) => new Date(time * 1_000).toTimeString().slice(0, withSeconds ? 8 : 5));
}
