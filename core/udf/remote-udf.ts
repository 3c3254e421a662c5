import { type BatchHeader, readBatchHeader } from '../columnar/arrow-batch-header.ts';
import { type ArrowBuffers, type ArrowMessage, arrowMessageOf } from '../columnar/arrow-message.ts';
import type { ArrowPlace } from '../columnar/arrow-place.ts';
import { batchOf, type Column } from '../columnar/batch.ts';
import type { IpcPart } from '../columnar/table-content.ts';
import { type SqlType, storageBytes, storageOf, typeToString } from '../columnar/types.ts';
import { notSupported, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { type ColumnCallOptions, type ColumnFunction, callColumns } from './column-calls.ts';
import { type ComponentColumn, countNulls, packBits, unpackBits } from './component-columns.ts';
import type { UdfAggregate } from './load-udf.ts';
import { isText, type ScalarSignature } from './signature.ts';
import type { TableSignature } from './table-signature.ts';

/** A function that another process runs, as a job carries it to its tasks. */
export interface RemoteFunction {
  /** What plans call it by: it says that nothing isolates the function. */
  readonly key: string;
  readonly signature: RemoteSignature;
}

/** Functions of values, aggregates, table functions. */
export type RemoteSignature = ScalarSignature | UdfAggregate | TableSignature;

/** The way to the process of a function. */
export interface RemoteChannel {
  /**
   * Sends a record batch with a column for each argument and waits, with the thread, for the one with the result.
   * @throws TidemillError `udf-error` when the function fails, `udf-process` when its process has gone, `cancelled`.
   */
  ask(request: ArrowMessage): IpcPart;
}

/**
 * Runs a function of another process over columns. It is not isolated in any way there: it can do what that process can. What comes back is checked like
 * the result of any other function. Gets the rows that are wanted and, unless it asks for NULLs, not NULL.
 *
 * @example
 * const score = new RemoteUdf({ key: 'unsandboxed:score', signature }, memory, channel, { kernels });
 * const column = score.call(batch.length, [batch.columns[1]], 0);
 */
export class RemoteUdf {
  readonly name: string;
  readonly #place: ArrowPlace;
  readonly #channel: RemoteChannel;
  readonly #signature: ScalarSignature;
  readonly #target: ColumnFunction;

  constructor(
    { signature }: RemoteFunction,
    memory: TaskMemory,
    channel: RemoteChannel,
    options: ColumnCallOptions & Pick<ArrowPlace, 'kernels'>,
  ) {
    this.name = signature.name;
    this.#place = { memory, kernels: options.kernels };
    this.#channel = channel;
    this.#signature = signature;
    this.#target = {
      ...options,
      name: signature.name,
      function: { ...signature, makesNulls: signature.result.nullable },
      memory,
      rowsMax: limits.batchRows,
      call: (inputs, rows) => this.#called(inputs, rows),
    };
  }

  /**
   * Computes a result column in the task's arena.
   * @param selection address of a byte per row, 0 = the row is not wanted; or 0 for all rows
   * @throws TidemillError `udf-result`, and what the channel throws.
   */
  call(rows: number, columns: readonly Column[], selection: number): Column {
    return callColumns(this.#target, rows, columns, selection);
  }

  #called(inputs: readonly ComponentColumn[], rows: number): ComponentColumn {
    const types = this.#signature.arguments;
    const given = inputs.map((column, index) => arrowBuffersOf(column, types[index]!, rows));
    return this.#resultOf(this.#channel.ask(arrowMessageOf(this.#place, batchOf(rows, []), given)), rows);
  }

  #resultOf({ header, body }: IpcPart, rows: number): ComponentColumn {
    const { result } = this.#signature;
    const wrong = (what: string): TidemillError => new TidemillError('udf-result', `'${this.name}' returned ${what}`);
    const found = readBatchHeader(header);
    if (found.rows !== rows) throw wrong(`${found.rows} values for ${rows} rows`);
    const text = isText(result);
    if (found.nullCounts.length !== 1 || found.buffers.length !== (text ? 3 : 2)) throw wrong('something else than one column');
    const buffers = found.buffers.map(({ offset, length }) => {
      if (offset < 0 || length < 0 || offset + length > body.length) throw wrong('a column that is cut off');
      return body.subarray(offset, offset + length);
    });
    return columnOfArrow(result, rows, hasNulls(found) ? buffers : [nothing, ...buffers.slice(1)], wrong);
  }
}

