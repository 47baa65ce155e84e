import type { OperationDetail } from '../../core/model/operation-detail.ts';
import type { Snapshot } from '../../core/model/snapshot.ts';
import type { HistorySlice } from '../history/history.ts';
import { begin, byId, el, setAttribute, setText } from './dom.ts';
import { stretch } from './figures.ts';
import { type ConnectionState, fetchJson, LiveConnection, signIn } from './live.ts';
import { OperationView } from './operation-view.ts';
import { markersOf, Overview, type PageInfo } from './overview.ts';
import { Rows } from './rows.ts';
import { installTheme } from './theme.ts';
import { RANGES, type RangeName, readState, type ViewState, writeState } from './view-state.ts';

const CONNECTION_WORDS: Readonly<Record<ConnectionState, string>> = {
  connecting: 'connecting…',
  live: 'live',
  lost: 'connection lost, trying again…',
  'signed-out': 'signed out',
};

/** The page: holds what is shown, and brings it on screen at most once per frame. */
class Page {
  #state: ViewState = readState(location.hash);
  #snapshot: Snapshot | undefined;
  #detail: OperationDetail | undefined;
  #info: PageInfo | undefined;
  #instance = '';
  #isContinuing = false;
  /** Range and operation whose rows are held. */
  #operationRange = '';
  #due = false;
  readonly #rows = new Rows();
  readonly #operationRows = new Rows();
  readonly #overview: Overview;
  readonly #operation: OperationView;
  readonly #live: LiveConnection;

