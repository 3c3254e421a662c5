import { randomBytes } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import type { Schema } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { realClock } from '../../common/environment.ts';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { WorkerPool } from '../../runtime/index.ts';
import { type AllowPath, allowedPaths } from '../../session/allowed-paths.ts';
import type { RunningJob, Script } from '../../session/contract.ts';
import { Session } from '../../session/session.ts';
import { keptModulesFolder } from '../../udf/kept-modules.ts';
import type { ResultStream } from './result-stream.ts';

/** What a ticket stands for, until its session ends or many others have come after it. */
export interface Ticketed {
  readonly open: () => ResultStream;
  /** Ends what reads it now. */
  cancel?: (() => Promise<void>) | undefined;
}

/** A statement that a client prepared: its text with `?` for parameters, and the rows bound to them last. */
export interface PreparedStatement {
  readonly text: string;
  bound: { readonly schema: Schema; readonly rows: readonly (readonly Value[])[] } | undefined;
}

export interface FlightSessionOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly secret?: (name: string) => string | undefined;
  readonly output: (text: string) => void;
  readonly init?: readonly Script[];
  /** Folders that statements may read and write; default: all. */
  readonly allowedPaths?: readonly string[];
  /** Threads of all sessions of a server; default: threads of its own. */
  readonly workers?: WorkerPool;
}

/** What one client has: a catalog, settings, jobs, prepared statements and results that were not yet fetched. */
export class FlightSession {
  readonly id = randomBytes(16).toString('hex');
  readonly session: Session;
  readonly tickets = new Map<string, Ticketed>();
  readonly prepared = new Map<string, PreparedStatement>();
  /** Jobs of inserts, the newest last, that ended too. */
  readonly jobs: RunningJob[] = [];
  /** Calls under way. */
  calls = 0;
  usedMs: number = realClock.epochMs();
  #notes: string[] = [];

  readonly allowPath: AllowPath;
  /** Settles when what each session runs first has been run. */
  readonly ready: Promise<void>;

  constructor({ settings, secret, output, init, allowedPaths: folders, workers }: FlightSessionOptions) {
    this.allowPath = folders === undefined ? () => undefined : allowedPaths(folders);
    this.session = new Session({
      ...(settings !== undefined && { settings }),
      ...(secret !== undefined && { secret }),
      output,
      allowPath: this.allowPath,
      keptModules: keptModulesFolder(),
      notice: text => this.#notes.push(text),
      ...(workers !== undefined && { engine: { workers } }),
    });
    this.ready = this.#initialise(init ?? []);
    // whoever waits for it hears of it
    this.ready.catch(() => undefined);
  }

  async #initialise(scripts: readonly Script[]): Promise<void> {
    for (const script of scripts) for await (const _ of this.session.prepare(script));
  }

  /** What was noticed since the last time: ignored options, state without a bound. */
  takeNotes(): string[] {
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }

  addTicket(ticketed: Ticketed): string {
    const handle = newHandle(this);
    this.tickets.set(handle, ticketed);
    for (const old of this.tickets.keys()) {
      if (this.tickets.size <= limits.flightTicketsMax) break;
      this.tickets.delete(old);
    }
    return handle;
  }

  get isIdle(): boolean {
    return this.calls === 0 && this.session.running().length === 0;
  }
}

/** Handles begin with the session's id: whoever has one may use it on another connection. */
export const newHandle = ({ id }: FlightSession): string => `${id}${randomBytes(16).toString('hex')}`;

/** The cookie's name is Flight's for sessions. */
const cookieName = 'arrow_flight_session_id';

/**
 * The sessions of a server. A client is known by its cookie, else by the header `tidemill-session` (a name of its own choice), else by the token its login
 * gave, else by its connection. A session without jobs ends when it was not used for `limits.flightSessionIdleMs`, one known by its connection alone soon
 * after that has closed.
 */
export class FlightSessions {
  readonly #byId = new Map<string, FlightSession>();
  readonly #byKey = new Map<string, FlightSession>();
  readonly #leaving = new Set<FlightSession>();
  readonly #open: () => FlightSession;
  readonly #timer: NodeJS.Timeout;

  constructor(open: () => FlightSession) {
    this.#open = open;
    this.#timer = setInterval(() => void this.#expire(), limits.flightSessionCheckMs);
    this.#timer.unref();
  }

  /** The session a call belongs to; `owner` is the login or token that the client has shown, and keeps names apart. */
  of(metadata: Metadata, owner: string, peer: string): FlightSession {
    const cookie = cookieOf(metadata);
    const known = cookie === undefined ? undefined : this.#byId.get(cookie);
    if (known !== undefined) return known;
    const named = metadata.get('tidemill-session')[0];
    const key = named !== undefined ? `name ${owner} ${String(named)}` : owner.startsWith('login ') ? owner : `peer ${peer}`;
    let session = this.#byKey.get(key);
    if (session === undefined) {
      session = this.#open();
      this.#byId.set(session.id, session);
      this.#byKey.set(key, session);
    }
    return session;
  }

  /** The session that gave a handle. @throws TidemillError `unknown-handle`. */
  ofHandle(handle: string): FlightSession {
    const session = this.#byId.get(handle.slice(0, 32));
    if (session !== undefined) return session;
    throw unknownHandle();
  }

  /** Also those whose clients have left and whose jobs go on. */
  all(): readonly FlightSession[] {
    return [...this.#byId.values(), ...this.#leaving];
  }

  /** A client wants no more of its session: it ends when the jobs of its inserts have. */
  async leave(session: FlightSession): Promise<void> {
    const running = new Set<RunningJob>(session.session.running());
    const jobs = session.jobs.filter(job => running.has(job));
    if (jobs.length === 0) return this.end(session);
    this.#forget(session);
    this.#leaving.add(session);
    void Promise.allSettled(jobs.map(job => job.done)).then(() => this.end(session));
  }

  async end(session: FlightSession): Promise<void> {
    this.#forget(session);
    this.#leaving.delete(session);
    await session.session.close();
  }

  #forget(session: FlightSession): void {
    this.#byId.delete(session.id);
    for (const [key, each] of this.#byKey) if (each === session) this.#byKey.delete(key);
  }

  /** A connection has closed. */
  left(peer: string): void {
    const session = this.#byKey.get(`peer ${peer}`);
    if (session === undefined) return;
    this.#byKey.delete(`peer ${peer}`);
    // its cookie may be shown on another connection
    session.usedMs = Math.min(session.usedMs, realClock.epochMs() - limits.flightSessionIdleMs + limits.flightSessionLeftMs);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.all().map(session => this.end(session)));
  }

  async #expire(): Promise<void> {
    const since = realClock.epochMs() - limits.flightSessionIdleMs;
    await Promise.all(
      this.all()
        .filter(session => session.isIdle && session.usedMs < since)
        .map(session => this.end(session)),
    );
  }
}

export const unknownHandle = (): TidemillError =>
  new TidemillError('unknown-handle', 'the server does not know this statement or ticket', {
    hint: 'its session has ended, or it was closed: execute the statement again',
  });

export const sessionCookie = (session: FlightSession): string => `${cookieName}=${session.id}; Path=/; HttpOnly`;

export function cookieOf(metadata: Metadata): string | undefined {
  for (const header of metadata.get('cookie')) {
    for (const pair of String(header).split(';')) {
      const [name, value] = pair.split('=').map(part => part.trim());
      if (name === cookieName) return value?.replace(/^"|"$/g, '');
    }
  }
  return undefined;
}
