import { type SqlType, storageBytes, storageOf } from '../columnar/types.ts';
import { limits } from '../common/limits.ts';
import type { FunctionBuilder, FunctionReference, GlobalReference, Local, MemoryReference } from '../wasm/encoder/index.ts';
import type { ModuleEditor } from '../wasm/reader/index.ts';
import { argumentHasFlag, type ScalarSignature } from './signature.ts';

/** Values of the module's state global, which says why it trapped. */
export const trapStates = { none: 0, growthFailed: 1, resultOutOfRange: 2 } as const;

export const exportNames = {
  fuel: 'tidemill.fuel',
  row: 'tidemill.row',
  state: 'tidemill.state',
  start: 'tidemill.start',
  prepare: (name: string) => `tidemill.prepare:${name}`,
  loop: (name: string) => `tidemill.loop:${name}`,
  own: (name: string) => `own:${name}`,
} as const;

export interface LoopTarget {
  readonly signature: ScalarSignature;
  readonly target: FunctionReference;
  readonly resultHasFlag: boolean;
  /** See `ModuleEditor.isTotal`. */
  readonly total: boolean;
  /** The engine's memory. */
  readonly memory: MemoryReference;
  /** i32 globals: the row that is being computed; one of {@link trapStates}. */
  readonly row: GlobalReference;
  readonly state: GlobalReference;
}

/** Bytes of a frame: data and validity address (u32 each) of every argument, then of the result. */
export const frameBytes = (argumentCount: number): number => 8 * (argumentCount + 1);

/**
 * Appends to the module, for one function:
 * - `prepare(rows, frame)`: writes the result's validity, if it has one: the AND of the arguments whose NULLs are not passed on;
 * - `loop(start, end, selection, frame)`: calls the function for rows start … end − 1 whose validity bit is set and whose selection byte is
 *   not 0 (address 0: all are selected). Other rows get zero bytes. The row is stored before each call. A function that cannot trap and
 *   changes nothing is called for all rows, which is faster than to choose.
 */
export function appendBatchLoop(editor: ModuleEditor, loop: LoopTarget): void {
  const { name } = loop.signature;
  editor.addExport(exportNames.prepare(name), appendPrepare(editor, loop));
  editor.addExport(exportNames.loop(name), appendLoop(editor, loop));
}

function appendPrepare(editor: ModuleEditor, { signature, memory }: LoopTarget): FunctionReference {
  const count = signature.arguments.length;
  const f = editor.addFunction(exportNames.prepare(signature.name), ['i32', 'i32'], []);
  const [rows, frame] = f.parameters;
  const output = f.newLocal('i32');
  const offset = f.newLocal('i32');
  const end = f.newLocal('i32');
  const word = f.newLocal('i64');
  f.get(frame)
    .i32.load(8 * count + 4, 4, memory)
    .tee(output)
    .i32.eqz();
  f.if(() => f.return());
  const inputs = signature.arguments.flatMap((_, index) => {
    if (argumentHasFlag(signature, index)) return [];
    const validity = f.newLocal('i32');
    f.get(frame)
      .i32.load(8 * index + 4, 4, memory)
      .set(validity);
    return [validity];
  });
  f.get(rows).i32.const(63).i32.add().i32.const(6).i32.shrU().i32.const(3).i32.shl().set(end);
  f.while(
    () => f.get(offset).get(end).i32.ltU(),
    () => {
      f.i64.const(-1).set(word);
      for (const validity of inputs) {
        f.get(validity).if(() => {
          f.get(word).get(validity).get(offset).i32.add().i64.load(0, 8, memory).i64.and().set(word);
        });
      }
      f.get(output).get(offset).i32.add().get(word).i64.store(0, 8, memory);
      f.get(offset).i32.const(8).i32.add().set(offset);
    },
  );
  return f;
}

