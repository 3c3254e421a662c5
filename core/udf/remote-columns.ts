import { readBatchHeader } from '../columnar/arrow-batch-header.ts';
import { arrowMessageOf } from '../columnar/arrow-message.ts';
import type { ArrowPlace } from '../columnar/arrow-place.ts';
import { batchOf } from '../columnar/batch.ts';
import { type SqlType, types } from '../columnar/types.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { accumulatorBytes } from './aggregate-signature.ts';
import type { ColumnCode, RemoteModule } from './column-code.ts';
import type { ComponentColumn } from './component-columns.ts';
import type { ComponentExports } from './component-instance.ts';
import type { UdfAggregate } from './load-udf.ts';
import { arrowBuffersOf, columnOfArrow, type RemoteChannel } from './remote-udf.ts';
import type { ScalarSignature } from './signature.ts';
import type { TableSignature } from './table-signature.ts';

const nothing = new Uint8Array(0);

/** The signatures of what is called with more than one batch of columns. */
export type RemoteColumnSignature = UdfAggregate | TableSignature;

export const isColumnSignature = (signature: ScalarSignature): signature is RemoteColumnSignature => 'kind' in signature;

/**
 * An aggregate or table function of another process. A message is a record batch with one column of bytes: first JSON, `{"part", "rows", "groups"}`, `part`
 * being `table`, `accumulate`, `merge` or `finish`; then for each column its buffers as Arrow has them, which are validity (empty: no NULLs), values or offsets,
 * and text; each is padded to 8 bytes on its way there. The columns are
 * - `table`: the arguments; back come the number of the row that each row is made of (INT), and the columns;
 * - `accumulate`: the accumulators of `groups` groups, the group of each row (INT), whether it is taken out (BOOLEAN), the arguments; back come accumulators;
 * - `merge`: accumulators, the group of each of `rows` others (INT), these; back come accumulators;
 * - `finish`: accumulators; back comes the column of results.
 * Accumulators are BIGINT, DOUBLE and so on, or blocks of so many bytes one behind the other. The answer begins with `{"rows"}`.
 */
export function remoteModule(signature: RemoteColumnSignature, place: ArrowPlace, channel: RemoteChannel): RemoteModule {
  const code = new RemoteColumns(signature, place, channel);
  return moduleOf(signature, code);
}

/** The same for what a client has said of how its aggregate begins: it is asked about nothing else. */
export function beginningModule(
  signature: UdfAggregate,
  initial: readonly Uint8Array[],
  empty: readonly Uint8Array[],
): RemoteModule {
  const result = columnOfArrow(signature.result, 1, empty, wrongResult(signature.name));
  const exports: Partial<ComponentExports> = {
    begin: () => initial.map(data => ({ validity: nothing, data, text: nothing })),
    finish: () => result,
  };
  return moduleOf({ ...signature, hasInit: true }, { call: (exported, _rows, run) => run(exports[exported]!) });
}

const moduleOf = (signature: RemoteColumnSignature, code: ColumnCode): RemoteModule => ({
  name: signature.name,
  aggregates: signature.kind === 'aggregate' ? [signature] : [],
  tabular: signature.kind === 'table' ? [signature] : [],
  code,
});

const wrongResult =
  (name: string) =>
  (what: string): TidemillError =>
    new TidemillError('udf-result', `'${name}' returned ${what}`);

