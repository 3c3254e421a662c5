import { createRequire } from 'node:module';
import { isIP, connect as netConnect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';
import { TidemillError } from '../../../common/errors.ts';
import { AnswerReader } from './answer-reader.ts';
import { connectionError } from './connection-errors.ts';
import { WireReader, WireWriter } from './wire.ts';

export interface SaslOptions {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly username: string;
  readonly password: string;
}
export interface TransportOptions {
  readonly clientId: string;
  readonly tls: ConnectionOptions | undefined;
  readonly sasl: SaslOptions | undefined;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}
export interface ApiVersionRange {
  readonly min: number;
  readonly max: number;
}

/** What is used of kafkajs 2.2.4 (pinned exactly: these are not its public parts): a connection with TLS, SASL and correlation of answers. */
interface KafkajsConnection {
  versions: unknown;
  readonly requestQueue: {
    readonly pending: readonly unknown[];
    throttledUntil: number;
    scheduleCheckPendingRequests(): void;
    checkPendingRequests(): void;
    destroy(): void;
    fulfillRequest(answer: { size: number; correlationId: number; payload: Buffer }): void;
    push(request: {
      entry: {
        readonly apiKey: number;
        readonly apiName: string;
        readonly apiVersion: number;
        readonly correlationId: number;
        resolve(answer: { payload: Buffer }): void;
        reject(error: unknown): void;
      };
      expectResponse: boolean;
      requestTimeout: number | null;
      sendRequest(): void;
    }): void;
  };
  nextCorrelationId(): number;
  isAuthenticated(): boolean;
  readonly socket: Pick<Socket, 'cork' | 'uncork' | 'write' | 'destroy'> | undefined;
  /** While an authentication without frames is under way (brokers of before 1.0). */
  readonly authHandlers: object | null;
  processData(data: Buffer): void;
  connect(): Promise<unknown>;
  isConnected(): boolean;
  authenticate(): Promise<void>;
  setVersions(versions: unknown): void;
  setSupportAuthenticationProtocol(supported: boolean): void;
  rejectRequests(error: Error): void;
}
interface Kafkajs {
  readonly Connection: new (options: Readonly<Record<string, unknown>>) => KafkajsConnection;
  readonly logger: unknown;
}
/** What kafkajs asks a socket for. */
interface SocketRequest {
  readonly host: string;
  readonly port: number;
  readonly ssl: ConnectionOptions | null;
  onConnect(): void;
}

let loaded: Kafkajs | undefined;
/** Loaded with the first connection: it takes longer than answering a query. */
function kafkajs(): Kafkajs {
  if (loaded !== undefined) return loaded;
  const load = createRequire(import.meta.url);
  const silent = { info() {}, error() {}, warn() {}, debug() {}, namespace: () => silent };
  loaded = {
    Connection: load('kafkajs/src/network/connection') as Kafkajs['Connection'],
    logger: silent,
  };
  return loaded;
}

const apiVersionsKey = 18;
const saslHandshakeKey = 17;
const saslAuthenticateKey = 36;

/**
 * One connection to one broker. Made anew after it broke; requests in flight then fail as `server-unreachable`. Requests are answered in order,
 * so that a request the broker holds back (a fetch that waits) holds back what follows on the same connection.
 */
export class Transport {
  readonly address: string;
  readonly #options: TransportOptions;
  readonly #host: string;
  readonly #port: number;
  #connection: KafkajsConnection | undefined;
  #connecting: Promise<KafkajsConnection> | undefined;
  #versions: ReadonlyMap<number, ApiVersionRange> = new Map();
  #features: ReadonlyMap<string, number> = new Map();
  /** Told of a long answer while it arrives. */
  #arriving: ((part: Buffer) => void) | undefined;
  #closed = false;

  constructor(host: string, port: number, options: TransportOptions) {
    this.address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    this.#host = host;
    this.#port = port;
    this.#options = options;
  }

  /** Versions of each API that the broker speaks; empty before the first request. */
  get versions(): ReadonlyMap<number, ApiVersionRange> {
    return this.#versions;
  }
  /** Finalised features of the cluster, such as `transaction.version`; empty before the first request. */
  get features(): ReadonlyMap<string, number> {
    return this.#features;
  }

  /**
   * Sends a request and gives its answer, behind the header. The body may be in parts, which must not change before the answer is there. `flexible`:
   * the version has tagged fields in its headers. `arriving`: given what is there of a long answer, also behind the header, each time there is more of
   * it; for connections with one request at a time.
   * @throws TidemillError `server-unreachable`, `tls-failed`, `authentication-failed`.
   */
  async request(
    apiKey: number,
    version: number,
    body: Uint8Array | readonly Uint8Array[],
    flexible = false,
    timeoutMs?: number,
    arriving?: (part: Buffer) => void,
  ): Promise<WireReader> {
    const connection = await this.#connected();
    this.#arriving = arriving;
    const payload = await this.#exchange(connection, apiKey, version, body, { flexible, timeoutMs });
    const reader = new WireReader(payload!);
    if (flexible) reader.tags();
    return reader;
  }

  /** Sends a request that has no answer: a produce with acks 0. */
  async tell(apiKey: number, version: number, body: Uint8Array): Promise<void> {
    await this.#exchange(await this.#connected(), apiKey, version, body, { answered: false });
  }

  /** Connects, when it is not yet. */
  async connect(): Promise<void> {
    await this.#connected();
  }

  close(): void {
    this.#closed = true;
    this.#drop(this.#connection);
  }

  /** kafkajs keeps what is under way and the time it takes; what is sent goes to the socket as it is, without its encoders' copies. */
  async #exchange(
    connection: KafkajsConnection,
    apiKey: number,
    version: number,
    body: Uint8Array | readonly Uint8Array[],
    options: { readonly flexible?: boolean; readonly timeoutMs?: number | undefined; readonly answered?: boolean } = {},
  ): Promise<Buffer | undefined> {
    const { flexible = false, timeoutMs, answered = true } = options;
    try {
      // a session may have to be begun anew
      if (apiKey !== apiVersionsKey && apiKey !== saslHandshakeKey && !connection.isAuthenticated())
        await connection.authenticate();
      if (!connection.isConnected()) throw new Error('the connection was closed');
      const correlationId = connection.nextCorrelationId();
      const parts = body instanceof Uint8Array ? [body] : body;
      const head = new WireWriter(64).int32(0).int16(apiKey).int16(version).int32(correlationId).string(this.#options.clientId);
      if (flexible) head.tags();
      head.bytes.writeInt32BE(parts.reduce((sum, part) => sum + part.length, head.bytes.length - 4));
      const answer = await new Promise<{ payload: Buffer }>((resolve, reject) =>
        connection.requestQueue.push({
          entry: { apiKey, apiName: `API ${apiKey}`, apiVersion: version, correlationId, resolve, reject },
          expectResponse: answered,
          requestTimeout: timeoutMs ?? null,
          sendRequest() {
            const { socket } = connection;
            socket?.cork();
            socket?.write(head.bytes);
            for (const part of parts) socket?.write(part);
            socket?.uncork();
          },
        }),
      );
      return answered ? answer.payload : undefined;
    } catch (error) {
      // A request that was not answered in time leaves the connection in an unknown state, too.
      this.#drop(connection);
      throw this.#error(error);
    }
  }

  async #connected(): Promise<KafkajsConnection> {
    if (this.#closed) throw connectionError(new Error('the connection was closed'), this.address, this.#options);
    if (this.#connection?.isConnected() === true) return this.#connection;
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #open(): Promise<KafkajsConnection> {
    const { Connection, logger } = kafkajs();
    const { clientId, tls, sasl, connectTimeoutMs, requestTimeoutMs } = this.#options;
    const answers = new AnswerReader(
      answer =>
        connection.requestQueue.fulfillRequest({
          size: answer.length,
          correlationId: answer.readInt32BE(0),
          payload: answer.subarray(4),
        }),
      part => this.#arriving?.(part.subarray(4)),
    );
    const socketFactory = (asked: SocketRequest): Socket =>
      openSocket(
        asked,
        () => answers.room(),
        count => {
          if (connection.authHandlers === null) answers.received(count);
          else connection.processData(Buffer.from(answers.room().subarray(0, count)));
        },
      );
    const connection: KafkajsConnection = new Connection({
      host: this.#host,
      port: this.#port,
      logger,
      socketFactory,
      clientId,
      ssl: tls ?? null,
      sasl: sasl === undefined ? null : { ...sasl, mechanism: sasl.mechanism.toLowerCase() },
      connectionTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      enforceRequestTimeout: true,
    });
    const queue = connection.requestQueue;
    const check = queue.scheduleCheckPendingRequests.bind(queue);
    // kafkajs looks at the empty queue every millisecond for ever after the first answer.
    queue.scheduleCheckPendingRequests = () => {
      if (queue.pending.length > 0) check();
    };
    try {
      await connection.connect();
      if (this.#versions.size === 0) await this.#learnVersions(connection);
      connection.setVersions(
        Object.fromEntries([...this.#versions].map(([key, { min, max }]) => [key, { minVersion: min, maxVersion: max }])),
      );
      connection.setSupportAuthenticationProtocol(this.#versions.has(saslAuthenticateKey));
      await connection.authenticate();
    } catch (error) {
      this.#drop(connection);
      if (sasl !== undefined && (error as { type?: unknown }).type === 'UNSUPPORTED_SASL_MECHANISM')
        throw await this.#mechanismError(sasl.mechanism);
      throw this.#error(error);
    }
    if (this.#closed) this.#drop(connection);
    this.#connection = connection;
    return connection;
  }

  async #learnVersions(connection: KafkajsConnection): Promise<void> {
    const body = new WireWriter().compactString('tidemill').compactString('1').tags().bytes;
    let reader = new WireReader((await this.#exchange(connection, apiVersionsKey, 3, body, { flexible: true }))!);
    const versions = new Map<number, ApiVersionRange>();
    const features = new Map<string, number>();
    if (reader.int16() === 35) {
      // A broker of before 2.4 answers in the first version's form.
      reader = new WireReader((await this.#exchange(connection, apiVersionsKey, 0, Buffer.alloc(0)))!);
      reader.int16();
      reader.array(() => versions.set(reader.int16(), { min: reader.int16(), max: reader.int16() }));
    } else {
      reader.compactArray(() => {
        versions.set(reader.int16(), { min: reader.int16(), max: reader.int16() });
        reader.tags();
      });
      reader.int32();
      reader.tags((tag, field) => {
        if (tag !== 2) return;
        field.compactArray(() => {
          const name = field.compactString()!;
          features.set(name, field.int16());
          field.int16();
          field.tags();
        });
      });
    }
    this.#versions = versions;
    this.#features = features;
  }

  /** Which mechanisms there are: the broker has closed the connection on which it refused one. */
  async #mechanismError(mechanism: string): Promise<TidemillError> {
    const offered: string[] = [];
    const asking = new Transport(this.#host, this.#port, { ...this.#options, sasl: undefined });
    try {
      const reader = await asking.request(saslHandshakeKey, 1, new WireWriter().string(mechanism).bytes);
      reader.int16();
      offered.push(...reader.array(() => reader.string()!));
    } catch {
      // The list is help only.
    } finally {
      asking.close();
    }
    return new TidemillError(
      'authentication-failed',
      `the broker at ${this.address} does not offer the SASL mechanism ${mechanism}`,
      {
        domain: 'external',
        hint:
          offered.length === 0
            ? "See the broker's sasl.enabled.mechanisms."
            : `'properties.sasl.mechanism' can be ${offered.join(', ')} there.`,
      },
    );
  }

  #drop(connection: KafkajsConnection | undefined): void {
    if (connection === undefined) return;
    if (this.#connection === connection) this.#connection = undefined;
    connection.requestQueue.destroy();
    connection.rejectRequests(new Error('the connection was closed'));
    connection.socket?.destroy();
  }

  #error(error: unknown): TidemillError {
    return error instanceof TidemillError ? error : connectionError(error, this.address, this.#options);
  }
}

/** A socket that reads to where it is told. */
function openSocket(
  { host, port, ssl, onConnect }: SocketRequest,
  room: () => Buffer,
  received: (count: number) => void,
): Socket {
  const onread = {
    buffer: room,
    callback(count: number): boolean {
      received(count);
      return true;
    },
  };
  const options = { host, port, onread, noDelay: true };
  // TLS sockets take `onread` as well, which their type does not say
  const secure: ConnectionOptions = { ...options, ...(isIP(host) === 0 && { servername: host }), ...ssl };
  const socket = ssl === null ? netConnect(options, onConnect) : tlsConnect(secure, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
  return socket;
}

const keepAliveMs = 60_000;
