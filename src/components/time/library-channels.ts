import diagnosticsChannel from 'node:diagnostics_channel';
import { type CallReporter, isAbort, type OpenCall } from './call-reporter.ts';
import type { Classified } from './classify-http.ts';
import { databaseOf } from './classify-span.ts';
import { followConnecting, isHandshake } from './connecting.ts';

/** What is read of the messages. */
interface Message {
  readonly database?: unknown;
  readonly command?: unknown;
  readonly batchMode?: unknown;
  readonly batchSize?: unknown;
}

/** One tracing channel that a client library publishes. */
interface LibraryChannel {
  readonly name: string;
  readonly classify: (message: Message) => Classified;
  /** 0 for what surrounds the calls: connecting, and batches whose commands are published one by one. */
  readonly calls: (message: Message) => number;
}

const one = (): number => 1;
const none = (): number => 0;
/** The commands of a transaction are not published one by one, those of a pipeline are. */
const transaction = ({ batchMode, batchSize }: Message): number =>
  batchMode === 'MULTI' && typeof batchSize === 'number' ? batchSize : 0;
const redis = (): Classified => databaseOf('redis', undefined);
const mysql: LibraryChannel['classify'] = ({ database }) =>
  databaseOf('mysql', typeof database === 'string' && database !== '' ? database : undefined);

/** ioredis from 5.11, @redis/client from 5.12, mysql2 from 3.20. */
const CHANNELS: readonly LibraryChannel[] = [
  { name: 'ioredis:command', classify: redis, calls: one },
  { name: 'ioredis:batch', classify: redis, calls: none },
  { name: 'ioredis:connect', classify: redis, calls: none },
  { name: 'node-redis:command', classify: redis, calls: one },
  { name: 'node-redis:batch', classify: redis, calls: transaction },
  { name: 'node-redis:connect', classify: redis, calls: none },
  { name: 'mysql2:query', classify: mysql, calls: one },
  { name: 'mysql2:execute', classify: mysql, calls: one },
  { name: 'mysql2:connect', classify: mysql, calls: none },
  { name: 'mysql2:pool:connect', classify: mysql, calls: none },
];

/** ioredis publishes its handshake as commands; a command that waited for it is published when it is sent, within it. */
const HANDSHAKE = new Set([
  'auth',
  'client',
  'hello',
  'info',
  'psubscribe',
  'readonly',
  'select',
  'ssubscribe',
  'subscribe',
]);

/** Follows every client library that publishes tracing channels. Answers how to stop. */
export function followLibraries(reporter: CallReporter): () => void {
  const stops = [followConnecting('ioredis:connect', redis), ...CHANNELS.map((channel) => follow(reporter, channel))];
  return () => {
    for (const stop of stops) stop();
  };
}

function follow(reporter: CallReporter, { name, classify, calls }: LibraryChannel): () => void {
  const open = new WeakMap<object, OpenCall>();
  const settle = (message: object): void => {
    const { error } = message as { error?: unknown };
    open.get(message)?.end(error !== undefined && !isAbort(error));
  };
  const listeners: [string, (message: unknown) => void][] = [
    [
      `tracing:${name}:start`,
      (message) => {
        const classified = classify(message as Message);
        const { command } = message as Message;
        if (typeof command === 'string' && HANDSHAKE.has(command.toLowerCase()) && isHandshake(classified)) return;
        const call = reporter.begin(classified, 'channel', calls(message as Message));
        if (call !== undefined) open.set(message as object, call);
      },
    ],
    // A call without a promise or a callback is over when its function returns, and only then has its result here.
    [
      `tracing:${name}:end`,
      (message) => {
        if ('result' in (message as object) || 'error' in (message as object)) settle(message as object);
      },
    ],
    [`tracing:${name}:asyncStart`, (message) => settle(message as object)],
  ];
  for (const [channel, listener] of listeners) diagnosticsChannel.subscribe(channel, listener);
  return () => {
    for (const [channel, listener] of listeners) diagnosticsChannel.unsubscribe(channel, listener);
  };
}
