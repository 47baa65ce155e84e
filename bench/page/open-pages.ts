import { setTimeout as after } from 'node:timers/promises';

/** A page on the last hour asks for the rows of 10 s it does not have yet. */
const HISTORY_EVERY_MS = 12_000;
const HISTORY = 'api/history?resolution=10';
const OPERATION = encodeURIComponent('tools/call tool_1');

/** Pages that read as those in browsers do. */
export interface OpenPages {
  /** Bytes that all of them have got. */
  bytes(): number;
  /** Snapshots and updates that all of them have got. */
  events(): number;
  /** Why some of them got nothing more. */
  problems(): readonly string[];
  close(): void;
}

/**
 * Opens so many pages, the first `details` of them on one operation, which they ask for with every event; the others
 * follow the stream. All load the history once and then what has come since.
 */
export function openPages(url: string, pages: number, details: number): OpenPages {
  const abort = new AbortController();
  const problems: string[] = [];
  let bytes = 0;
  let events = 0;
  const get = async (path: string): Promise<void> => {
    const response = await fetch(new URL(path, url), { signal: abort.signal });
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
    bytes += (await response.arrayBuffer()).byteLength;
  };
  const follow = async (detail: boolean): Promise<void> => {
    const response = await fetch(new URL('api/stream', url), { signal: abort.signal });
    if (!response.ok || response.body === null) throw new Error(`the stream was answered with ${response.status}`);
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      bytes += chunk.byteLength;
      const arrived = decoder.decode(chunk, { stream: true }).split(/event: (?:snapshot|update)\n/).length - 1;
      events += arrived;
      if (detail && arrived > 0) {
        void watched(get(`api/operations?name=${OPERATION}`));
      }
    }
    throw new Error('the stream ended');
  };
  const reload = async (page: number, of: string): Promise<void> => {
    await Promise.all([get('api/page'), get(`${HISTORY}${of}`)]);
    // People do not open all pages at the same instant.
    await after((HISTORY_EVERY_MS * page) / pages, undefined, { signal: abort.signal });
    for (;;) {
      await get(`${HISTORY}${of}&from=${Date.now() - HISTORY_EVERY_MS}`);
      await after(HISTORY_EVERY_MS, undefined, { signal: abort.signal });
    }
  };
  const watched = (work: Promise<unknown>): Promise<void> =>
    work.then(
      () => {},
      (error: unknown) => {
        if (!abort.signal.aborted) problems.push(String(error));
      },
    );
  for (let page = 0; page < pages; page += 1) {
    const ofOperation = page < details ? `&operation=${OPERATION}` : '';
    void watched(Promise.all([follow(page < details), reload(page, ofOperation)]));
  }
  return { bytes: () => bytes, events: () => events, problems: () => problems, close: () => abort.abort() };
}