/**
 * A column of a type from the buffers that Arrow has for it.
 * @throws what `wrong` makes of what is not right with them.
 */
export function columnOfArrow(
  type: SqlType,
  rows: number,
  buffers: readonly Uint8Array[],
  wrong: (what: string) => TidemillError,
): ComponentColumn {
  const part = (number: number, bytes: number): Uint8Array => {
    const found = buffers[number]!;
    if (found.length < bytes) throw wrong('a column that is cut off');
    return found.subarray(0, bytes);
  };
  const validity = buffers[0]!.length > 0 ? part(0, (rows + 7) >>> 3) : nothing;
  if (isText(type)) {
    const offsets = part(1, 4 * (rows + 1));
    const textBytes = new DataView(offsets.buffer, offsets.byteOffset).getInt32(4 * rows, true);
    if (textBytes < 0) throw wrong('offsets that go down');
    return { validity, data: offsets, text: part(2, textBytes) };
  }
  if (type.kind === 'BOOLEAN') return { validity, data: unpackBits(part(1, (rows + 7) >>> 3), rows), text: nothing };
  if (isCompactDecimal(type)) return { validity, data: narrow(part(1, 16 * rows), rows, wrong), text: nothing };
  return { validity, data: part(1, rows * storageBytes(storageOf(type))), text: nothing };
}

const nothing = new Uint8Array(0);
const hasNulls = ({ nullCounts, buffers }: BatchHeader): boolean => nullCounts[0] !== 0 && buffers[0]!.length > 0;
const isCompactDecimal = (type: SqlType): boolean => type.kind === 'DECIMAL' && storageOf(type) === 'i64';

const flat = new Set(['BOOLEAN', 'TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'FLOAT', 'DOUBLE', 'DECIMAL', 'DATE', 'TIME']);

/** @throws TidemillError `not-supported` for types of several columns, and intervals. */
export function checkRemoteType(type: SqlType): void {
  if (isText(type) || flat.has(type.kind) || type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ') return;
  throw notSupported(
    `a function of another process over ${typeToString(type, false)}`,
    undefined,
    'Give it the parts, one by one.',
  );
}

/** A column of rows as Arrow has it. */
export function arrowBuffersOf({ validity, data, text }: ComponentColumn, type: SqlType, rows: number): ArrowBuffers {
  const nullCount = validity.length === 0 ? 0 : countNulls(validity, rows);
  if (isText(type)) return { nullCount, buffers: [validity, data, text] };
  const values = type.kind === 'BOOLEAN' ? packBits(data) : isCompactDecimal(type) ? widen(data, rows) : data;
  return { nullCount, buffers: [validity, values] };
}

/** Decimals of 64 bits as Arrow's of 128. */
function widen(data: Uint8Array, rows: number): Uint8Array {
  const from = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const words = new Int32Array(4 * rows);
  for (let row = 0; row < rows; row++) {
    words[4 * row] = from.getInt32(8 * row, true);
    const high = from.getInt32(8 * row + 4, true);
    words[4 * row + 1] = high;
    words[4 * row + 2] = high >> 31;
    words[4 * row + 3] = high >> 31;
  }
  return new Uint8Array(words.buffer);
}

function narrow(data: Uint8Array, rows: number, wrong: (what: string) => TidemillError): Uint8Array {
  const from = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const words = new Int32Array(2 * rows);
  for (let row = 0; row < rows; row++) {
    const high = from.getInt32(16 * row + 4, true);
    if (from.getInt32(16 * row + 8, true) !== high >> 31 || from.getInt32(16 * row + 12, true) !== high >> 31)
      throw wrong('a decimal with more digits than its type has');
    words[2 * row] = from.getInt32(16 * row, true);
    words[2 * row + 1] = high;
  }
  return new Uint8Array(words.buffer);
}
