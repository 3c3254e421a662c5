import type { Schema } from '../columnar/types.ts';
import { storageOf } from '../columnar/types.ts';
import { limits } from '../common/limits.ts';
import type { FunctionBuilder, FunctionReference, GlobalReference, Local } from '../wasm/encoder/index.ts';
import { guarded } from '../wasm/guards.ts';
import type { LoopTarget } from './loop-target.ts';
import { trapStates } from './loop-target.ts';
import { RowEmitter } from './row-emitter.ts';
import { isText } from './signature.ts';
import { recordBytes, slotOffsets } from './table-signature.ts';
import { TextEmitter } from './text-emitter.ts';

/** i32 globals that say how far the copying of blocks has come, so that it can go on in another call. */
export interface BlockGlobals {
  /** Address of the next record in the module's memory. */
  readonly cursor: GlobalReference;
  /** Records of the block that were not copied yet. */
  readonly left: GlobalReference;
  /** Bit 63 of the block: more rows may come. */
  readonly more: GlobalReference;
  /** Rows that lie in the output. */
  readonly made: GlobalReference;
  /** Whether the current input row has given a row. */
  readonly given: GlobalReference;
  /** The input row that comes next. */
  readonly next: GlobalReference;
}

/** Where a loop writes rows: a u32 input row each, and its columns. */
export interface BlockOutput {
  readonly rows: Local;
  readonly columns: readonly { readonly data: Local; readonly validity: Local }[];
}

/** Emits the way of records from the module's memory to the columns of an output batch. */
export class BlockEmitter {
  readonly #f: FunctionBuilder;
  readonly #loop: LoopTarget;
  readonly #globals: BlockGlobals & { readonly fuel: GlobalReference };
  readonly #columns: Schema;
  readonly #output: BlockOutput;
  readonly #emitters: readonly RowEmitter[];
  readonly #made: Local;

  constructor(
    f: FunctionBuilder,
    loop: LoopTarget,
    globals: BlockGlobals & { readonly fuel: GlobalReference },
    columns: Schema,
    output: BlockOutput,
    heap: Local,
  ) {
    this.#f = f;
    this.#loop = loop;
    this.#globals = globals;
    this.#columns = columns;
    this.#output = output;
    this.#made = f.newLocal('i32');
    this.#emitters = columns.map(({ type }, index) => {
      const target: LoopTarget = { ...loop, resultHasFlag: true, signature: { ...loop.signature, result: type } };
      const text = isText(type) ? new TextEmitter(f, target, loop.text!, heap) : undefined;
      const { data, validity } = output.columns[index]!;
      return new RowEmitter(f, target, this.#made, [], data, validity, text);
    });
  }

  /** Takes a block from the stack: it must lie in the memory, and say that there is more only where `next` can be asked. */
  open(next: FunctionReference | undefined): void {
    const f = this.#f;
    const { cursor, left, more, fuel } = this.#globals;
    // short functions are not metered, and blocks without rows could follow one another for ever
    if (guarded('fuel-blocks')) {
      f.get(fuel).i64.const(limits.udfBlockCost).i64.sub().set(fuel);
      f.get(fuel).i64.const(0).i64.ltS();
      f.if(() => f.unreachable());
    }
    const block = f.local('i64');
    f.tee(block).i32.wrapI64().set(cursor);
    f.get(block).i64.const(32).i64.shrU().i32.wrapI64().i32.const(0x7fff_ffff).i32.and().set(left);
    f.get(block).i64.const(63).i64.shrU().i32.wrapI64().set(more);
    f.get(left).i64.extendI32U().i64.const(recordBytes(this.#columns)).i64.mul();
    f.get(cursor).i64.extendI32U().i64.add();
    f.memorySize(this.#loop.text!.guest).i64.extendI32U().i64.const(16).i64.shl().i64.gtU();
    if (guarded('block-bounds')) f.if(() => this.#stop(trapStates.blockOutside));
    else f.drop();
    if (next === undefined && guarded('block-next')) {
      f.get(more);
      f.if(() => this.#stop(trapStates.noNextBlock));
    }
    f.release(block);
  }

  /** Copies the next record of the block for the input row `row`. Where a long text has no place the loop ends before the record. */
  copy(row: Local): void {
    const f = this.#f;
    const { cursor, left, given } = this.#globals;
    const { guest } = this.#loop.text!;
    const offsets = slotOffsets(this.#columns);
    const record = f.local('i32');
    const nulls = f.local('i64');
    f.get(cursor).set(record);
    f.get(record).i64.load(0, 1, guest).set(nulls);
    this.#begin(row);
    for (const [index, { type }] of this.#columns.entries()) {
      const emitter = this.#emitters[index]!;
      f.get(nulls)
        .i64.const(1n << BigInt(index))
        .i64.and()
        .i64.eqz();
      f.if(
        () => {
          f.get(record);
          const storage = storageOf(type);
          const offset = offsets[index]!;
          if (storage === 'i128')
            f.i64
              .load(offset, 1, guest)
              .get(record)
              .i64.load(offset + 8, 1, guest);
          else if (storage === 'i64' || storage === 'view') f.i64.load(offset, 1, guest);
          else if (storage === 'f64') f.f64.load(offset, 1, guest);
          else if (storage === 'f32') f.f32.load(offset, 1, guest);
          else f.i32.load(offset, 1, guest);
          emitter.storeResult(type);
        },
        () => {
          if (type.nullable || !guarded('block-nulls')) emitter.makeNull();
          else this.#stop(trapStates.nullInColumn);
        },
      );
    }
    f.get(record).i32.const(recordBytes(this.#columns)).i32.add().set(cursor);
    f.get(left).i32.const(1).i32.sub().set(left);
    f.i32.const(1).set(given);
    this.#end();
    f.release(record, nulls);
  }

  /** A row of NULLs for the input row `row`; all columns have a validity bitmap then. */
  empty(row: Local): void {
    this.#begin(row);
    for (const emitter of this.#emitters) emitter.makeNull();
    this.#end();
  }

  #begin(row: Local): void {
    const f = this.#f;
    f.get(this.#globals.made).set(this.#made);
    f.get(this.#output.rows).get(this.#made).i32.const(2).i32.shl().i32.add();
    f.get(row).i32.store(0, 4, this.#loop.memory);
  }

  #end(): void {
    this.#f.get(this.#made).i32.const(1).i32.add().set(this.#globals.made);
  }

  #stop(why: number): void {
    this.#f.i32.const(why).set(this.#loop.state).unreachable();
  }
}
