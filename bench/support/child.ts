import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

export interface ChildOptions {
  /** Node binary. */
  readonly node: string;
  /** Flags of Node, then the script and its arguments. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input and output become pipes; otherwise the child has none. */
  readonly piped?: boolean;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Nothing of this environment that would change what is measured. */
function cleanEnvironment(): Record<string, string> {
  const foreign = /^(OTEL_|MCP_VITALS_|NODE_|npm_)/;
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => !foreign.test(entry[0])),
  );
}

/** A child process that takes commands over its IPC channel; what it writes to stderr is shown. */
export class Child {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  readonly #first: Promise<Answer>;
  #lastId = 0;

  private constructor(options: ChildOptions) {
    const pipe = options.piped === true ? 'pipe' : 'ignore';
    this.#process = spawn(options.node, options.args, {
      env: { ...cleanEnvironment(), ...options.env },
      stdio: [pipe, pipe, 'inherit', 'ipc'],
    });
    this.#first = this.#answerTo(0);
    this.#process.on('message', (message) => {
      const answer = message as Answer;
      this.#waiting.get(answer.id)?.resolve(answer);
      this.#waiting.delete(answer.id);
    });
    this.#process.on('exit', (code, signal) => {
      const error = new Error(`${options.args.join(' ')} ended with ${signal ?? `code ${code}`}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  /** Of the process, which runs. */
  get pid(): number {
    return this.#process.pid as number;
  }

  static spawn(options: ChildOptions): Child {
    return new Child(options);
  }

  /** Its first message, sent with id 0 when it is ready or has what it was started for. */
  first(): Promise<object> {
    return this.#first;
  }

  /** Runs a command in the child; rejects with the child's error, or when the child ends. */
  async ask<Value>(command: string, input: object = {}): Promise<Value> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answered = this.#answerTo(id);
    this.#process.send({ id, command, ...input });
    const { value, error } = await answered;
    if (error !== undefined) throw new Error(error);
    return value as Value;
  }

  get stdin(): Writable {
    return stream(this.#process.stdin);
  }

  get stdout(): Readable {
    return stream(this.#process.stdout);
  }

  /** Ends the process; nothing is left to be measured, so it gets no time to flush. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await gone;
  }

  #answerTo(id: number): Promise<Answer> {
    const answered = new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    // Whoever waits gets the failure; a child that ends unasked must not end the run unseen in between.
    answered.catch(() => {});
    return answered;
  }
}

function stream<S extends object>(candidate: S | null): S {
  if (candidate === null) throw new TypeError('the child was started without pipes');
  return candidate;
}
