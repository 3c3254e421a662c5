import { notSupported } from '../../common/errors.ts';
import type { CallContext, Write } from './calls.ts';
import { commandOf, FlightData, PutResult, StatementText, UpdateResult } from './messages.ts';
import { noTransactions } from './queries.ts';
import type { FlightSessions } from './sessions.ts';
import { rowsWritten, runStatements, scriptOf } from './statements.ts';

/** What clients send rows or updates with: DoPut. */
export class Puts {
  readonly #sessions: FlightSessions;
  readonly #baseDirectory: string;

  constructor(sessions: FlightSessions, baseDirectory: string) {
    this.#sessions = sessions;
    this.#baseDirectory = baseDirectory;
  }

  async put(requests: AsyncIterable<Buffer>, write: Write, context: CallContext): Promise<void> {
    for await (const request of requests) {
      const { descriptor } = FlightData.decode(request);
      const command = commandOf(descriptor?.cmd ?? new Uint8Array(0));
      if (command?.name !== 'CommandStatementUpdate') throw notSupported(`putting ${command?.name ?? 'this'}`);
      const { query, transactionId } = StatementText.decode(command.value);
      if (transactionId !== undefined) throw noTransactions();
      const outcome = await runStatements(context.flightSession.session, scriptOf(query, this.#baseDirectory));
      const recordCount = outcome.kind === 'insert' ? (outcome.job.bounded ? rowsWritten(outcome.job) : -1) : 0;
      await write(PutResult.encode({ appMetadata: UpdateResult.encode({ recordCount }) }));
      return;
    }
  }

  async refuseExchange(): Promise<void> {
    throw notSupported('DoExchange', undefined, 'put rows into a table, and query it');
  }
}
