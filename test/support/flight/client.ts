import { Client, type ClientReadableStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { type RecordBatch, tableFromIPC } from 'apache-arrow';
import type { IpcPart } from '../../../core/columnar/table-content.ts';
import {
  Action,
  FlightData,
  FlightDescriptor,
  FlightInfo,
  PutResult,
  Result,
  SchemaResult,
  StatementText,
  Ticket,
  UpdateResult,
  wrapped,
} from '../../../core/server/flight/messages.ts';

const path = (name: string): string => `/arrow.flight.protocol.FlightService/${name}`;
const asItIs = (bytes: Buffer): Buffer => bytes;
const statement = (name: string, query: string): Buffer =>
  FlightDescriptor.encode({ type: 2, cmd: wrapped(name, StatementText.encode({ query })) });

/** A small client of Flight SQL, with its own session by name; the real ones are tried in test/servers. */
export class FlightTestClient {
  readonly #client: Client;
  readonly metadata = new Metadata();

  constructor(port: number, headers: Readonly<Record<string, string>> = {}) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
    });
    for (const [key, value] of Object.entries(headers)) this.metadata.set(key, value);
  }

  call(method: string, request: Uint8Array): Promise<Buffer> {
    return new Promise((settle, fail) => {
      this.#client.makeUnaryRequest(path(method), asItIs, asItIs, Buffer.from(request), this.metadata, (error, value) =>
        error === null ? settle(value!) : fail(error),
      );
    });
  }

  stream(method: string, request: Uint8Array, metadata = this.metadata): ClientReadableStream<Buffer> {
    return this.#client.makeServerStreamRequest(path(method), asItIs, asItIs, Buffer.from(request), metadata);
  }

  async info(query: string) {
    return FlightInfo.decode(await this.call('GetFlightInfo', statement('CommandStatementQuery', query)));
  }

  async schema(query: string): Promise<Uint8Array> {
    return SchemaResult.decode(await this.call('GetSchema', statement('CommandStatementQuery', query))).schema;
  }

  open(info: Pick<ReturnType<typeof FlightInfo.decode>, 'endpoints'>): ClientReadableStream<Buffer> {
    return this.stream('DoGet', Ticket.encode(info.endpoints[0]!.ticket!));
  }

  /** All rows as objects, and the batches they came in. */
  async query(query: string) {
    return this.read(await this.info(query));
  }

  async read(info: Pick<ReturnType<typeof FlightInfo.decode>, 'endpoints'>) {
    const parts: IpcPart[] = [];
    for await (const message of this.open(info)) parts.push(FlightData.decode(message as Buffer));
    return tableOf(parts);
  }

  /** The rows of a query that come with the answer, and what is said besides, when those that are many may go over a socket. */
  async near(query: string, headers: Readonly<Record<string, string>>) {
    const metadata = this.metadata.clone();
    for (const [key, value] of Object.entries(headers)) metadata.set(key, key.endsWith('-bin') ? Buffer.from(value) : value);
    const parts: IpcPart[] = [];
    const told: string[] = [];
    for await (const message of this.stream('DoGet', Ticket.encode({ ticket: Buffer.from(query) }), metadata)) {
      const { header, body, appMetadata } = FlightData.decode(message as Buffer);
      if (appMetadata.length > 0) told.push(Buffer.from(appMetadata).toString());
      else parts.push({ header, body });
    }
    return { ...tableOf(parts), told };
  }

  async update(query: string): Promise<number> {
    const [result] = await this.put(statement('CommandStatementUpdate', query), []);
    return UpdateResult.decode(PutResult.decode(result!).appMetadata).recordCount;
  }

  put(descriptor: Uint8Array, parts: readonly IpcPart[]): Promise<Buffer[]> {
    return new Promise((settle, fail) => {
      const call = this.#client.makeBidiStreamRequest(path('DoPut'), asItIs, asItIs, this.metadata);
      const results: Buffer[] = [];
      call.on('data', (message: Buffer) => results.push(message));
      call.on('error', fail);
      call.on('end', () => settle(results));
      const messages = parts.length > 0 ? parts : [{ header: new Uint8Array(0), body: new Uint8Array(0) }];
      for (const [index, part] of messages.entries())
        call.write(FlightData.encode({ ...part, ...(index === 0 && { descriptor: FlightDescriptor.decode(descriptor) }) }));
      call.end();
    });
  }

  async action(type: string, body: Uint8Array | object = new Uint8Array(0)): Promise<Buffer[]> {
    const content = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
    const results: Buffer[] = [];
    for await (const message of this.stream('DoAction', Action.encode({ type, body: content })))
      results.push(Buffer.from(Result.decode(message as Buffer).body));
    return results;
  }

  async json(type: string, body: object = {}): Promise<unknown> {
    return JSON.parse((await this.action(type, body))[0]!.toString());
  }

  close(): void {
    this.#client.close();
  }
}

export type FlightError = ServiceError;

/** Messages as apache-arrow reads them. */
export function tableOf(parts: readonly IpcPart[]) {
  const chunks = parts.flatMap(({ header, body }) => {
    const prefix = Buffer.alloc(8);
    prefix.writeInt32LE(-1, 0);
    prefix.writeInt32LE(header.length, 4);
    return [prefix, Buffer.from(header), Buffer.from(body)];
  });
  const table = tableFromIPC(Buffer.concat(chunks));
  return {
    table,
    batches: table.batches.map((batch: RecordBatch) => batch.numRows),
    rows: table.toArray().map(row => row!.toJSON() as Record<string, unknown>),
  };
}