function appendLoop(editor: ModuleEditor, loop: LoopTarget): FunctionReference {
  const { signature, memory } = loop;
  const count = signature.arguments.length;
  const f = editor.addFunction(exportNames.loop(signature.name), ['i32', 'i32', 'i32', 'i32'], []);
  const [row, end, selection, frame] = f.parameters;
  const place = (offset: number): Local => {
    const local = f.newLocal('i32');
    f.get(frame).i32.load(offset, 4, memory).set(local);
    return local;
  };
  const columns = signature.arguments.map((type, index) => ({
    type,
    data: place(8 * index),
    validity: argumentHasFlag(signature, index) ? place(8 * index + 4) : undefined,
  }));
  const result = place(8 * count);
  const validity = place(8 * count + 4);
  const emit = new RowEmitter(f, loop, row, columns, result, validity);
  // Out of range traps if the result is NOT NULL, and a row that is NULL or not selected can hold anything.
  const unconditional = loop.total && !(signature.result.kind === 'DECIMAL' && !signature.result.nullable);
  f.get(row).get(end).i32.geU();
  f.if(() => f.return());
  if (unconditional) rounds(f, row, end, () => emit.call());
  else {
    f.get(validity).get(selection).i32.or();
    f.if(
      () => chosenRows(f, loop, { row, end, selection, validity }, emit),
      () => rounds(f, row, end, () => emit.call()),
    );
  }
  return f;
}

/** Runs `body` for row … end − 1; there is at least one row. */
function rounds(f: FunctionBuilder, row: Local, end: Local, body: () => void): void {
  f.loop(again => {
    body();
    f.get(row).i32.const(1).i32.add().tee(row).get(end).i32.ltU().brIf(again);
  });
}

interface Chosen {
  readonly row: Local;
  readonly end: Local;
  readonly selection: Local;
  readonly validity: Local;
}

/**
 * Takes 64 rows at a time, as a word of bits: all set is a plain loop, else set bits are visited one by one, which mispredicts less than a
 * branch per row.
 */
function chosenRows(
  f: FunctionBuilder,
  { memory }: LoopTarget,
  { row, end, selection, validity }: Chosen,
  emit: RowEmitter,
): void {
  const first = f.newLocal('i32');
  const stop = f.newLocal('i32');
  const range = f.newLocal('i64');
  const word = f.newLocal('i64');
  f.loop(again => {
    f.get(row).i32.const(-64).i32.and().tee(first).i32.const(64).i32.add().tee(stop);
    f.get(end).get(stop).get(end).i32.ltU().select().set(stop);
    // The rows of this word that are between start and end.
    f.i64.const(-1).get(row).i64.extendI32U().i64.shl();
    f.i64.const(-1).get(first).i32.const(64).i32.add().get(stop).i32.sub().i64.extendI32U().i64.shrU();
    f.i64.and().tee(range).set(word);
    f.get(validity).if(() => {
      f.get(word).get(validity).get(first).i32.const(3).i32.shrU().i32.add().i64.load(0, 8, memory).i64.and().set(word);
    });
    f.get(selection).if(() => {
      f.get(word);
      for (let part = 0; part < 4; part++) {
        f.get(selection)
          .get(first)
          .i32.add()
          .v128.load(16 * part, 1, memory)
          .v128.const([])
          .i8x16.ne()
          .i8x16.bitmask();
        f.i64.extendI32U();
        if (part > 0)
          f.i64
            .const(16 * part)
            .i64.shl()
            .i64.or();
      }
      f.i64.and().set(word);
    });
    f.get(word).get(range).i64.eq();
    f.if(
      () => rounds(f, row, stop, () => emit.call()),
      () => {
        f.get(range).get(word).i64.xor().set(range);
        setBits(f, word, first, row, () => emit.call());
        setBits(f, range, first, row, () => emit.storeZero());
      },
    );
    f.get(stop).tee(row).get(end).i32.ltU().brIf(again);
  });
}

/** Runs `body` with row = first + the place of each set bit, and leaves the word 0. */
function setBits(f: FunctionBuilder, word: Local, first: Local, row: Local, body: () => void): void {
  f.while(
    () => f.get(word).i64.eqz().i32.eqz(),
    () => {
      f.get(word).i64.ctz().i32.wrapI64().get(first).i32.add().set(row);
      body();
      f.get(word).get(word).i64.const(1).i64.sub().i64.and().set(word);
    },
  );
}

