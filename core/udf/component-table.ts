import type { Column } from '../columnar/batch.ts';
import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { type ColumnCode, columnCodeOf, type RemoteModule } from './column-code.ts';
import { type ComponentColumn, toComponent, wantedRows } from './component-columns.ts';
import { type MadeRows, madeRows, placeRows } from './component-rows.ts';
import type { UdfModule } from './load-udf.ts';
import { argumentHasFlag } from './signature.ts';
import type { TableSignature } from './table-signature.ts';
import { findTable, type TableCall, type TableRows, type TableUdfOptions } from './table-udf.ts';

/** What came of some rows of the input: for each row out its input row, and its place in `columns`, or −1 for a row of NULLs. */
interface Piece {
  readonly picks: readonly number[];
  readonly elements: readonly number[];
  readonly columns: readonly ComponentColumn[];
}

/**
 * A table function of a component, or of another process, as `TableUdf` is one of a core module: it makes at most as many rows a call as asked for, and goes on where it stopped.
 * What the component gave is kept meanwhile outside the task's memory.
 */
export class ComponentTable {
  readonly signature: TableSignature;
  readonly #memory: TaskMemory;
  readonly #options: TableUdfOptions;
  readonly #instance: ColumnCode;
  #piece: Piece = { picks: [], elements: [], columns: [] };
  /** Rows of the piece that have gone, and rows of the input that were asked about. */
  #gone = 0;
  #asked = 0;

  /** @throws TidemillError `udf-export` when the component has no such table function. */
  constructor(module: UdfModule | RemoteModule, functionName: string, memory: TaskMemory, options: TableUdfOptions) {
    this.signature = findTable(module, functionName);
    this.#memory = memory;
    this.#options = options;
    this.#instance = columnCodeOf(module, functionName);
  }

  /** @throws TidemillError `udf-trap`, `udf-fuel`, `udf-stack`, `udf-result`, `udf-error`. */
  call(call: TableCall): TableRows {
    if (call.begins) {
      this.#piece = { picks: [], elements: [], columns: [] };
      this.#gone = 0;
      this.#asked = 0;
    }
    if (this.#gone === this.#piece.picks.length && this.#asked < call.rows) {
      const end = Math.min(call.rows, this.#asked + limits.udfComponentRowsMax);
      this.#piece = this.#ask(call, this.#asked, end);
      this.#gone = 0;
      this.#asked = end;
    }
    const from = this.#gone;
    const to = Math.min(this.#piece.picks.length, from + call.capacity);
    this.#gone = to;
    const ended = to === this.#piece.picks.length;
    const { picks, columns } = this.#placed(from, to, call.outer);
    return {
      count: to - from,
      picks,
      columns,
      done: ended && this.#asked === call.rows,
      complete: ended ? this.#asked : this.#piece.picks[to]!,
    };
  }

  #ask(call: TableCall, from: number, to: number): Piece {
    const { signature } = this;
    const strict = (index: number): boolean => !argumentHasFlag(signature, index);
    const wanted = wantedRows(this.#memory, to, call.arguments, 0, strict, from);
    let made: MadeRows = { of: [], columns: [] };
    try {
      if (wanted.length > 0) made = this.#made(call.arguments, wanted);
    } catch (error) {
      if (this.#options.onTrap !== 'null' || !(error instanceof TidemillError) || error.domain === 'internal') throw error;
      this.#options.failures?.note(signature.name, wanted.length, () => error.message);
    }
    const { of, columns } = made;
    if (!call.outer) return { picks: of, elements: of.map((_, index) => index), columns };
    const picks: number[] = [];
    const elements: number[] = [];
    let at = 0;
    for (let row = from; row < to; row++) {
      const before = at;
      for (; of[at] === row; at++) {
        picks.push(row);
        elements.push(at);
      }
      if (at === before) {
        picks.push(row);
        elements.push(-1);
      }
    }
    return { picks, elements, columns };
  }

  #made(given: readonly Column[], wanted: Int32Array): MadeRows {
    const { name, columns } = this.signature;
    const inputs = given.map(column => toComponent(this.#memory, column, wanted));
    const made = this.#instance.call('callTable', wanted.length, run => run(name, wanted.length, inputs));
    const checked = madeRows(name, columns, made, wanted.length);
    return { ...checked, of: checked.of.map(row => wanted[row]!) };
  }

  /** Rows from … to of the piece, in the arena. */
  #placed(from: number, to: number, outer: boolean): { readonly picks: number; readonly columns: readonly Column[] } {
    const { picks, elements, columns } = this.#piece;
    const address = this.#memory.arena.allocate(4 * Math.max(to - from, 1));
    this.#memory.u32.set(picks.slice(from, to), address >>> 2);
    const task = { memory: this.#memory, kernels: this.#options.kernels };
    const { name, columns: schema } = this.signature;
    return { picks: address, columns: placeRows(name, task, schema, columns, elements.slice(from, to), outer) };
  }
}
