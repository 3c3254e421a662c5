import { IpcParts } from '../../columnar/arrow-parts.ts';
import { schemaHeader } from '../../columnar/arrow-schema-message.ts';
import type { IpcPart } from '../../columnar/table-content.ts';
import { type Schema, sameType, types, typeToString, withNullable } from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import type { RemoteProcess } from '../../session/remote-functions.ts';
import { parseAggregate } from '../../udf/aggregate-signature.ts';
import { aggregateOfParts } from '../../udf/component.ts';
import type { RemoteModule } from '../../udf/index.ts';
import { beginningModule, isColumnSignature } from '../../udf/remote-columns.ts';
import type { RemoteSignature } from '../../udf/remote-udf.ts';
import { badSignature, parseScalar, parseSignatureType, type ScalarSignature } from '../../udf/signature.ts';
import { parseTable } from '../../udf/table-signature.ts';
import { type CallContext, clientLeft, type Write } from './calls.ts';
import { flightData, schemaData } from './flight-data.ts';
import { type LocalAnswer, LocalCalls } from './local-calls.ts';
import { FlightData } from './messages.ts';
import { flightSchemaOf } from './schemas.ts';

type Data = ReturnType<typeof FlightData.decode>;

/**
 * DoExchange: a client runs a function for its session, as long as the call lasts. It opens with a command, JSON: `{"function": name, "arguments": [types],
 * "argumentNames", "result": type, "nulls", "deterministic", "replace"}` and the schema of its results, one column. Back come the schema of the arguments and
 * then a record batch for each call, whose `app_metadata` is JSON: `{"call": number}`. The client answers each with a record batch under the same metadata,
 * or with metadata alone: `{"call": number, "error": text}`. `{"released": true}` says that the function was dropped or replaced, and that nobody will ask.
 *
 * With `"kind": "table"` and `"columns": [{"name", "type"}]`, or `"kind": "aggregate"` and the members of an aggregate's signature, both schemas are one column
 * of bytes: see `udf/remote-columns.ts`. An aggregate also says what a group begins with and what an empty one gives, as buffers in base64: `"initial": [values of
 * each accumulator]`, `"empty": [validity, values, text]`.
 *
 * With `"socket"`, the path of a socket of this machine on which the client listens, calls and answers
 * go over that, and the call of gRPC only says how long.
 *
 * @throws TidemillError `flight-protocol`, `udf-signature`, `function-exists`, `not-supported`.
 */
export async function exchange(requests: AsyncIterable<Buffer>, write: Write, context: CallContext): Promise<void> {
  const messages = requests[Symbol.asyncIterator]();
  const next = async (): Promise<Data | undefined> => {
    const { done, value } = await messages.next();
    return done === true ? undefined : FlightData.decode(value);
  };
  const first = await next();
  const { signature, orReplace, start, socket } = openingOf(first);
  // the schema comes with the command or, as pyarrow sends it, behind it
  requireResult(first?.header.length === 0 ? await next() : first, signature);
  const client = new ClientProcess(signature.name, write);
  const taken = context.onCancel(() => client.leave());
  try {
    if (socket !== undefined) await client.callOver(socket);
    context.flightSession.session.addRemoteFunction(signature.name, signature, client, { orReplace, start });
    const given = isColumnSignature(signature) ? messageSchema : argumentsOf(signature);
    await write(schemaData(schemaHeader(flightSchemaOf(given))));
    for (let answer = await next(); answer !== undefined; answer = await next()) client.take(answer);
  } finally {
    taken();
    client.leave();
  }
}

interface Opening {
  readonly signature: RemoteSignature;
  readonly orReplace: boolean;
  /** Of an aggregate. */
  readonly start: RemoteModule | undefined;
  readonly socket: string | undefined;
}

function openingOf(first: Data | undefined): Opening {
  let command: unknown;
  try {
    command = JSON.parse(Buffer.from(first?.descriptor?.cmd ?? new Uint8Array(0)).toString('utf8'));
  } catch {
    // said below
  }
  if (typeof command !== 'object' || command === null || typeof (command as { function?: unknown }).function !== 'string')
    throw notSupported('DoExchange without a function', undefined, 'put rows into a table, and query it');
  const declared = command as Readonly<Record<string, unknown>>;
  const name = declared['function'] as string;
  const { socket } = declared;
  const signature = signatureOf(name, declared);
  const aggregate = isColumnSignature(signature) && signature.kind === 'aggregate' ? signature : undefined;
  return {
    signature,
    orReplace: declared['replace'] === true,
    start: aggregate && beginningModule(aggregate, buffersOf(declared['initial']), buffersOf(declared['empty'])),
    socket: typeof socket === 'string' ? socket : undefined,
  };
}

/** One column of bytes, which messages of aggregates and table functions stand in. */
const messageSchema: Schema = [{ name: 'parts', type: types.bytes(false) }];

function signatureOf(name: string, declared: Readonly<Record<string, unknown>>): RemoteSignature {
  const { kind = 'scalar' } = declared;
  if (kind === 'scalar') return parseScalar(name, declared);
  if (kind === 'table') return parseTable(name, declared);
  if (kind !== 'aggregate') throw badSignature(`gives '${name}' a kind that is not "scalar", "table" or "aggregate"`);
  return aggregateOfParts(parseAggregate(parseScalar(name, declared), declared, parseSignatureType, badSignature));
}