  constructor() {
    this.#overview = new Overview(byId('overview'), (change) => this.#change(change));
    this.#operation = new OperationView(byId('detail'));
    this.#live = new LiveConnection({
      onState: (state) => this.#connection(state),
      onSnapshot: (snapshot) => this.#received(snapshot),
      onHistory: (rows) => this.#append(rows),
    });
    installTheme(byId<HTMLButtonElement>('theme'), () => {
      this.#overview.charts.restyle();
      this.#operation.charts.restyle();
      this.#draw();
    });
    addEventListener('hashchange', () => this.#navigated());
    // A page nobody sees draws nothing; what it missed is drawn when it is seen again.
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void this.#loadOperation();
      this.#draw();
    });
    this.#ranges();
    this.#signIn();
    this.#live.open();
  }

  #change(change: Partial<ViewState>): void {
    this.#state = { ...this.#state, ...change };
    history.replaceState(null, '', writeState(this.#state));
    this.#draw();
  }

  #navigated(): void {
    const before = this.#state;
    this.#state = readState(location.hash);
    if (this.#state.operation !== before.operation) {
      this.#detail = undefined;
      this.#operationRange = '';
      this.#operationRows.load(undefined);
      void this.#loadOperation().then(() => {
        if (this.#state.operation !== '') this.#operation.focus();
      });
    }
    if (this.#state.range !== before.range) void this.#loadHistory();
    this.#draw();
  }

  #received(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    if (snapshot.service.instanceId !== this.#instance) {
      // Another process answers here now: its history is another one.
      this.#instance = snapshot.service.instanceId;
      this.#operationRange = '';
      void this.#loadInfo();
      void this.#loadHistory();
    }
    // A page nobody sees asks for nothing; the figures of the stream reach it all the same.
    if (!document.hidden) void this.#loadOperation();
    this.#draw();
  }

  #append(slice: HistorySlice): void {
    const { spanMs, resolution } = RANGES[this.#state.range];
    if (resolution === slice.resolutionSeconds) this.#rows.append(slice, spanMs);
    else if (this.#rows.isBehind(slice.timestamps.at(-1))) void this.#continueHistory();
    this.#draw();
  }

  async #loadInfo(): Promise<void> {
    this.#info = await fetchJson<PageInfo>('api/page');
    this.#draw();
  }

  async #loadHistory(): Promise<void> {
    const { resolution } = RANGES[this.#state.range];
    const slice = await fetchJson<HistorySlice>(`api/history?resolution=${resolution}`);
    if (slice !== undefined && resolution === RANGES[this.#state.range].resolution) this.#rows.load(slice);
    this.#draw();
  }

  /** Asks only for what has come since. */
  async #continueHistory(): Promise<void> {
    const { resolution, spanMs } = RANGES[this.#state.range];
    const from = this.#rows.last ?? 0;
    // One answer at a time: until it is there, the rows are as far behind as before.
    if (this.#isContinuing) return;
    this.#isContinuing = true;
    const slice = await fetchJson<HistorySlice>(`api/history?resolution=${resolution}&from=${from - 1}`);
    this.#isContinuing = false;
    if (slice !== undefined && resolution === RANGES[this.#state.range].resolution) this.#rows.append(slice, spanMs);
    this.#draw();
  }

  async #loadOperation(): Promise<void> {
    const { operation, range } = this.#state;
    if (operation === '') return;
    const { resolution, spanMs } = RANGES[range];
    const name = encodeURIComponent(operation);
    const last = this.#operationRange === `${range} ${operation}` ? this.#operationRows.last : undefined;
    const isDue = last === undefined || this.#operationRows.isBehind(this.#snapshot?.timestamp);
    const since = last === undefined ? '' : `&from=${last - 1}`;
    const [detail, slice] = await Promise.all([
      fetchJson<OperationDetail>(`api/operations?name=${name}`),
      isDue ? fetchJson<HistorySlice>(`api/history?resolution=${resolution}&operation=${name}${since}`) : undefined,
    ]);
    if (operation !== this.#state.operation || range !== this.#state.range) return;
    this.#detail = detail;
    if (last === undefined) this.#operationRows.load(slice);
    else if (slice !== undefined) this.#operationRows.append(slice, spanMs);
    this.#operationRange = `${range} ${operation}`;
    this.#draw();
  }

  #draw(): void {
    if (this.#due || document.hidden) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      const start = performance.now();
      this.#render();
      performance.clearMeasures('mcp-vitals frame');
      performance.measure('mcp-vitals frame', { start, end: performance.now() });
    });
  }

  #render(): void {
    const snapshot = this.#snapshot;
    if (snapshot === undefined) return;
    const { service, process, timestamp } = snapshot;
    const { operation, range } = this.#state;
    const { spanMs } = RANGES[range];
    setText(byId('service'), service.name);
    const about = [
      service.version,
      process === undefined ? undefined : `up ${stretch(process.uptimeSeconds)}`,
      this.#info === undefined ? undefined : `mcp-vitals ${this.#info.version}`,
    ];
    setText(byId('about'), about.filter((part) => part !== undefined).join(' · '));
    document.title = operation === '' ? `${service.name} – mcp-vitals` : `${operation} – ${service.name}`;
    for (const button of byId('ranges').querySelectorAll('button')) {
      setAttribute(button, 'aria-pressed', String(button.dataset['range'] === range));
    }
    byId('sign-in').hidden = true;
    byId('overview').hidden = operation !== '';
    byId('detail').hidden = operation === '';
    if (operation === '') {
      this.#overview.show(snapshot, this.#state, this.#info);
      this.#overview.showCharts(this.#rows, spanMs, timestamp, snapshot);
    } else {
      const back = writeState({ ...this.#state, operation: '' });
      this.#operation.show(operation, this.#detail, back, this.#info);
      this.#operation.charts.show(this.#operationRows, spanMs, timestamp, markersOf(snapshot));
    }
  }

  #connection(state: ConnectionState): void {
    const status = byId('connection');
    setText(status, CONNECTION_WORDS[state]);
    setAttribute(status, 'data-state', state);
    if (state !== 'signed-out') return;
    byId('overview').hidden = true;
    byId('detail').hidden = true;
    byId('sign-in').hidden = false;
    byId('token').focus();
  }

  #ranges(): void {
    const buttons = (Object.keys(RANGES) as RangeName[]).map((name) => {
      const { label, spoken } = RANGES[name];
      const button = el('button', {
        text: label,
        attributes: {
          type: 'button',
          'data-range': name,
          title: spoken,
          'aria-pressed': String(name === this.#state.range),
        },
      });
      button.addEventListener('click', () => {
        this.#change({ range: name });
        void this.#loadHistory();
        void this.#loadOperation();
      });
      return button;
    });
    byId('ranges').append(...buttons);
    byId('ranges').hidden = false;
  }

  #signIn(): void {
    byId('sign-in').addEventListener('submit', (event) => {
      event.preventDefault();
      const input = byId<HTMLInputElement>('token');
      void signIn(input.value).then((good) => {
        setText(byId('sign-in-problem'), good ? '' : 'That is not the token of this endpoint.');
        if (!good) return;
        input.value = '';
        byId('sign-in').hidden = true;
        this.#live.open();
      });
    });
  }
}

begin('of-server');
new Page();