interface ArgumentColumn {
  readonly type: SqlType;
  readonly data: Local;
  /** Set where the function gets a flag. */
  readonly validity: Local | undefined;
}

/** Emits the work on one row. */
class RowEmitter {
  readonly #f: FunctionBuilder;
  readonly #loop: LoopTarget;
  readonly #row: Local;
  readonly #columns: readonly ArgumentColumn[];
  readonly #result: Local;
  readonly #validity: Local;

  constructor(
    f: FunctionBuilder,
    loop: LoopTarget,
    row: Local,
    columns: readonly ArgumentColumn[],
    result: Local,
    validity: Local,
  ) {
    this.#f = f;
    this.#loop = loop;
    this.#row = row;
    this.#columns = columns;
    this.#result = result;
    this.#validity = validity;
  }

  call(): void {
    const f = this.#f;
    const { signature, resultHasFlag } = this.#loop;
    f.get(this.#row).set(this.#loop.row);
    for (const column of this.#columns) this.#pushArgument(column);
    f.call(this.#loop.target);
    const flag = f.local('i32');
    if (resultHasFlag) f.set(flag);
    this.#storeResult(signature.result);
    if (resultHasFlag) {
      f.get(flag).i32.eqz();
      f.if(() => this.#makeNull());
    }
    f.release(flag);
  }

  /** Rows that are not computed have harmless data. */
  storeZero(): void {
    const f = this.#f;
    const { memory } = this.#loop;
    this.#address(this.#result, this.#loop.signature.result);
    switch (storageBytes(storageOf(this.#loop.signature.result))) {
      case 1:
        f.i32.const(0).i32.store8(0, 1, memory);
        break;
      case 2:
        f.i32.const(0).i32.store16(0, 2, memory);
        break;
      case 4:
        f.i32.const(0).i32.store(0, 4, memory);
        break;
      case 8:
        f.i64.const(0).i64.store(0, 8, memory);
        break;
      default:
        f.v128.const([]).v128.store(0, 16, memory);
    }
  }

  #address(base: Local, type: SqlType): void {
    const shift = 31 - Math.clz32(storageBytes(storageOf(type)));
    this.#f.get(base).get(this.#row);
    if (shift > 0) this.#f.i32.const(shift).i32.shl();
    this.#f.i32.add();
  }

  #pushArgument({ type, data, validity }: ArgumentColumn): void {
    const f = this.#f;
    const { memory } = this.#loop;
    if (validity === undefined) {
      this.#load(type, data, 0);
      if (storageOf(type) === 'i128') this.#load(type, data, 8);
      return;
    }
    const flag = f.local('i32');
    f.get(validity).if(
      'i32',
      () => {
        f.get(validity).get(this.#row).i32.const(3).i32.shrU().i32.add().i32.load8U(0, 1, memory);
        f.get(this.#row).i32.const(7).i32.and().i32.shrU().i32.const(1).i32.and();
      },
      () => f.i32.const(1),
    );
    f.set(flag);
    // A NULL row's data is unspecified; the function sees 0.
    const zeroUnlessFlag = () => {
      const storage = storageOf(type);
      if (storage === 'f32') f.f32.const(0);
      else if (storage === 'f64') f.f64.const(0);
      else if (storage === 'i64' || storage === 'i128') f.i64.const(0);
      else f.i32.const(0);
      f.get(flag).select();
    };
    this.#load(type, data, 0);
    zeroUnlessFlag();
    if (storageOf(type) === 'i128') {
      this.#load(type, data, 8);
      zeroUnlessFlag();
    }
    f.get(flag);
    f.release(flag);
  }

  #load(type: SqlType, data: Local, offset: number): void {
    const f = this.#f;
    const { memory } = this.#loop;
    this.#address(data, type);
    const storage = storageOf(type);
    if (storage === 'i8') {
      if (type.kind === 'BOOLEAN') f.i32.load8U(offset, 1, memory);
      else f.i32.load8S(offset, 1, memory);
    } else if (storage === 'i16') f.i32.load16S(offset, 2, memory);
    else if (storage === 'i32') f.i32.load(offset, 4, memory);
    else if (storage === 'f32') f.f32.load(offset, 4, memory);
    else if (storage === 'f64') f.f64.load(offset, 8, memory);
    else f.i64.load(offset, 8, memory);
  }

  /** Takes the result values from the stack. */
  #storeResult(type: SqlType): void {
    const f = this.#f;
    const { memory } = this.#loop;
    const storage = storageOf(type);
    if (storage === 'i128') {
      const high = f.local('i64');
      const low = f.local('i64');
      f.set(high).set(low);
      this.#address(this.#result, type);
      f.get(low).i64.store(0, 8, memory);
      this.#address(this.#result, type);
      f.get(high).i64.store(8, 8, memory);
      if (type.kind === 'DECIMAL') this.#checkWideDecimal(low, high, type.precision);
      f.release(high, low);
      return;
    }
    const value = f.local(storage === 'f32' || storage === 'f64' || storage === 'i64' ? storage : 'i32');
    f.set(value);
    this.#address(this.#result, type);
    f.get(value);
    if (storage === 'i8') {
      if (type.kind === 'BOOLEAN') f.i32.const(0).i32.ne();
      f.i32.store8(0, 1, memory);
    } else if (storage === 'i16') f.i32.store16(0, 2, memory);
    else if (storage === 'i32') f.i32.store(0, 4, memory);
    else if (storage === 'f32') f.f32.store(0, 4, memory);
    else if (storage === 'f64') f.f64.store(0, 8, memory);
    else f.i64.store(0, 8, memory);
    if (type.kind === 'DECIMAL') this.#checkCompactDecimal(value, type.precision);
    f.release(value);
  }

  #checkCompactDecimal(value: Local, precision: number): void {
    const largest = 10n ** BigInt(precision) - 1n;
    const f = this.#f;
    f.get(value)
      .i64.const(largest)
      .i64.add()
      .i64.const(2n * largest)
      .i64.gtU();
    f.if(() => this.#outOfRange());
  }

  #checkWideDecimal(low: Local, high: Local, precision: number): void {
    const f = this.#f;
    const largest = 10n ** BigInt(precision) - 1n;
    const smallest = -largest;
    const above = [largest >> 64n, BigInt.asIntN(64, largest)] as const;
    const below = [smallest >> 64n, BigInt.asIntN(64, smallest)] as const;
    f.get(high).i64.const(above[0]).i64.gtS();
    f.get(high).i64.const(above[0]).i64.eq().get(low).i64.const(above[1]).i64.gtU().i32.and().i32.or();
    f.get(high).i64.const(below[0]).i64.ltS().i32.or();
    f.get(high).i64.const(below[0]).i64.eq().get(low).i64.const(below[1]).i64.ltU().i32.and().i32.or();
    f.if(() => this.#outOfRange());
  }

  /** A decimal with too many digits is NULL, as in built-in arithmetic, or a trap where the result is NOT NULL. */
  #outOfRange(): void {
    if (this.#loop.signature.result.nullable) this.#makeNull();
    else this.#f.i32.const(trapStates.resultOutOfRange).set(this.#loop.state).unreachable();
  }

  #makeNull(): void {
    const f = this.#f;
    const { memory } = this.#loop;
    const address = f.local('i32');
    f.get(this.#validity).get(this.#row).i32.const(3).i32.shrU().i32.add().tee(address);
    f.get(address).i32.load8U(0, 1, memory);
    f.i32.const(1).get(this.#row).i32.const(7).i32.and().i32.shl().i32.const(-1).i32.xor().i32.and();
    f.i32.store8(0, 1, memory);
    f.release(address);
    this.storeZero();
  }
}

/** Whether the loop may clear validity bits, so that the result always needs a bitmap. */
export function loopMakesNulls(signature: ScalarSignature, resultHasFlag: boolean): boolean {
  return resultHasFlag || (signature.result.nullable && signature.result.kind === 'DECIMAL');
}

export const engineMemoryLimits = { initial: 1, maximum: limits.taskMemoryPagesMax, shared: true } as const;