class RemoteColumns implements ColumnCode {
  readonly #signature: RemoteColumnSignature;
  readonly #place: ArrowPlace;
  readonly #channel: RemoteChannel;
  readonly #exports: Pick<ComponentExports, 'callTable' | 'accumulate' | 'merge' | 'finish'> = {
    callTable: (_name, rows, columns) => {
      const { columns: results } = this.#signature as TableSignature;
      const given = this.#ask({ part: 'table', rows }, this.#arguments(columns, rows));
      return this.#columns(given, [types.int(), ...results.map(({ type }) => type)]);
    },
    accumulate: (_name, accumulators, rows, groups, retract, columns) => {
      const taken: ComponentColumn = { validity: nothing, data: retract, text: nothing };
      const asked = [
        ...this.#accumulators(accumulators),
        [nothing, groups, nothing],
        retract.length === 0 ? [nothing, nothing, nothing] : buffersOf(taken, types.boolean(), rows),
        ...this.#arguments(columns, rows),
      ];
      return this.#changed(this.#ask({ part: 'accumulate', rows, groups: countOf(accumulators, this.#signature) }, asked));
    },
    merge: (_name, accumulators, groups, others) => {
      const asked = [...this.#accumulators(accumulators), [nothing, groups, nothing], ...this.#accumulators(others)];
      const counts = { rows: groups.length >>> 2, groups: countOf(accumulators, this.#signature) };
      return this.#changed(this.#ask({ part: 'merge', ...counts }, asked));
    },
    finish: (_name, groups, accumulators) => {
      const given = this.#ask({ part: 'finish', rows: 0, groups }, this.#accumulators(accumulators));
      if (given.rows !== groups) throw this.#wrong(`${given.rows} results for ${groups} groups`);
      return this.#columns(given, [this.#signature.result])[0]!;
    },
  };

  constructor(signature: RemoteColumnSignature, place: ArrowPlace, channel: RemoteChannel) {
    this.#signature = signature;
    this.#place = place;
    this.#channel = channel;
  }

  call<Name extends keyof ComponentExports, R>(exported: Name, _rows: number, run: (target: ComponentExports[Name]) => R): R {
    const target = (this.#exports as Partial<ComponentExports>)[exported];
    if (target === undefined) throw internalError(`'${this.#signature.name}' of another process has no ${exported}`);
    return run(target);
  }

  #wrong(what: string): TidemillError {
    return wrongResult(this.#signature.name)(what);
  }

  #arguments(columns: readonly ComponentColumn[], rows: number): (readonly Uint8Array[])[] {
    return columns.map((column, index) => buffersOf(column, this.#signature.arguments[index]!, rows));
  }

  #accumulators(columns: readonly ComponentColumn[]): (readonly Uint8Array[])[] {
    return columns.map(({ data }) => [nothing, data, nothing]);
  }

  #ask(
    head: { readonly part: string; readonly rows: number; readonly groups?: number },
    columns: readonly (readonly Uint8Array[])[],
  ): Given {
    const parts = [new TextEncoder().encode(JSON.stringify(head)), ...columns.flat()];
    const offsets = new Int32Array(parts.length + 1);
    for (const [index, part] of parts.entries()) offsets[index + 1] = offsets[index]! + ((part.length + 7) & ~7);
    // JSON may have spaces behind it
    const content = new Uint8Array(offsets[parts.length]!).fill(0x20, 0, offsets[1]!);
    for (const [index, part] of parts.entries()) content.set(part, offsets[index]!);
    const buffers = [nothing, new Uint8Array(offsets.buffer), content];
    const { header, body } = this.#channel.ask(
      arrowMessageOf(this.#place, batchOf(parts.length, []), [{ nullCount: 0, buffers }]),
    );
    return this.#given(header, body);
  }

  #given(header: Uint8Array, body: Uint8Array): Given {
    const { rows: count, buffers } = readBatchHeader(header);
    const [, places, content] = buffers;
    if (count < 1 || places === undefined || content === undefined || places.length < 4 * (count + 1))
      throw this.#wrong('something else than one column of bytes');
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    const parts = Array.from({ length: count }, (_, index) => {
      const [from, to] = [0, 4].map(at => view.getInt32(places.offset + 4 * index + at, true)) as [number, number];
      if (from < 0 || to < from || content.offset + to > body.length) throw this.#wrong('a column that is cut off');
      return body.subarray(content.offset + from, content.offset + to);
    });
    const { rows } = JSON.parse(new TextDecoder().decode(parts[0])) as { rows?: unknown };
    if (typeof rows !== 'number' || !Number.isInteger(rows) || rows < 0) throw this.#wrong('no number of rows');
    return { rows, buffers: parts.slice(1) };
  }

  #columns({ rows, buffers }: Given, kinds: readonly SqlType[]): ComponentColumn[] {
    if (buffers.length !== 3 * kinds.length) throw this.#wrong(`${buffers.length / 3} columns, not ${kinds.length}`);
    return kinds.map((type, index) =>
      columnOfArrow(type, rows, buffers.slice(3 * index, 3 * index + 3), what => this.#wrong(what)),
    );
  }

  /** Accumulators; their lengths are checked where they are put back. */
  #changed({ buffers }: Given): ComponentColumn[] {
    return Array.from({ length: Math.floor(buffers.length / 3) }, (_, index) => ({
      validity: nothing,
      data: buffers[3 * index + 1]!,
      text: nothing,
    }));
  }
}

interface Given {
  readonly rows: number;
  readonly buffers: readonly Uint8Array[];
}

/** Validity, values or offsets, text. */
function buffersOf(column: ComponentColumn, type: SqlType, rows: number): readonly Uint8Array[] {
  const { buffers } = arrowBuffersOf(column, type, rows);
  return buffers.length === 3 ? buffers : [...buffers, nothing];
}

function countOf([first]: readonly ComponentColumn[], signature: RemoteColumnSignature): number {
  const { accumulators, stateBytes } = signature as UdfAggregate;
  const size = accumulators === undefined ? stateBytes! : accumulatorBytes(accumulators[0]!);
  return first!.data.length / size;
}
