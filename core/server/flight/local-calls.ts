import type { Socket } from 'node:net';
import type { IpcPart } from '../../columnar/table-content.ts';
import { limits } from '../../common/limits.ts';
import { connectToClient } from './local-connection.ts';

/** An answer to a call: a record batch, or an error's text. */
export type LocalAnswer = { readonly call: number } & ({ readonly part: IpcPart } | { readonly error: string });

/** Bytes before each message: the call's number, 1 for an error, the number of bytes that follow (u32, little-endian). */
const headBytes = 12;
/** Before the flatbuffer of an IPC message: a mark, and its length. */
const prefixBytes = 8;

/**
 * Calls of a function over a socket of this machine, on which the client listens: each way messages of Arrow IPC behind a head of their own, without gRPC's
 * frames and copies.
 */
export class LocalCalls {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @throws TidemillError `flight-protocol` when nobody listens. */
  static async open(path: string, answered: (answer: LocalAnswer) => void, left: () => void): Promise<LocalCalls> {
    const socket = await connectToClient(path, left);
    const take = frames(answered);
    socket.on('data', (chunk: Buffer) => {
      try {
        take(chunk);
      } catch {
        // what cannot be read is as good as gone
        socket.destroy();
      }
    });
    return new LocalCalls(socket);
  }

  /** Takes a copy at once. */
  send(call: number, { header, body }: IpcPart): void {
    const size = prefixBytes + header.length + body.length;
    const message = Buffer.allocUnsafe(headBytes + size);
    message.writeUInt32LE(call, 0);
    message.writeUInt32LE(0, 4);
    message.writeUInt32LE(size, 8);
    message.writeInt32LE(-1, headBytes);
    message.writeInt32LE(header.length, headBytes + 4);
    message.set(header, headBytes + prefixBytes);
    message.set(body, headBytes + prefixBytes + header.length);
    this.#socket.write(message);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Puts chunks together to messages. @throws RangeError for what is none. */
function frames(answered: (answer: LocalAnswer) => void): (chunk: Buffer) => void {
  let waiting: Buffer[] = [];
  let length = 0;
  let wanted = headBytes;
  return chunk => {
    waiting.push(chunk);
    length += chunk.length;
    while (length >= wanted) {
      const all = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting, length);
      const size = all.readUInt32LE(8);
      if (size > limits.flightMessageBytesMax) throw new RangeError('an answer that is too long');
      wanted = headBytes + size;
      if (length < wanted) {
        waiting = [all];
        return;
      }
      answered(answerOf(all.readUInt32LE(0), all.readUInt32LE(4), all.subarray(headBytes, wanted)));
      const rest = all.subarray(wanted);
      waiting = rest.length === 0 ? [] : [rest];
      length = rest.length;
      wanted = headBytes;
    }
  };
}

function answerOf(call: number, kind: number, content: Buffer): LocalAnswer {
  if (kind === 1) return { call, error: content.toString('utf8') };
  const headerBytes = content.readInt32LE(4);
  if (content.readInt32LE(0) !== -1 || headerBytes < 0 || prefixBytes + headerBytes > content.length)
    throw new RangeError('no message of Arrow IPC');
  const header = content.subarray(prefixBytes, prefixBytes + headerBytes);
  return { call, part: { header, body: content.subarray(prefixBytes + headerBytes) } };
}
