/** Where a command writes text to. */
export interface TextSink {
  write(text: string): unknown;
}

/** Everything a command touches of the process around it, so that a test can be that process. */
export interface CliIo {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Ends this process the way a started program ended; where it returns, the exit code of the command says the same. */
  readonly endBySignal?: (signal: NodeJS.Signals) => void;
}
