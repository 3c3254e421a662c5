import { schemaHeader, schemaMessage } from '../../columnar/arrow-schema-message.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import type { CallContext, Write } from './calls.ts';
import { flightData, schemaData } from './flight-data.ts';
import {
  CreatedPreparedStatement,
  commandOf,
  FlightDescriptor,
  FlightInfo,
  Handle,
  PollInfo,
  SchemaResult,
  StatementText,
  Ticket,
  wrapped,
} from './messages.ts';
import { isMetadataCommand, metadataStream } from './metadata-commands.ts';
import { NearOutput, type ResultOutput } from './near-output.ts';
import { preparedOf, prepareStatement, runPrepared } from './prepared.ts';
import type { ResultStream } from './result-stream.ts';
import { flightSchemaOf } from './schemas.ts';
import { type FlightSession, type FlightSessions, unknownHandle } from './sessions.ts';
import { type Outcome, outcomeSchema, outcomeStream, runStatements, scriptOf } from './statements.ts';

/** Of DoGet: the socket that the client listens on for rows that are many, and whether its query has to end. */
const socketHeader = 'tidemill-socket-bin';
const endsHeader = 'tidemill-ends';

/** Queries, prepared statements and what is told of the catalog: GetFlightInfo, GetSchema and DoGet. */
export class Queries {
  readonly #sessions: FlightSessions;
  readonly #baseDirectory: string;

  constructor(sessions: FlightSessions, baseDirectory: string) {
    this.#sessions = sessions;
    this.#baseDirectory = baseDirectory;
  }

  /** Plans a query, or runs what is none, and gives the ticket of its rows. */
  async flightInfo(request: Uint8Array, { flightSession, onCancel }: CallContext): Promise<Buffer> {
    const descriptor = FlightDescriptor.decode(request);
    const { name, value } = requireCommand(descriptor.cmd);
    if (isMetadataCommand(name)) {
      const { schema } = await metadataStream(name, value, flightSession.session);
      return info(descriptor, schemaMessage(schema), Ticket.encode({ ticket: descriptor.cmd }));
    }
    const jobsBefore = new Set(flightSession.session.running());
    const taken = onCancel(() => {
      for (const job of flightSession.session.running()) if (!jobsBefore.has(job)) void job.cancel();
    });
    try {
      const outcome = await this.#run(name, value, flightSession);
      return this.#ticketOf(outcome, descriptor, flightSession);
    } finally {
      taken();
    }
  }

