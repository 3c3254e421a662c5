import { type RecordBatch, RecordBatchReader } from 'apache-arrow';
import { TidemillError } from '../common/errors.ts';
import { copyBytes } from '../wasm/copy-bytes.ts';
import { schemaOfArrow } from './arrow-types.ts';
import type { IpcPart } from './table-content.ts';
import type { Schema } from './types.ts';

const headerTypes = { schema: 1, dictionary: 2, recordBatch: 3 } as const;

/** What a message is, by its flatbuffer; 0 for bytes that are none. */
export function ipcPartKind({ header }: Pick<IpcPart, 'header'>): 'schema' | 'dictionary' | 'batch' | 'unknown' {
  if (header.length < 8) return 'unknown';
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const table = view.getUint32(0, true);
  if (table + 4 > header.length) return 'unknown';
  const fields = table - view.getInt32(table, true);
  if (fields < 0 || fields + 8 > header.length) return 'unknown';
  const at = table + view.getUint16(fields + 6, true);
  const kind = at < header.length ? header[at] : 0;
  if (kind === headerTypes.schema) return 'schema';
  if (kind === headerTypes.dictionary) return 'dictionary';
  return kind === headerTypes.recordBatch ? 'batch' : 'unknown';
}

/** Bytes of the body that follows a message's flatbuffer; NaN for one that is none. */
export function ipcBodyBytes(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  try {
    const table = view.getUint32(0, true);
    const fields = table - view.getInt32(table, true);
    const place = view.getUint16(fields, true) > 10 ? view.getUint16(fields + 10, true) : 0;
    return place === 0 ? 0 : view.getUint32(table + place, true) + view.getInt32(table + place + 4, true) * 2 ** 32;
  } catch {
    return Number.NaN;
  }
}

/**
 * Reads messages of a stream one by one, as Flight brings them: the schema first, dictionaries before the batches that use them. Batches point into the
 * bodies they were given with.
 *
 * @example
 * const parts = new IpcParts();
 * parts.add(schemaMessage); // undefined; parts.schema is known
 * const batch = parts.add(batchMessage);
 * @throws TidemillError `bad-file` for what is not Arrow, `not-supported` for column types and compressions we do not know.
 */
export class IpcParts {
  /** The schema and the dictionaries so far, which a reader wants before each batch: it looks ahead, so that none can be kept open. */
  readonly #before: Uint8Array[] = [];
  #schema: Schema | undefined;

  /** Columns of the batches; undefined before the schema has come. */
  get schema(): Schema | undefined {
    return this.#schema;
  }

  add(part: IpcPart): RecordBatch | undefined {
    const kind = ipcPartKind(part);
    if (kind === 'unknown' || (kind === 'schema') !== (this.#schema === undefined)) throw malformed();
    const chunks = chunksOf(part);
    if (kind === 'batch')
      return guarded(() => {
        const next = RecordBatchReader.from([...this.#before, ...chunks])
          .open()
          .next();
        if (next.done === true) throw malformed();
        return next.value as RecordBatch;
      });
    this.#before.push(...chunks);
    if (kind === 'schema') this.#schema = guarded(() => schemaOfArrow(RecordBatchReader.from(chunks).open().schema));
    return undefined;
  }
}

/**
 * The batches of messages that are all there, one after the other: the schema is read once. Dictionaries stand before the batches that use them.
 *
 * @throws TidemillError as {@link IpcParts}, also while batches are taken.
 */
export class IpcBatches {
  readonly schema: Schema;
  readonly #batches: Iterator<RecordBatch>;

  constructor(schema: IpcPart, parts: readonly IpcPart[]) {
    const reader = guarded(() => RecordBatchReader.from(inOrder([schema, ...parts])).open());
    this.schema = guarded(() => schemaOfArrow(reader.schema));
    this.#batches = reader[Symbol.iterator]() as Iterator<RecordBatch>;
  }

  /** undefined: all have been read. */
  next(): RecordBatch | undefined {
    return guarded(() => {
      const next = this.#batches.next();
      return next.done === true ? undefined : next.value;
    });
  }
}

function* inOrder(parts: readonly IpcPart[]): Generator<Uint8Array> {
  for (const part of parts) yield* chunksOf(part);
}

function guarded<T>(act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof TidemillError) throw cause;
    throw malformed(cause);
  }
}

/** A message as a stream has it: a mark, the length of its flatbuffer, that, and the body. */
function chunksOf({ header, body }: IpcPart): Uint8Array[] {
  const prefix = new Uint8Array(8);
  const view = new DataView(prefix.buffer);
  view.setInt32(0, -1, true);
  view.setInt32(4, header.length, true);
  return body.length > 0 ? [prefix, header, body] : [prefix, header];
}

const malformed = (cause?: unknown): TidemillError =>
  new TidemillError('bad-file', 'the Arrow data is damaged, cut off or in an order that cannot be read', {
    domain: 'external',
    cause,
  });

/** A part whose body is in memory that threads share; without a copy where it is there already. */
export function sharedPart({ header, body }: IpcPart): IpcPart {
  if (body.buffer instanceof SharedArrayBuffer) return { header, body };
  const shared = new Uint8Array(new SharedArrayBuffer(body.length));
  copyBytes(body, 0, body.length, shared, 0);
  return { header: header.slice(), body: shared };
}
