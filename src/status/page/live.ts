import type { Snapshot } from '../../core/model/snapshot.ts';
import type { HistorySlice } from '../history/history.ts';
import { applyUpdate, type SnapshotUpdate } from '../live/apply-update.ts';

/** `signed-out`: the endpoint asks for its token. */
export type ConnectionState = 'connecting' | 'live' | 'lost' | 'signed-out';

export interface LiveListener {
  onState(state: ConnectionState): void;
  onSnapshot(snapshot: Snapshot): void;
  onHistory(rows: HistorySlice): void;
}

const RETRY_MS = 2_000;
/** The server gives a sign of life every few seconds; a stream that is silent for longer is dead, whatever the system says. */
const SILENCE_MS = 20_000;

/** Follows the stream of the endpoint, over its restarts too. */
export class LiveConnection {
  readonly #listener: LiveListener;
  #source: EventSource | undefined;
  #retry: number | undefined;
  #silence: number | undefined;

  constructor(listener: LiveListener) {
    this.#listener = listener;
  }

  open(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    const source = new EventSource('api/stream');
    this.#source = source;
    let snapshot: Snapshot | undefined;
    const show = (next: Snapshot): void => {
      snapshot = next;
      this.#expect();
      this.#listener.onState('live');
      this.#listener.onSnapshot(next);
    };
    this.#expect();
    source.addEventListener('snapshot', ({ data }: MessageEvent<string>) => show(JSON.parse(data) as Snapshot));
    source.addEventListener('update', ({ data }: MessageEvent<string>) => {
      if (snapshot !== undefined) show(applyUpdate(snapshot, JSON.parse(data) as SnapshotUpdate));
    });
    source.addEventListener('history', ({ data }: MessageEvent<string>) => {
      this.#expect();
      this.#listener.onHistory(JSON.parse(data) as HistorySlice);
    });
    source.addEventListener('error', () => {
      // Lost connections are taken up again by the browser; refused ones are not, and one of those means: sign in.
      this.#listener.onState('lost');
      if (source.readyState === EventSource.CLOSED) void this.#afterRefusal();
    });
  }

  #expect(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#listener.onState('lost');
      this.open();
    }, SILENCE_MS);
  }

  async #afterRefusal(): Promise<void> {
    clearTimeout(this.#silence);
    const status = await fetch('api/page').then(
      (response) => response.status,
      () => 0,
    );
    if (status === 401) this.#listener.onState('signed-out');
    else this.#retry = setTimeout(() => this.open(), RETRY_MS);
  }
}

/** One document of the API; `undefined` when it is not there. */
export async function fetchJson<T>(path: string): Promise<T | undefined> {
  try {
    const response = await fetch(path);
    return response.ok ? ((await response.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}

/** Shows the endpoint its token; true when it is the right one, and the browser has the cookie for it. */
export async function signIn(token: string): Promise<boolean> {
  const headers = { Authorization: `Bearer ${token}` };
  return fetch('api/session', { method: 'POST', headers }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Keeps an alert from being sent for that long. */
export async function silence(fingerprint: string, minutes: number): Promise<boolean> {
  const query = new URLSearchParams({ fingerprint, minutes: String(minutes) });
  return fetch(`api/alerts/silence?${query}`, { method: 'POST' }).then(
    ({ ok }) => ok,
    () => false,
  );
}
