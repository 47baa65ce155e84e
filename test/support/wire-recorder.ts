import type { HttpRpcClient, StdioRpcClient } from './json-rpc-client.ts';

/** Everything a server said to one client: the bytes of each stream, stdout or one TCP connection. */
export interface WireRecording {
  readonly streams: readonly { readonly name: string; readonly bytes: Buffer }[];
}

/** The recording of a client; over HTTP it begins with the status line and includes headers and chunk framing. */
export function recordingOf(client: StdioRpcClient | HttpRpcClient): WireRecording {
  return { streams: 'streams' in client ? client.streams : [{ name: 'stdout', bytes: client.bytes }] };
}

/** The only values that differ between two runs of one server: the clock in HTTP's `Date`, and random UUIDs. */
const DATE_HEADER = /^(Date: ).*$/gim;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;

/**
 * Streams as text in which every byte is one character, so that equal texts are equal bytes and a difference can be read.
 * The values named above are replaced, nothing else.
 */
export function comparable(recording: WireRecording): Record<string, string> {
  return Object.fromEntries(
    recording.streams.map(({ name, bytes }) => [
      name,
      bytes.toString('latin1').replace(DATE_HEADER, '$1<date>').replace(UUID, '<uuid>'),
    ]),
  );
}
