import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { Metadata, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { WorkerPool } from '../../runtime/index.ts';
import type { Script } from '../../session/contract.ts';
import { Actions } from './actions.ts';
import { Authentication } from './authentication.ts';
import { Calls } from './calls.ts';
import { statusOf } from './errors.ts';
import { exchange } from './exchange.ts';
import { widenWindows } from './http2-windows.ts';
import { HandshakeRequest, HandshakeResponse } from './messages.ts';
import { Puts } from './puts.ts';
import { Queries } from './queries.ts';
import { flightService } from './service.ts';
import { FlightSession, FlightSessions } from './sessions.ts';

/** How an Arrow Flight SQL server is opened. */
export interface FlightServerOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** 0: any that is free. */
  readonly port: number;
  /** What clients must show; none: nothing. */
  readonly tokens?: readonly string[];
  /** PEM texts. */
  readonly tls?: { readonly certificate: Buffer; readonly key: Buffer } | undefined;
  /** What relative paths in SQL are relative to. */
  readonly baseDirectory: string;
  /** Folders that statements may read and write. */
  readonly allowedPaths?: readonly string[];
  /** What each session runs first. */
  readonly init?: readonly Script[];
  /** Settings each session starts with. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Values for `'${env:NAME}'`. */
  readonly secret?: (name: string) => string | undefined;
  /** Where the print connector writes. */
  readonly output: (text: string) => void;
}

/**
 * An Arrow Flight SQL server: each client has a session of its own.
 *
 * @example
 * const server = await FlightServer.open({ port: 8815, baseDirectory: '.', output: text => process.stdout.write(text) });
 * // pyarrow.flight.connect(server.location)
 * await server.close();
 * @throws TidemillError `port-taken`, `wrong-certificate`.
 */
export class FlightServer {
  readonly location: string;
  readonly port: number;
  readonly sessions: FlightSessions;
  readonly #net: NetServer;
  readonly #grpc: Server;
  readonly #sockets: Set<Socket>;
  readonly #workers: WorkerPool;
  readonly #narrow: () => void;

  private constructor(
    location: string,
    port: number,
    sessions: FlightSessions,
    net: NetServer,
    grpc: Server,
    sockets: Set<Socket>,
    workers: WorkerPool,
  ) {
    this.location = location;
    this.port = port;
    this.sessions = sessions;
    this.#net = net;
    this.#grpc = grpc;
    this.#sockets = sockets;
    this.#workers = workers;
    this.#narrow = widenWindows(port);
  }

  static async open(options: FlightServerOptions): Promise<FlightServer> {
    const { host = '127.0.0.1', tls } = options;
    const workers = new WorkerPool(0, { output: options.output });
    const sessions = new FlightSessions(() => new FlightSession({ ...options, workers }));
    // what each session runs first is tried once, so that its errors are seen at the start
    const first = new FlightSession(options);
    await first.ready.finally(() => first.session.close());
    const grpc = new Server({
      'grpc.max_receive_message_length': limits.flightMessageBytesMax,
      'grpc.max_send_message_length': -1,
    });
    addService(grpc, sessions, options);
    const injector = grpc.createConnectionInjector(credentialsOf(tls));
    const sockets = new Set<Socket>();
    const net = createServer({ noDelay: true }, socket => {
      sockets.add(socket);
      const peer = `${socket.remoteAddress}:${socket.remotePort}`;
      socket.on('close', () => {
        sockets.delete(socket);
        sessions.left(peer);
      });
      injector.injectConnection(socket);
    });
    const port = await listen(net, host, options.port);
    const shown = host.includes(':') ? `[${host}]` : host;
    return new FlightServer(
      `grpc${tls === undefined ? '' : '+tls'}://${shown}:${port}`,
      port,
      sessions,
      net,
      grpc,
      sockets,
      workers,
    );
  }

  /** Takes no more connections, cancels what runs, and ends. */
  async close(): Promise<void> {
    const closed = new Promise<void>(settle => this.#net.close(() => settle()));
    await this.sessions.close();
    await this.#workers.close();
    this.#grpc.forceShutdown();
    for (const socket of this.#sockets) socket.destroy();
    this.#narrow();
    await closed;
  }
}

function addService(grpc: Server, sessions: FlightSessions, options: FlightServerOptions): void {
  const authentication = new Authentication(options.tokens ?? []);
  const calls = new Calls(authentication, sessions);
  const queries = new Queries(sessions, options.baseDirectory);
  const puts = new Puts(sessions, options.baseDirectory);
  const actions = new Actions(sessions, options.baseDirectory);
  grpc.addService(flightService, {
    Handshake: handshake(authentication),
    ListFlights: calls.writing(async () => undefined),
    GetFlightInfo: calls.unary((request, context) => queries.flightInfo(request, context)),
    PollFlightInfo: calls.unary((request, context) => queries.pollInfo(request, context)),
    GetSchema: calls.unary((request, context) => queries.schema(request, context)),
    DoGet: calls.writing((request, write, context) => queries.read(request, write, context)),
    DoPut: calls.duplex((requests, write, context) => puts.put(requests, write, context)),
    DoExchange: calls.duplex((requests, write, context) => exchange(requests, write, context)),
    DoAction: calls.writing((request, write, context) => actions.perform(request, write, context)),
    ListActions: calls.writing((_request, write) => actions.list(write)),
  });
}

/** A login: its token goes back as a header, and as an answer to those who sent a message. */
function handshake(authentication: Authentication) {
  return (call: ServerDuplexStream<Buffer, Buffer>): void => {
    let answered = false;
    const login = (payload: Uint8Array): void => {
      answered = true;
      try {
        const token = authentication.login(call.metadata, payload);
        const metadata = new Metadata();
        metadata.set('authorization', `Bearer ${token}`);
        call.sendMetadata(metadata);
        call.write(HandshakeResponse.encode({ payload: Buffer.from(token) }));
      } catch (error) {
        call.emit('error', statusOf(error));
      }
    };
    call.on('data', (request: Buffer) => {
      if (!answered) login(HandshakeRequest.decode(request).payload);
    });
    call.on('end', () => {
      if (!answered) login(new Uint8Array(0));
      call.end();
    });
  };
}

function credentialsOf(tls: FlightServerOptions['tls']): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  try {
    return ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }]);
  } catch (cause) {
    throw wrongCertificate(cause);
  }
}

const wrongCertificate = (cause: unknown): TidemillError =>
  new TidemillError(
    'wrong-certificate',
    `the certificate or its key cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      hint: 'both are PEM files; the key must not have a passphrase',
      cause,
    },
  );

function listen(net: NetServer, host: string, port: number): Promise<number> {
  return new Promise((settle, fail) => {
    net.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another process has it' : cause.message;
      fail(
        new TidemillError('port-taken', `cannot listen on ${host}, port ${port}: ${why}`, {
          domain: 'external',
          hint: 'choose another with --flight-port',
          cause,
        }),
      );
    });
    net.listen(port, host, () => {
      const address = net.address();
      settle(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
