import { notSupported, TidemillError } from '../../common/errors.ts';
import type { CallContext, Write } from './calls.ts';
import { engineActions } from './engine-actions.ts';
import {
  Action,
  ActionType,
  AnyMessage,
  CancelFlightInfoRequest,
  CancelFlightInfoResult,
  CancelQueryRequest,
  CancelQueryResult,
  CloseSessionResult,
  commandOf,
  FlightInfo,
  GetSessionOptionsResult,
  Handle,
  Result,
  SetSessionOptionsRequest,
  SetSessionOptionsResult,
  StatementText,
  wrapped,
} from './messages.ts';
import { prepareStatement } from './prepared.ts';
import { noTransactions } from './queries.ts';
import { type FlightSession, type FlightSessions, unknownHandle } from './sessions.ts';

const descriptions: Readonly<Record<string, string>> = {
  CreatePreparedStatement: 'keeps a statement with ? for parameters',
  ClosePreparedStatement: 'forgets a prepared statement',
  CancelQuery: 'ends a query (older clients)',
  CancelFlightInfo: 'ends a query',
  SetSessionOptions: "settings as SQL's SET makes them; also catalog and schema",
  GetSessionOptions: 'all settings, and the current catalog and schema',
  CloseSession: 'ends the session; jobs of its inserts go on',
};

/** Actions of Flight and Flight SQL, and those of our own whose names begin with `tidemill.` (DoAction). */
export class Actions {
  readonly #sessions: FlightSessions;
  readonly #baseDirectory: string;

  constructor(sessions: FlightSessions, baseDirectory: string) {
    this.#sessions = sessions;
    this.#baseDirectory = baseDirectory;
  }

  async list(write: Write): Promise<void> {
    const own = Object.entries(engineActions).map(([type, { description }]) => [type, description] as const);
    for (const [type, description] of [...Object.entries(descriptions), ...own])
      await write(ActionType.encode({ type, description }));
  }

  async perform(request: Uint8Array, write: Write, context: CallContext): Promise<void> {
    const { type, body } = Action.decode(request);
    const { flightSession } = context;
    const result = (content: Uint8Array): Promise<void> => write(Result.encode({ body: content }));
    switch (type) {
      case 'CreatePreparedStatement': {
        const { query, transactionId } = StatementText.decode(commandBody(body));
        if (transactionId !== undefined) throw noTransactions();
        const created = await prepareStatement(flightSession, query, this.#baseDirectory);
        return result(wrapped('ActionCreatePreparedStatementResult', created));
      }
      case 'ClosePreparedStatement': {
        const handle = Buffer.from(Handle.decode(commandBody(body)).handle).toString();
        if (!this.#sessions.ofHandle(handle).prepared.delete(handle)) throw unknownHandle();
        return;
      }
      case 'CancelFlightInfo': {
        const { info } = CancelFlightInfoRequest.decode(body);
        return result(CancelFlightInfoResult.encode({ status: await this.#cancel(info) }));
      }
      case 'CancelQuery': {
        const info = FlightInfo.decode(CancelQueryRequest.decode(commandBody(body)).info);
        return result(wrapped('ActionCancelQueryResult', CancelQueryResult.encode({ result: await this.#cancel(info) })));
      }
      case 'SetSessionOptions':
        return result(setOptions(flightSession, body));
      case 'GetSessionOptions':
        return result(getOptions(flightSession));
      case 'CloseSession':
        await this.#sessions.leave(flightSession);
        return result(CloseSessionResult.encode({ status: 1 }));
      case 'BeginTransaction':
      case 'EndTransaction':
      case 'BeginSavepoint':
      case 'EndSavepoint':
        throw noTransactions();
      case 'CreatePreparedSubstraitPlan':
        throw notSupported('Substrait plans', undefined, 'send the query as SQL');
      default: {
        const own = engineActions[type];
        if (own === undefined) throw notSupported(`the action '${type}'`, undefined, 'ListActions tells which there are');
        const answer = await own.perform(body, {
          context,
          baseDirectory: this.#baseDirectory,
        });
        return result(Buffer.from(JSON.stringify(answer)));
      }
    }
  }

  /** 1 it has ended, 3 it is none that could be. */
  async #cancel(info: ReturnType<typeof FlightInfo.decode> | undefined): Promise<number> {
    const command = commandOf(info?.endpoints[0]?.ticket?.ticket ?? new Uint8Array(0));
    if (command?.name !== 'TicketStatementQuery') return 3;
    const handle = Buffer.from(Handle.decode(command.value).handle).toString();
    const { tickets } = this.#sessions.ofHandle(handle);
    const ticketed = tickets.get(handle);
    if (ticketed === undefined) throw unknownHandle();
    tickets.delete(handle);
    await ticketed.cancel?.();
    return 1;
  }
}

/** Bodies of Flight SQL's actions are wrapped; what is in them. */
const commandBody = (body: Uint8Array): Uint8Array => AnyMessage.decode(body).value;

const invalidName = 1;
const invalidValue = 2;

function setOptions(flightSession: FlightSession, body: Uint8Array): Uint8Array {
  const errors: Record<string, { readonly value: number }> = {};
  const { catalog, settings } = flightSession.session;
  for (const [name, { text, flag, whole, number, list }] of Object.entries(SetSessionOptionsRequest.decode(body).options)) {
    const value = text ?? flag ?? whole ?? number ?? list?.values.join(';');
    try {
      if (name === 'catalog') catalog.useCatalog(String(value));
      else if (name === 'schema') catalog.useDatabase({ parts: [catalog.currentCatalog, String(value)] });
      else if (value === undefined) settings.reset(name);
      else settings.set(name, String(value));
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error;
      errors[name] = { value: error.code === 'unknown-setting' ? invalidName : invalidValue };
    }
  }
  return SetSessionOptionsResult.encode({ errors });
}

function getOptions({ session: { catalog, settings } }: FlightSession): Uint8Array {
  const absent = { flag: undefined, whole: undefined, number: undefined, list: undefined };
  const entries = [
    ['catalog', catalog.currentCatalog] as const,
    ['schema', catalog.currentDatabase] as const,
    ...settings.entries(),
  ];
  return GetSessionOptionsResult.encode({
    options: Object.fromEntries(entries.map(([name, text]) => [name, { text, ...absent }])),
  });
}
