import { AsyncLocalStorage } from 'node:async_hooks';
import diagnosticsChannel from 'node:diagnostics_channel';
import type { Classified } from './classify-http.ts';

interface Connecting {
  readonly component: Classified;
  isOver: boolean;
}

const connecting = new AsyncLocalStorage<Connecting | undefined>();
/** While nobody connects the storage is off: on Node 20 it costs every promise of the process. */
let running = 0;

/**
 * Whether what is asked of a component just now comes from a client of it that is connecting: the commands of its handshake, and
 * those sent again that waited for the connection. They run in the context of the call that made it connect, but nobody asked
 * for them there.
 */
export function isHandshake({ kind, name }: Classified): boolean {
  const store = connecting.getStore();
  return store?.isOver === false && store.component.kind === kind && store.component.name === name;
}

/** Follows the tracing channel on which a client says that it connects. Answers how to stop. */
export function followConnecting(channel: string, classify: (message: object) => Classified): () => void {
  const open = new WeakMap<object, Connecting>();
  const start = diagnosticsChannel.channel(`tracing:${channel}:start`);
  const over = (message: unknown): void => {
    const store = open.get(message as object);
    if (store === undefined || store.isOver) return;
    store.isOver = true;
    running -= 1;
    if (running === 0) connecting.disable();
  };
  start.bindStore(connecting, (message) => {
    const store = { component: classify(message as object), isOver: false };
    open.set(message as object, store);
    running += 1;
    return store;
  });
  const ends = [`tracing:${channel}:asyncStart`, `tracing:${channel}:error`];
  for (const name of ends) diagnosticsChannel.subscribe(name, over);
  return () => {
    start.unbindStore(connecting);
    for (const name of ends) diagnosticsChannel.unsubscribe(name, over);
  };
}
