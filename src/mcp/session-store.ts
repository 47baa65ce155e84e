import { ExplicitHistogram } from '../core/explicit-histogram.ts';
import { OPERATION_DURATION_BOUNDARIES } from '../semconv/boundaries.ts';
import type { ConnectionKind } from './connection-kind.ts';

/** An open session. It holds no SDK object: a server that drops a transport without closing it must not leak through us. */
export interface Session {
  kind: ConnectionKind;
  readonly openedAt: number;
}

/** One point of the session-duration histogram. */
export interface SessionSeries {
  readonly kind: ConnectionKind;
  readonly errorType: string;
  readonly histogram: ExplicitHistogram;
}

/** What a listener gets when the duration of a session has been recorded. */
export type SessionListener = (kind: ConnectionKind, errorType: string, seconds: number) => void;

/** Sessions of this process: how many are open, how long the closed ones lasted. Stateless exchanges are none. */
export class SessionStore {
  readonly open: Set<Session> = new Set();
  readonly series: SessionSeries[] = [];
  started = 0;
  /** Called when a session has ended by itself; not by `endAll`. */
  onEnded: ((session: Session) => void) | undefined = undefined;
  /** Called for every session that ends, whatever ends it. */
  onRecorded: SessionListener | undefined = undefined;
  readonly #now: () => number;
  readonly #abandoned: FinalizationRegistry<Session>;

  constructor(now: () => number) {
    this.#now = now;
    this.#abandoned = new FinalizationRegistry((session) => this.end(session, this.#now(), ''));
  }

  /** Opens a session that lasts until `end`, or until `owner` is garbage. */
  begin(kind: ConnectionKind, openedAt: number, owner: object): Session {
    const session: Session = { kind, openedAt };
    this.open.add(session);
    this.started += 1;
    this.#abandoned.register(owner, session, session);
    return session;
  }

  /** Records the duration in seconds; `errorType` is empty unless the session ended with an error. Idempotent. */
  end(session: Session, now: number, errorType: string): void {
    if (!this.#record(session, now, errorType)) return;
    this.onEnded?.(session);
  }

  /** Drops a session that turned out to be none. */
  forget(session: Session): void {
    if (!this.open.delete(session)) return;
    this.#abandoned.unregister(session);
    this.started -= 1;
  }

  /** Ends everything that is open: the process is about to go. */
  endAll(): void {
    const now = this.#now();
    for (const session of [...this.open]) this.#record(session, now, '');
  }

  #record(session: Session, now: number, errorType: string): boolean {
    if (!this.open.delete(session)) return false;
    this.#abandoned.unregister(session);
    const { kind } = session;
    let series = this.series.find((candidate) => candidate.kind === kind && candidate.errorType === errorType);
    if (series === undefined) {
      series = { kind, errorType, histogram: new ExplicitHistogram(OPERATION_DURATION_BOUNDARIES) };
      this.series.push(series);
    }
    const seconds = (now - session.openedAt) / 1000;
    series.histogram.record(seconds);
    this.onRecorded?.(kind, errorType, seconds);
    return true;
  }
}
