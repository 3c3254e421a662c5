import { connect, type Socket } from 'node:net';
import type { ArrowMessage } from '../../columnar/arrow-message.ts';
import { ipcBodyBytes } from '../../columnar/arrow-parts.ts';
import type { IpcPart } from '../../columnar/table-content.ts';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { clientLeft } from './calls.ts';
import { connectToClient, unreachable } from './local-connection.ts';

/**
 * Arrow IPC streams over a socket of this machine, on which the client listens: the way of rows for those who need no network, without gRPC's copies and
 * frames. What is said of them (which rows, and errors) is said by the action that asks for them.
 */

const endOfStream = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
const padded = (bytes: number): number => (bytes + 7) & ~7;

/** A socket that the client listens on, written message by message. */
export class SocketOutput {
  readonly #socket: Socket;
  /** Two that take turns: one is written while the next message is made in the other. */
  readonly #buffers: Buffer[] = [Buffer.alloc(0), Buffer.alloc(0)];
  readonly #written: Promise<void>[] = [Promise.resolve(), Promise.resolve()];
  #turn = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** `left` is called when the client closes its end. @throws TidemillError `flight-protocol` when nobody listens. */
  static async open(path: string, left: () => void): Promise<SocketOutput> {
    const socket = await connectToClient(path, left);
    // nothing is expected: reading is how an end is noticed
    socket.resume();
    return new SocketOutput(socket);
  }

  schema(header: Uint8Array): Promise<void> {
    return this.message({ header, bodyBytes: 0, writeBody: () => undefined });
  }

  /** Takes a copy at once; settles when there is room for the next. */
  async message({ header, bodyBytes, writeBody }: ArrowMessage): Promise<void> {
    const headerBytes = padded(header.length);
    const size = 8 + headerBytes + bodyBytes;
    const turn = this.#turn;
    this.#turn = 1 - turn;
    if (this.#buffers[turn]!.length < size) this.#buffers[turn] = Buffer.allocUnsafeSlow(size + (size >> 1));
    const target = this.#buffers[turn]!;
    target.writeInt32LE(-1, 0);
    target.writeInt32LE(headerBytes, 4);
    target.set(header, 8);
    target.fill(0, 8 + header.length, 8 + headerBytes);
    writeBody(target, 8 + headerBytes);
    const written = this.#write(target.subarray(0, size));
    // whoever waits for it hears of it
    written.catch(() => undefined);
    this.#written[turn] = written;
    await this.#written[1 - turn];
  }

  /** The end of the stream, and of the socket. */
  async end(): Promise<void> {
    await Promise.all(this.#written);
    await this.#write(endOfStream);
    this.#socket.end();
  }

  /** Ends it without the mark of the stream's end. */
  destroy(): void {
    this.#socket.destroy();
  }

  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((settle, fail) => {
      this.#socket.write(bytes, error => (error ? fail(clientLeft()) : settle()));
    });
  }
}

/**
 * Reads a stream from the client's socket straight into memory that threads share; `take` gets each message.
 *
 * @throws TidemillError `flight-protocol` for what is no such stream, `cancelled` when it breaks off, and what `take` throws.
 */
export function readSocket(
  path: string,
  take: (part: IpcPart) => void,
  onCancel: (act: () => void) => () => void,
): Promise<void> {
  return new Promise((settle, fail) => {
    const reader = new StreamReader(take);
    const socket = connect({
      path,
      onread: {
        buffer: () => reader.room,
        callback(bytes) {
          try {
            reader.filled(bytes);
            // the client may wait for our answer before it closes
            if (reader.ended) socket.destroy();
          } catch (error) {
            fail(error);
            socket.destroy();
          }
          return true;
        },
      },
    });
    const taken = onCancel(() => socket.destroy());
    let connected = false;
    socket.once('connect', () => {
      connected = true;
    });
    socket.once('error', error => fail(connected ? clientLeft() : unreachable(path, error)));
    socket.once('close', () => {
      taken();
      if (reader.ended) settle();
      else fail(clientLeft());
    });
  });
}

/** What comes next of a stream, where it goes, and what is done with it. */
class StreamReader {
  ended = false;
  /** Where the next bytes go: what is left of the part that is being read. */
  room: Uint8Array<ArrayBuffer>;
  readonly #take: (part: IpcPart) => void;
  readonly #prefix = new Uint8Array(8);
  #header: Uint8Array<ArrayBuffer> | undefined;
  #body: Uint8Array<ArrayBuffer> | undefined;

  constructor(take: (part: IpcPart) => void) {
    this.#take = take;
    this.room = this.#prefix;
  }

  filled(bytes: number): void {
    this.room = this.room.subarray(bytes);
    if (this.room.length === 0) this.#next();
  }

  #next(): void {
    if (this.#header === undefined) {
      const view = new DataView(this.#prefix.buffer);
      const size = view.getInt32(4, true);
      if (this.ended || view.getInt32(0, true) !== -1 || size < 0 || size > limits.flightMessageBytesMax) throw notAStream();
      if (size > 0) {
        this.#header = new Uint8Array(size);
        this.room = this.#header;
        return;
      }
      this.ended = true;
      this.room = this.#prefix;
      return;
    }
    if (this.#body === undefined) {
      const size = ipcBodyBytes(this.#header);
      if (!(size >= 0) || size > limits.flightMessageBytesMax) throw notAStream();
      // typed as it is for those who read into it; Node takes shared memory as well
      this.#body = new Uint8Array(new SharedArrayBuffer(size) as unknown as ArrayBuffer);
      this.room = this.#body;
      if (size > 0) return;
    }
    const part = { header: this.#header, body: this.#body };
    this.#header = undefined;
    this.#body = undefined;
    this.room = this.#prefix;
    this.#take(part);
  }
}

const notAStream = (): TidemillError =>
  new TidemillError('flight-protocol', 'what comes from the socket is no stream of Arrow, or a message of it is too large', {
    hint: `send record batches of less than ${limits.flightMessageBytesMax} bytes`,
  });