function buffersOf(value: unknown): readonly Uint8Array[] {
  if (!Array.isArray(value) || value.some(each => typeof each !== 'string'))
    throw new TidemillError('flight-protocol', 'an aggregate says what it begins with: "initial" and "empty", lists of base64');
  return value.map(each => new Uint8Array(Buffer.from(each as string, 'base64')));
}

/** What the client says its results are must be what the function's result is. */
function requireResult(schema: Data | undefined, signature: RemoteSignature): void {
  const { name } = signature;
  const result = isColumnSignature(signature) ? messageSchema[0]!.type : signature.result;
  const parts = new IpcParts();
  if (schema !== undefined && schema.header.length > 0) parts.add({ header: schema.header, body: new Uint8Array(0) });
  const [column, more] = parts.schema ?? [];
  if (column === undefined || more !== undefined)
    throw new TidemillError('flight-protocol', `'${name}' gives one column, and the stream begins with its schema`);
  if (sameForm(column.type, result)) return;
  throw new TidemillError(
    'udf-signature',
    `the result of '${name}' is ${typeToString(result, false)}, and its process sends ${typeToString(column.type, false)}`,
  );
}

/** Times of all precisions that Arrow has one type for are sent in that. */
const sameForm = (sent: Schema[number]['type'], wanted: Schema[number]['type']): boolean =>
  sameType(withNullable(sent, true), withNullable(wanted, true)) ||
  (sent.kind === wanted.kind &&
    (sent.kind === 'TIMESTAMP' || sent.kind === 'TIMESTAMP_LTZ') &&
    (wanted.kind === 'TIMESTAMP' || wanted.kind === 'TIMESTAMP_LTZ') &&
    sent.precision > 6 === wanted.precision > 6);

function argumentsOf({ arguments: types, argumentNames, nulls }: ScalarSignature): Schema {
  return types.map((type, index) => ({
    name: argumentNames?.[index] ?? `argument${index + 1}`,
    type: withNullable(type, nulls === 'call' && type.nullable),
  }));
}

interface Waiting {
  readonly settle: (part: IpcPart) => void;
  readonly fail: (error: TidemillError) => void;
}

const released = { appMetadata: Buffer.from(JSON.stringify({ released: true })) };

/** A client that runs a function. */
class ClientProcess implements RemoteProcess {
  readonly #name: string;
  readonly #write: Write;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #local: LocalCalls | undefined;
  #left = false;

  constructor(name: string, write: Write) {
    this.#name = name;
    this.#write = write;
  }

  /** @throws TidemillError `flight-protocol`. */
  async callOver(socket: string): Promise<void> {
    const answered = (answer: LocalAnswer): void => this.#answered(answer.call, 'part' in answer ? answer.part : answer.error);
    this.#local = await LocalCalls.open(socket, answered, () => this.leave());
  }

  get alive(): boolean {
    return !this.#left;
  }

  ask({ header, body }: IpcPart): Promise<IpcPart> {
    const call = this.#calls++;
    return new Promise((settle, fail) => {
      if (this.#left) {
        fail(this.#gone());
        return;
      }
      this.#waiting.set(call, { settle, fail });
      if (this.#local !== undefined) {
        this.#local.send(call, { header, body });
        return;
      }
      const message = {
        header,
        bodyBytes: body.length,
        writeBody: (target: Uint8Array, at: number): void => target.set(body, at),
      };
      this.#write(flightData(message, Buffer.from(JSON.stringify({ call })))).catch(() => this.leave());
    });
  }

  /** An answer. */
  take({ header, body, appMetadata }: Data): void {
    const { call, error } = metadataOf(appMetadata);
    this.#answered(call, error ?? { header, body });
  }

  #answered(call: number, answer: IpcPart | string): void {
    const waiting = this.#waiting.get(call);
    // nobody waits for what was cancelled
    if (waiting === undefined) return;
    this.#waiting.delete(call);
    if (typeof answer === 'string') waiting.fail(new TidemillError('udf-error', `'${this.#name}' failed: ${answer}`));
    else waiting.settle(answer);
  }

  release(): void {
    if (!this.#left && this.#local === undefined) this.#write(FlightData.encode(released)).catch(() => undefined);
    this.leave();
  }

  leave(): void {
    this.#left = true;
    this.#local?.close();
    for (const { fail } of this.#waiting.values()) fail(this.#gone());
    this.#waiting.clear();
  }

  #gone(): TidemillError {
    return new TidemillError('udf-process', `the process that runs '${this.#name}' has gone`, {
      domain: 'external',
      cause: clientLeft(),
    });
  }
}

function metadataOf(bytes: Uint8Array): { readonly call: number; readonly error: string | undefined } {
  try {
    const { call, error } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { call?: unknown; error?: unknown };
    if (typeof call === 'number') return { call, error: typeof error === 'string' ? error : undefined };
  } catch {
    // said below
  }
  throw new TidemillError('flight-protocol', 'an answer does not say which call it is for', {
    hint: 'app_metadata is JSON: {"call": number}, and "error" where there is no result',
  });
}
