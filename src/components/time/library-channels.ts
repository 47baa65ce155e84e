import diagnosticsChannel from 'node:diagnostics_channel';
import { type CallReporter, isAbort, type OpenCall } from './call-reporter.ts';
import type { Classified } from './classify-http.ts';
import { databaseOf } from './classify-span.ts';

/** One tracing channel that a client library publishes. */
interface LibraryChannel {
  readonly name: string;
  readonly classify: (message: { readonly database?: unknown }) => Classified;
  /** False for what surrounds the calls: connecting, and batches whose commands are published one by one. */
  readonly counted: boolean;
}

const redis = (): Classified => databaseOf('redis', undefined);
const mysql: LibraryChannel['classify'] = ({ database }) =>
  databaseOf('mysql', typeof database === 'string' && database !== '' ? database : undefined);

/** ioredis from 5.11, @redis/client from 5.12, mysql2 from 3.20. */
const CHANNELS: readonly LibraryChannel[] = [
  { name: 'ioredis:command', classify: redis, counted: true },
  { name: 'ioredis:batch', classify: redis, counted: false },
  { name: 'ioredis:connect', classify: redis, counted: false },
  { name: 'node-redis:command', classify: redis, counted: true },
  { name: 'node-redis:batch', classify: redis, counted: false },
  { name: 'node-redis:connect', classify: redis, counted: false },
  { name: 'mysql2:query', classify: mysql, counted: true },
  { name: 'mysql2:execute', classify: mysql, counted: true },
  { name: 'mysql2:connect', classify: mysql, counted: false },
  { name: 'mysql2:pool:connect', classify: mysql, counted: false },
];

/** Follows every client library that publishes tracing channels. Answers how to stop. */
export function followLibraries(reporter: CallReporter): () => void {
  const stops = CHANNELS.map((channel) => follow(reporter, channel));
  return () => {
    for (const stop of stops) stop();
  };
}

function follow(reporter: CallReporter, { name, classify, counted }: LibraryChannel): () => void {
  const open = new WeakMap<object, OpenCall>();
  const settle = (message: object): void => {
    const { error } = message as { error?: unknown };
    open.get(message)?.end(error !== undefined && !isAbort(error));
  };
  const listeners: [string, (message: unknown) => void][] = [
    [
      `tracing:${name}:start`,
      (message) => {
        const call = reporter.begin(classify(message as object), 'channel', counted);
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
