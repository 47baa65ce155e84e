import { setTimeout as after } from 'node:timers/promises';

/** The page asks anew for the history of an hour, in steps of 10 s, when it is two steps behind. */
const HISTORY_EVERY_MS = 20_000;
const HISTORY = 'api/history?resolution=10';
const OPERATION = encodeURIComponent('tools/call tool_1');

/** Pages that read as those in browsers do. */
export interface OpenPages {
  /** Bytes that all of them have got. */
  bytes(): number;
  /** Snapshots that all of them have got. */
  snapshots(): number;
  /** Why some of them got nothing more. */
  problems(): readonly string[];
  close(): void;
}

/**
 * Opens so many pages, the first `details` of them on one operation, which they ask for with every snapshot; the others
 * follow the stream and load the history from time to time.
 */
export function openPages(url: string, pages: number, details: number): OpenPages {
  const abort = new AbortController();
  const problems: string[] = [];
  let bytes = 0;
  let snapshots = 0;
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
      const arrived = decoder.decode(chunk, { stream: true }).split('event: snapshot\n').length - 1;
      snapshots += arrived;
      if (detail && arrived > 0) {
        void watched(Promise.all([get(`api/operations?name=${OPERATION}`), get(`${HISTORY}&operation=${OPERATION}`)]));
      }
    }
    throw new Error('the stream ended');
  };
  const reload = async (page: number): Promise<void> => {
    await Promise.all([get('api/page'), get(HISTORY)]);
    // People do not open all pages at the same instant.
    await after((HISTORY_EVERY_MS * page) / pages, undefined, { signal: abort.signal });
    for (;;) {
      await get(HISTORY);
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
  for (let page = 0; page < pages; page += 1) void watched(Promise.all([follow(page < details), reload(page)]));
  return { bytes: () => bytes, snapshots: () => snapshots, problems: () => problems, close: () => abort.abort() };
}