  #run(name: string, value: Uint8Array, flightSession: FlightSession, ends = false): Promise<Outcome> {
    switch (name) {
      case 'CommandStatementQuery': {
        const { query, transactionId } = StatementText.decode(value);
        if (transactionId !== undefined) throw noTransactions();
        return runStatements(flightSession.session, { ...scriptOf(query, this.#baseDirectory), ends });
      }
      case 'CommandPreparedStatementQuery': {
        const owner = this.#sessions.ofHandle(Buffer.from(Handle.decode(value).handle).toString());
        return runPrepared(owner.session, preparedOf(owner, Handle.decode(value).handle), this.#baseDirectory);
      }
      case 'CommandStatementSubstraitPlan':
        throw notSupported('Substrait plans', undefined, 'send the query as SQL');
      default:
        throw notSupported(`the command ${name}`);
    }
  }

  #ticketOf(outcome: Outcome, descriptor: ReturnType<typeof FlightDescriptor.decode>, flightSession: FlightSession): Buffer {
    if (outcome.kind === 'insert') flightSession.jobs.push(outcome.job);
    const handle = flightSession.addTicket({ open: () => outcomeStream(flightSession.session, outcome) });
    const schema = schemaMessage(flightSchemaOf(outcomeSchema(outcome)));
    const ticket = wrapped('TicketStatementQuery', Handle.encode({ handle: Buffer.from(handle) }));
    const about = { kind: outcome.kind, notes: flightSession.takeNotes() };
    return info(descriptor, schema, Ticket.encode({ ticket }), Buffer.from(JSON.stringify(about)));
  }

  /** Statements are planned at once, so that there is nothing to wait for. */
  async pollInfo(request: Uint8Array, context: CallContext): Promise<Buffer> {
    return PollInfo.encode({ info: FlightInfo.decode(await this.flightInfo(request, context)), progress: 1 });
  }

  /** The columns a command's rows have, without running it. */
  async schema(request: Uint8Array, { flightSession }: CallContext): Promise<Buffer> {
    const { name, value } = requireCommand(FlightDescriptor.decode(request).cmd);
    if (isMetadataCommand(name))
      return SchemaResult.encode({ schema: schemaMessage((await metadataStream(name, value, flightSession.session)).schema) });
    if (name !== 'CommandStatementQuery') throw notSupported(`the schema of ${name}`);
    const { query } = StatementText.decode(value);
    const created = await prepareStatement(flightSession, query, this.#baseDirectory);
    const { handle, datasetSchema } = CreatedPreparedStatement.decode(created);
    flightSession.prepared.delete(Buffer.from(handle).toString());
    return SchemaResult.encode({ schema: datasetSchema.length > 0 ? datasetSchema : schemaMessage(flightSchemaOf([])) });
  }

  /** The rows of a ticket. */
  async read(request: Uint8Array, write: Write, context: CallContext): Promise<void> {
    const { ticket } = Ticket.decode(request);
    const path = context.header(socketHeader);
    if (path === undefined) {
      const output: ResultOutput = {
        schema: header => write(schemaData(header)),
        message: message => write(flightData(message)),
      };
      return this.#send(ticket, output, context);
    }
    context.flightSession.allowPath(path, this.#baseDirectory);
    const left = new AbortController();
    const output = new NearOutput(write, path, () => left.abort());
    const taken = context.onCancel(() => left.abort());
    try {
      await this.#send(ticket, output, {
        ...context,
        onCancel(act) {
          left.signal.addEventListener('abort', act);
          if (left.signal.aborted) act();
          return () => left.signal.removeEventListener('abort', act);
        },
      });
      await output.end();
    } catch (error) {
      output.destroy();
      throw error;
    } finally {
      taken();
    }
  }

  async #send(ticket: Uint8Array, output: ResultOutput, context: CallContext): Promise<void> {
    const { name, value } = requireCommand(ticket);
    if (isMetadataCommand(name)) return send(await metadataStream(name, value, context.flightSession.session), output, context);
    if (name === 'TicketStatementQuery') {
      const handle = Buffer.from(Handle.decode(value).handle).toString();
      const ticketed = this.#sessions.ofHandle(handle).tickets.get(handle);
      if (ticketed === undefined) throw unknownHandle();
      return send(ticketed.open(), output, context, ticketed);
    }
    // a client may fetch a prepared statement's rows by its command, and those of a query by its text
    const outcome = await this.#run(name, value, context.flightSession, context.header(endsHeader) === 'true');
    return send(outcomeStream(context.flightSession.session, outcome), output, context);
  }
}

/** Sends a stream's schema and batches; the client's leaving ends the stream, and so its job. */
async function send(
  stream: ResultStream,
  output: ResultOutput,
  { onCancel }: CallContext,
  ticketed?: { cancel?: (() => Promise<void>) | undefined },
): Promise<void> {
  await output.schema(schemaHeader(stream.schema));
  const messages = stream.messages()[Symbol.asyncIterator]();
  let cancelled = false;
  let stop = (): void => undefined;
  const stopped = new Promise<undefined>(settle => {
    stop = () => {
      cancelled = true;
      settle(undefined);
    };
  });
  const taken = onCancel(stop);
  if (ticketed !== undefined) ticketed.cancel = async () => stop();
  try {
    for (;;) {
      const next = await Promise.race([messages.next(), stopped]);
      if (next === undefined) break;
      if (next.done === true) return;
      await output.message(next.value);
    }
  } finally {
    taken();
    if (ticketed !== undefined) ticketed.cancel = undefined;
    // a stream that waits for its next batch does not hear of its end before that comes
    void stream.cancel?.();
    if (!cancelled) await messages.return?.();
    else void messages.return?.();
  }
  throw new TidemillError('cancelled', 'the query was cancelled');
}

/** What a descriptor or ticket asks for. */
function requireCommand(content: Uint8Array): { readonly name: string; readonly value: Uint8Array } {
  const command = commandOf(content);
  if (command !== undefined) return command;
  // plain Flight: the text of a query, as people send it by hand
  const text = Buffer.from(content).toString('utf8');
  if (content.length > 0 && !text.includes('\ufffd') && !text.includes('\0'))
    return { name: 'CommandStatementQuery', value: StatementText.encode({ query: text }) };
  throw new TidemillError('flight-protocol', 'the request names no command of Flight SQL', {
    hint: 'use a client of Arrow Flight SQL, or send the text of a query as the command',
  });
}

function info(
  descriptor: ReturnType<typeof FlightDescriptor.decode>,
  schema: Uint8Array,
  ticket: Uint8Array,
  appMetadata?: Uint8Array,
): Buffer {
  return FlightInfo.encode({
    schema,
    descriptor,
    endpoints: [{ ticket: Ticket.decode(ticket), appMetadata: new Uint8Array(0) }],
    totalRecords: -1,
    totalBytes: -1,
    ordered: true,
    ...(appMetadata !== undefined && { appMetadata }),
  });
}

export const noTransactions = (): TidemillError =>
  notSupported('transactions', undefined, 'every statement stands by itself: switch autocommit on');
