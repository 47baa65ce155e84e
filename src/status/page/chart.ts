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

/** Something that happened at an instant, shown as a line across the chart. */
export interface Marker {
  /** Unix seconds. */
  readonly at: number;
  readonly kind: MarkerKind;
  /** What it was, for whoever points at it. */
  readonly text: string;
}

export type MarkerKind = 'alert' | 'anomaly' | 'regression' | 'deploy';

const HEIGHT = 148;
/** A chart out of view is drawn with every so many updates, for printing and for who only hears of it. */
const UNSEEN_EVERY = 8;
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
  readonly #lines = el('div', { class: 'markers' });
  /** Charts out of view are drawn in different updates. */
  readonly #turn = Math.floor(Math.random() * UNSEEN_EVERY);
  #isSeen = true;
  #isStale = false;
  #updates = 0;
  #take: () => uPlot.AlignedData = () => [[]];

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
    new IntersectionObserver((entries) => {
      this.#isSeen = entries.at(-1)?.isIntersecting ?? true;
      if (this.#isSeen && this.#isStale) this.#draw();
    }).observe(this.root);
  }

  /** Draws these rows over that stretch of time (Unix seconds), with every update where the chart is seen. */
  show(take: () => uPlot.AlignedData, range: readonly [number, number], markers: readonly Marker[]): void {
    this.#take = take;
    this.#range = range;
    this.#markers = markers;
    this.#isStale = true;
    this.#updates += 1;
    if (this.#isSeen || this.#updates % UNSEEN_EVERY === this.#turn || this.#plot === undefined) this.#draw();
  }

  #draw(): void {
    this.#isStale = false;
    this.#data = this.#take();
    if (this.#plot === undefined) this.#create();
    else this.#plot.setData(this.#data, true);
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
          ready: [(plot) => void plot.over.append(this.#lines)],
          draw: [(plot) => this.#showMarkers(plot)],
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

  #showMarkers(plot: uPlot): void {
    const [from, to] = this.#range;
    const within = this.#markers.filter(({ at }) => at >= from && at <= to);
    while (this.#lines.children.length > within.length) this.#lines.lastElementChild?.remove();
    while (this.#lines.children.length < within.length) this.#lines.append(el('i'));
    within.forEach(({ at, kind, text }, index) => {
      const line = this.#lines.children[index] as HTMLElement;
      line.style.left = `${Math.round(plot.valToPos(at, 'x'))}px`;
      setAttribute(line, 'data-kind', kind);
      setAttribute(line, 'title', text);
    });
  }
}

/** Times of day; with seconds where one of them needs seconds. */
function timeLabels(unixSeconds: readonly number[]): string[] {
  const withSeconds = unixSeconds.some((time) => time % 60 !== 0);
  return unixSeconds.map((time) => new Date(time * 1_000).toTimeString().slice(0, withSeconds ? 8 : 5));
}
