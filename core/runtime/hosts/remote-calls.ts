import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { ArrowMessage } from '../../columnar/arrow-message.ts';
import type { IpcPart } from '../../columnar/table-content.ts';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { RemoteChannel } from '../../udf/remote-udf.ts';
import { type FailureData, failureFromData, failureToData } from './worker-messages.ts';

/** A task's way to a function of another process, which the thread of the session has. */
export interface RemoteLine {
  /** The function, as plans call it. */
  readonly key: string;
  readonly port: MessagePort;
  /** One word, which counts the answers that lie on the port. */
  readonly answered: SharedArrayBuffer;
}

interface Request {
  readonly header: Uint8Array;
  readonly bodyBytes: number;
  /** Holds the body, and then, where there is room, the answer's. */
  readonly room: SharedArrayBuffer;
}

type Answer = { readonly header: Uint8Array; readonly body: Uint8Array | number } | { readonly failure: FailureData };

/**
 * The end on a worker: sends, and sleeps until the answer is there. The thread does nothing else meanwhile; `isEnding` is asked now and then, so that a
 * job can be ended whatever the function does.
 */
export class BlockingChannel implements RemoteChannel {
  readonly #port: MessagePort;
  readonly #answered: Int32Array<SharedArrayBuffer>;
  readonly #isEnding: () => boolean;
  #room = new SharedArrayBuffer(limits.remoteCallRoomBytes);

  constructor(key: string, open: (line: RemoteLine) => void, isEnding: () => boolean) {
    const { port1, port2 } = new MessageChannel();
    const answered = new SharedArrayBuffer(4);
    this.#port = port1;
    this.#answered = new Int32Array(answered);
    this.#isEnding = isEnding;
    open({ key, port: port2, answered });
  }

  ask({ header, bodyBytes, writeBody }: ArrowMessage): IpcPart {
    if (bodyBytes > this.#room.byteLength) this.#room = new SharedArrayBuffer(2 * bodyBytes);
    writeBody(new Uint8Array(this.#room), 0);
    const before = Atomics.load(this.#answered, 0);
    this.#port.postMessage({ header, bodyBytes, room: this.#room } satisfies Request);
    while (Atomics.wait(this.#answered, 0, before, limits.remoteCallLookMs) === 'timed-out')
      if (this.#isEnding()) throw new TidemillError('cancelled', 'the job has been ended');
    const { message } = receiveMessageOnPort(this.#port) as { message: Answer };
    if ('failure' in message) throw failureFromData(message.failure).error;
    const { body } = message;
    return { header: message.header, body: typeof body === 'number' ? new Uint8Array(this.#room, 0, body) : body };
  }

  close(): void {
    this.#port.close();
  }
}

/** The end on the thread of the session: answers one request after the other until the worker has closed the port. */
export function serveRemoteLine({ port, answered }: RemoteLine, answer: (request: IpcPart) => Promise<IpcPart>): void {
  const word = new Int32Array(answered);
  const reply = (message: Answer): void => {
    port.postMessage(message);
    Atomics.add(word, 0, 1);
    Atomics.notify(word, 0);
  };
  const serve = async ({ header, bodyBytes, room }: Request): Promise<void> => {
    try {
      const given = await answer({ header, body: new Uint8Array(room, 0, bodyBytes) });
      const { length } = given.body;
      const fits = length <= room.byteLength;
      if (fits) new Uint8Array(room).set(given.body);
      // what is posted is all that a view's buffer holds
      reply({ header: new Uint8Array(given.header), body: fits ? length : new Uint8Array(given.body) });
    } catch (cause) {
      reply({ failure: failureToData({ error: known(cause), stageId: '', subtask: 0, operatorId: undefined }) });
    }
  };
  port.on('message', (request: Request) => void serve(request));
  port.unref();
}

const known = (cause: unknown): TidemillError =>
  cause instanceof TidemillError
    ? cause
    : new TidemillError('udf-process', `a function of another process could not be asked: ${String(cause)}`, {
        domain: 'external',
        cause,
      });
