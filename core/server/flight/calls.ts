import type { EventEmitter } from 'node:events';
import {
  Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { realClock } from '../../common/environment.ts';
import { TidemillError } from '../../common/errors.ts';
import type { Authentication } from './authentication.ts';
import { statusOf } from './errors.ts';
import { cookieOf, type FlightSession, type FlightSessions, sessionCookie } from './sessions.ts';

type AnyCall =
  | ServerUnaryCall<Buffer, Buffer>
  | ServerReadableStream<Buffer, Buffer>
  | ServerWritableStream<Buffer, Buffer>
  | ServerDuplexStream<Buffer, Buffer>;
export type WritingCall = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

/** One call of a client, in its session. */
export interface CallContext {
  readonly flightSession: FlightSession;
  /** Who makes it; the same for all sessions of a login or token. */
  readonly owner: string;
  /** The first value of a header of the call, in lower case; those whose names end in `-bin` are bytes. */
  header(name: string): string | undefined;
  /** Calls what is to be done when the client gives up; returns how to take that back. */
  onCancel(act: () => void): () => void;
}

/** Gives every call its session, counts it, and turns what is thrown into a status. */
export class Calls {
  readonly #authentication: Authentication;
  readonly #sessions: FlightSessions;

  constructor(authentication: Authentication, sessions: FlightSessions) {
    this.#authentication = authentication;
    this.#sessions = sessions;
  }

  unary(act: (request: Buffer, context: CallContext) => Promise<Buffer>) {
    return (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void => {
      this.#within(call, context => act(call.request, context)).then(
        value => answer(null, value),
        error => answer(statusOf(error)),
      );
    };
  }

  writing(act: (request: Buffer, write: Write, context: CallContext) => Promise<void>) {
    return (call: ServerWritableStream<Buffer, Buffer>): void => {
      this.#stream(call, context => act(call.request, writerOf(call), context));
    };
  }

  duplex(act: (requests: AsyncIterable<Buffer>, write: Write, context: CallContext) => Promise<void>) {
    return (call: ServerDuplexStream<Buffer, Buffer>): void => {
      this.#stream(call, context => act(call as AsyncIterable<Buffer>, writerOf(call), context));
    };
  }

  #stream(call: WritingCall, act: (context: CallContext) => Promise<void>): void {
    this.#within(call, act).then(
      () => call.end(),
      error => {
        if (!call.cancelled) call.emit('error', statusOf(error));
      },
    );
  }

  async #within<T>(call: AnyCall, act: (context: CallContext) => Promise<T>): Promise<T> {
    const owner = this.#authentication.ownerOf(call.metadata);
    const flightSession = this.#sessions.of(call.metadata, owner, call.getPeer());
    if (cookieOf(call.metadata) !== flightSession.id) {
      const metadata = new Metadata();
      metadata.set('set-cookie', sessionCookie(flightSession));
      call.sendMetadata(metadata);
    }
    const left = new Set<() => void>();
    (call as EventEmitter).on('cancelled', () => {
      for (const act of left) act();
    });
    flightSession.calls++;
    try {
      await flightSession.ready;
      return await act({
        flightSession,
        owner,
        header: name => call.metadata.get(name)[0]?.toString(),
        onCancel(act) {
          if (call.cancelled) act();
          left.add(act);
          return () => void left.delete(act);
        },
      });
    } finally {
      flightSession.calls--;
      flightSession.usedMs = realClock.epochMs();
    }
  }
}

/** Sends one message; settles when the client's side has room for more. @throws TidemillError `cancelled` when the client has gone. */
export type Write = (message: Buffer) => Promise<void>;

function writerOf(call: WritingCall): Write {
  return message =>
    new Promise((settle, fail) => {
      if (call.cancelled) {
        fail(clientLeft());
        return;
      }
      const gone = (): void => fail(clientLeft());
      call.once('cancelled', gone);
      call.write(message, (error: Error | null | undefined) => {
        call.off('cancelled', gone);
        if (error) fail(error);
        else settle();
      });
    });
}

export const clientLeft = (): TidemillError => new TidemillError('cancelled', 'the client has ended the call');
