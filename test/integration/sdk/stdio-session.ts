import type { ServerOptions } from '../../support/instrumented-server.ts';
import type { StdioRpcClient } from '../../support/json-rpc-client.ts';
import type { SdkVersion } from '../../support/sdk-versions.ts';
import { EXECUTED_OVER_PIPE, namesOf, type ServerKind, talkOverPipe } from './conversation.ts';
import { type CaseResult, type MatrixCase, stdioCase } from './matrix-case.ts';
import { type ModuleFormat, placePrograms, program } from './programs.ts';

const BEFORE_STRUCTURED_TOOLS: readonly SdkVersion[] = ['1.5.0', '1.8.0', '1.10.2'];

export interface StdioSession {
  readonly version: SdkVersion;
  readonly format: ModuleFormat;
  readonly kind: ServerKind;
  readonly options?: ServerOptions;
  /** Path of the program; default the ordinary one of that version. */
  readonly script?: string;
  readonly settled?: MatrixCase<StdioRpcClient>['settled'];
}

/** Says everything there is to say over a pipe to a server of one SDK version, with and without the product. */
export async function stdioSession(session: StdioSession): Promise<CaseResult> {
  const { version, format, kind, options } = session;
  const structured = !BEFORE_STRUCTURED_TOOLS.includes(version);
  // A revision of its time, so that every version under test agrees to what is asked.
  const protocolVersion = structured ? '2025-06-18' : '2024-11-05';
  return await stdioCase({
    script: session.script ?? program(await placePrograms(version, format), `v${version[0]}-stdio`),
    options: { ...options, arguments: [kind] },
    names: namesOf(kind),
    expectation: {
      transport: 'pipe',
      protocolVersion,
      sessions: { active: 1, started: 1 },
      executed: EXECUTED_OVER_PIPE,
    },
    ...(session.settled === undefined ? {} : { settled: session.settled }),
    converse: (ledger, client) => talkOverPipe(ledger, client, { kind, protocolVersion, structured }),
  });
}
