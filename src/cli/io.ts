/** Where a command writes text to. */
export interface TextSink {
  write(text: string): unknown;
}

/** A screen that is drawn again and again, with a keyboard. */
export interface Terminal {
  columns(): number;
  rows(): number;
  /** Shows exactly these lines. */
  draw(lines: readonly string[]): void;
  /** Hears of every key, as the text it sends. */
  onKey(listener: (key: string) => void): void;
  /** Gives the terminal back as it was; idempotent. */
  close(): void;
}

/** Everything a command touches of the process around it, so that a test can be that process. */
export interface CliIo {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Takes the terminal over; `undefined` when there is none. */
  readonly openTerminal?: () => Terminal | undefined;
  /** Settles when the person or the system asks the command to end; left out, nothing is shown that goes on. */
  readonly untilEnded?: () => Promise<void>;
  /** Ends this process the way a started program ended; where it returns, the exit code of the command says the same. */
  readonly endBySignal?: (signal: NodeJS.Signals) => void;
}
