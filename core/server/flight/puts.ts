import { batchOfArrow } from '../../columnar/arrow.ts';
import { IpcParts } from '../../columnar/arrow-parts.ts';
import { readRows } from '../../columnar/read-values.ts';
import type { Schema } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { loadKernels } from '../../kernels/index.ts';
import { TaskMemory } from '../../wasm/memory.ts';
import type { CallContext, Write } from './calls.ts';
import { Ingest, ingestMode, tableOfPath } from './ingest.ts';
import {
  CommandStatementIngest,
  commandOf,
  FlightData,
  Handle,
  PreparedStatementResult,
  PutResult,
  StatementText,
  UpdateResult,
} from './messages.ts';
import { preparedOf, runWith } from './prepared.ts';
import { noTransactions } from './queries.ts';
import type { FlightSession, FlightSessions } from './sessions.ts';
import { type Outcome, rowsWritten, runStatements, scriptOf } from './statements.ts';

type Data = ReturnType<typeof FlightData.decode>;

/** What clients send: updates, parameters of prepared statements, and rows for tables in memory (DoPut). */
export class Puts {
  readonly #sessions: FlightSessions;
  readonly #baseDirectory: string;

  constructor(sessions: FlightSessions, baseDirectory: string) {
    this.#sessions = sessions;
    this.#baseDirectory = baseDirectory;
  }

  async put(requests: AsyncIterable<Buffer>, write: Write, { flightSession, onCancel }: CallContext): Promise<void> {
    const messages = decoded(requests);
    const first = await messages.next();
    if (first.done === true) throw new TidemillError('flight-protocol', 'nothing was put');
    const { descriptor } = first.value;
    const command = commandOf(descriptor?.cmd ?? new Uint8Array(0));
    const jobsBefore = new Set(flightSession.session.running());
    const taken = onCancel(() => {
      for (const job of flightSession.session.running()) if (!jobsBefore.has(job)) void job.cancel();
    });
    try {
      switch (command?.name) {
        case 'CommandStatementUpdate': {
          const { query, transactionId } = StatementText.decode(command.value);
          if (transactionId !== undefined) throw noTransactions();
          const outcome = await runStatements(flightSession.session, scriptOf(query, this.#baseDirectory));
          return await answer(write, updated(flightSession, outcome));
        }
        case 'CommandPreparedStatementUpdate':
          return await answer(write, await this.#updatePrepared(command.value, first.value, messages));
        case 'CommandPreparedStatementQuery': {
          const { handle } = Handle.decode(command.value);
          const owner = this.#sessions.ofHandle(Buffer.from(handle).toString());
          preparedOf(owner, handle).bound = await readParameters(first.value, messages);
          return await write(PutResult.encode({ appMetadata: PreparedStatementResult.encode({ handle }) }));
        }
        case 'CommandStatementIngest':
          return await answer(write, await ingest(command.value, first.value, messages, flightSession));
        case undefined:
          if (descriptor?.type === 1 && descriptor.path.length > 0)
            return await answer(write, await putIntoPath(descriptor.path, first.value, messages, flightSession));
          throw new TidemillError('flight-protocol', 'what is put has no command', {
            hint: 'put rows under a path of one name, a table, or use a client of Arrow Flight SQL',
          });
        default:
          throw notSupported(`putting ${command?.name}`);
      }
    } finally {
      taken();
    }
  }

  /** Runs an update once for each row of parameters. */
  async #updatePrepared(value: Uint8Array, first: Data, messages: AsyncGenerator<Data>): Promise<number> {
    const { handle } = Handle.decode(value);
    const owner = this.#sessions.ofHandle(Buffer.from(handle).toString());
    const prepared = preparedOf(owner, handle);
    const bound = (await readParameters(first, messages)) ?? prepared.bound;
    let total = 0;
    for (const row of bound === undefined || bound.rows.length === 0 ? [[]] : bound.rows) {
      const count = updated(owner, await runWith(owner.session, prepared.text, bound?.schema ?? [], row, this.#baseDirectory));
      if (count < 0) return count;
      total += count;
    }
    return total;
  }
}

async function* decoded(requests: AsyncIterable<Buffer>): AsyncGenerator<Data> {
  for await (const request of requests) yield FlightData.decode(request);
}

const answer = (write: Write, recordCount: number): Promise<void> =>
  write(PutResult.encode({ appMetadata: UpdateResult.encode({ recordCount }) }));

/** Rows that an update wrote; −1 for a job that goes on. */
function updated(flightSession: FlightSession, outcome: Outcome): number {
  if (outcome.kind !== 'insert') return 0;
  flightSession.jobs.push(outcome.job);
  return outcome.job.bounded ? rowsWritten(outcome.job) : -1;
}

async function readParameters(
  first: Data,
  messages: AsyncGenerator<Data>,
): Promise<{ readonly schema: Schema; readonly rows: Value[][] } | undefined> {
  const parts = new IpcParts();
  const memory = new TaskMemory();
  const kernels = loadKernels(memory);
  const rows: Value[][] = [];
  const take = ({ header, body }: Data): void => {
    if (header.length === 0) return;
    const batch = parts.add({ header, body });
    if (batch === undefined || batch.numRows === 0) return;
    memory.arena.reset();
    rows.push(...readRows(memory, batchOfArrow({ memory, kernels }, batch, parts.schema!)));
  };
  take(first);
  for await (const message of messages) take(message);
  return parts.schema === undefined ? undefined : { schema: parts.schema, rows };
}

async function ingest(
  value: Uint8Array,
  first: Data,
  messages: AsyncGenerator<Data>,
  flightSession: FlightSession,
): Promise<number> {
  const { definition, table, schema, catalog, temporary, transactionId, options } = CommandStatementIngest.decode(value);
  if (transactionId !== undefined) throw noTransactions();
  const unknown = Object.keys(options)[0];
  if (unknown !== undefined) throw notSupported(`the option '${unknown}' of putting rows`);
  const target = { catalog, database: schema, table, temporary };
  return takeAll(new Ingest(flightSession.session, target, ingestMode(definition)), first, messages);
}

/** Plain Flight: rows put under a path of one to three names become the table of that name, in place of one that clients put before. */
function putIntoPath(
  path: readonly string[],
  first: Data,
  messages: AsyncGenerator<Data>,
  flightSession: FlightSession,
): Promise<number> {
  return takeAll(
    new Ingest(flightSession.session, tableOfPath(path), { ifExists: 'replace', ifMissing: 'create' }),
    first,
    messages,
  );
}

async function takeAll(into: Ingest, first: Data, messages: AsyncGenerator<Data>): Promise<number> {
  if (first.header.length > 0) into.add(first);
  for await (const message of messages) if (message.header.length > 0) into.add(message);
  return into.finish();
}
