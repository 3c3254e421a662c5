import { type SqlType, storageBytes, storageOf } from '../columnar/types.ts';
import type { FunctionBuilder, GlobalReference, Local, MemoryReference } from '../wasm/encoder/index.ts';
import { guarded } from '../wasm/guards.ts';
import { type LoopTarget, trapStates } from './loop-target.ts';
import { emitTakeFromPlace } from './result-place.ts';
import { argumentHasFlag, isText, resultTypesOf, type ScalarSignature } from './signature.ts';
import type { TextEmitter, TextPlace, TextView } from './text-emitter.ts';

export interface ArgumentColumn {
  readonly type: SqlType;
  readonly data: Local;
  /** Set where the function gets a flag. */
  readonly validity: Local | undefined;
}

/** Takes a u32 of the frame that a loop was called with, by its offset, into a local. */
export function framePlaces(f: FunctionBuilder, frame: Local, memory: MemoryReference): (offset: number) => Local {
  return offset => {
    const local = f.newLocal('i32');
    f.get(frame).i32.load(offset, 4, memory).set(local);
    return local;
  };
}

/** The arguments' columns, with which every frame begins. */
export function argumentColumns(signature: ScalarSignature, place: (offset: number) => Local): readonly ArgumentColumn[] {
  return signature.arguments.map((type, index) => ({
    type,
    data: place(8 * index),
    validity: argumentHasFlag(signature, index) ? place(8 * index + 4) : undefined,
  }));
}

/** Emits the work on one row of a batch loop. */
export class RowEmitter {
  readonly #f: FunctionBuilder;
  readonly #loop: LoopTarget;
  readonly #row: Local;
  readonly #columns: readonly ArgumentColumn[];
  readonly #result: Local;
  readonly #validity: Local;
  readonly #text: TextEmitter | undefined;

  constructor(
    f: FunctionBuilder,
    loop: LoopTarget,
    row: Local,
    columns: readonly ArgumentColumn[],
    result: Local,
    validity: Local,
    text?: TextEmitter,
  ) {
    this.#text = text;
    this.#f = f;
    this.#loop = loop;
    this.#row = row;
    this.#columns = columns;
    this.#result = result;
    this.#validity = validity;
  }

  /** The row's value from start to end; `first` pushes what stands before the arguments. */
  call(first?: () => void): void {
    const f = this.#f;
    const { signature, resultHasFlag, byPlace } = this.#loop;
    if (byPlace === true) {
      const { place } = this.#loop.text!;
      this.invoke(() => {
        f.get(place);
        first?.();
      });
      this.#takeFromPlace(place);
      return;
    }
    this.invoke(first);
    const flag = f.local('i32');
    if (resultHasFlag) f.set(flag);
    this.storeResult(signature.result);
    if (resultHasFlag) {
      f.get(flag).i32.eqz();
      f.if(() => this.makeNull());
    }
    f.release(flag);
  }

  #takeFromPlace(place: GlobalReference): void {
    const { result } = this.#loop.signature;
    const { guest } = this.#loop.text!;
    emitTakeFromPlace(this.#f, this.#loop, place, {
      value: () => {
        for (const [index, type] of resultTypesOf(result).entries())
          this.#f.get(place)[type as 'i32' | 'i64' | 'f32' | 'f64'].load(8 * index, 4, guest);
        this.storeResult(result);
      },
      null: () => this.makeNull(),
    });
  }

  /** Calls the function with the row's arguments behind what `first` leaves on the stack; leaves its results there. */
  invoke(first?: () => void): void {
    const f = this.#f;
    f.get(this.#row).set(this.#loop.row);
    const texts = this.#columns.filter(({ type }) => isText(type));
    const views = texts.map(column => this.#viewOf(column));
    const places = views.length === 0 ? [] : this.#text!.copyIn(views);
    first?.();
    for (const column of this.#columns) {
      const text = texts.indexOf(column);
      if (text < 0) this.#pushArgument(column);
      else this.#pushText(views[text]!, places[text]!);
    }
    this.#text?.release(places);
    f.release(...views.map(({ view }) => view));
    f.call(this.#loop.target);
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

  /** A variable with the address of the row's view; 0 where the function gets a flag and the row is NULL. */
  #viewOf({ type, data, validity }: ArgumentColumn): TextView {
    const f = this.#f;
    const view = f.local('i32');
    this.#address(data, type);
    f.set(view);
    if (validity === undefined) return { view, optional: false };
    f.get(view).i32.const(0);
    this.#isValid(validity);
    f.select().set(view);
    return { view, optional: true };
  }

  #pushText({ view, optional }: TextView, { address, bytes }: TextPlace): void {
    const f = this.#f;
    f.get(address).get(bytes);
    if (optional) f.get(view).i32.const(0).i32.ne();
  }

  /** Leaves 1 when the row has a value, else 0. */
  #isValid(validity: Local): void {
    const f = this.#f;
    const { memory } = this.#loop;
    f.get(validity).if(
      'i32',
      () => {
        f.get(validity).get(this.#row).i32.const(3).i32.shrU().i32.add().i32.load8U(0, 1, memory);
        f.get(this.#row).i32.const(7).i32.and().i32.shrU().i32.const(1).i32.and();
      },
      () => f.i32.const(1),
    );
  }

  #address(base: Local, type: SqlType): void {
    const shift = 31 - Math.clz32(storageBytes(storageOf(type)));
    this.#f.get(base).get(this.#row);
    if (shift > 0) this.#f.i32.const(shift).i32.shl();
    this.#f.i32.add();
  }

  #pushArgument({ type, data, validity }: ArgumentColumn): void {
    const f = this.#f;
    if (validity === undefined) {
      this.#load(type, data, 0);
      if (storageOf(type) === 'i128') this.#load(type, data, 8);
      return;
    }
    const flag = f.local('i32');
    this.#isValid(validity);
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
  storeResult(type: SqlType): void {
    const f = this.#f;
    const { memory } = this.#loop;
    if (isText(type)) {
      const view = f.local('i32');
      const returned = f.local('i64');
      f.set(returned);
      this.#address(this.#result, type);
      f.set(view).get(returned);
      f.release(returned);
      const { resultHasFlag, signature } = this.#loop;
      this.#text!.copyOut(view, !resultHasFlag && signature.result.nullable ? () => this.makeNull() : undefined);
      f.release(view);
      return;
    }
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
      if (type.kind === 'BOOLEAN' && guarded('boolean-byte')) f.i32.const(0).i32.ne();
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
    if (!guarded('decimal-range')) return;
    if (this.#loop.signature.result.nullable) this.makeNull();
    else this.#f.i32.const(trapStates.resultOutOfRange).set(this.#loop.state).unreachable();
  }

  /** The row's result is NULL; only where there is a validity bitmap. */
  makeNull(): void {
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
