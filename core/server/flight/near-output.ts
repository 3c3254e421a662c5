import type { ArrowMessage } from '../../columnar/arrow-message.ts';
import { limits } from '../../common/limits.ts';
import type { Write } from './calls.ts';
import { flightData, metadataData, schemaData } from './flight-data.ts';
import { SocketOutput } from './local-socket.ts';

/** Where the messages of a result go; a promise settles when there is room for the next. */
export interface ResultOutput {
  schema(header: Uint8Array): Promise<void>;
  message(message: ArrowMessage): Promise<void>;
}

/** What tells a client that the rows go on over its socket. */
const overSocket = Buffer.from('{"rows":"socket"}');

/**
 * For a client of this machine: the first rows go with the answer, so that few rows cost one call, and many go on over a socket that it listens on, without
 * gRPC's copies and frames. A message of metadata alone says so; then the answer waits for the end of those rows, and tells what became of them.
 */
export class NearOutput implements ResultOutput {
  readonly #write: Write;
  readonly #path: string;
  readonly #left: () => void;
  #header: Uint8Array = new Uint8Array(0);
  #sentBytes = 0;
  #socket: SocketOutput | undefined;

  /** `left` is called when the client closes its end of the socket. */
  constructor(write: Write, path: string, left: () => void) {
    this.#write = write;
    this.#path = path;
    this.#left = left;
  }

  async schema(header: Uint8Array): Promise<void> {
    this.#header = header;
    await this.#write(schemaData(header));
  }

  /** @throws TidemillError `flight-protocol` when rows are many and nobody listens, `cancelled` when the client has gone. */
  async message(message: ArrowMessage): Promise<void> {
    if (this.#socket !== undefined) return this.#socket.message(message);
    await this.#write(flightData(message));
    this.#sentBytes += message.bodyBytes;
    // now, because the next message has to be copied on the turn it comes
    if (this.#sentBytes >= limits.flightNearBytes) await this.#open();
  }

  async #open(): Promise<void> {
    this.#socket = await SocketOutput.open(this.#path, this.#left);
    await this.#write(metadataData(overSocket));
    await this.#socket.schema(this.#header);
  }

  /** The end of the rows, when all have gone. */
  async end(): Promise<void> {
    await this.#socket?.end();
  }

  /** Ends the socket without the mark of the stream's end. */
  destroy(): void {
    this.#socket?.destroy();
  }
}
