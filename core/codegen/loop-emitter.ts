import { type SqlType, storageBytes, storageOf } from '../columnar/types.ts';
import { notSupported } from '../common/errors.ts';
import type { Expression } from '../plan/expressions.ts';
import type { FunctionBuilder, Local } from '../wasm/encoder/index.ts';
import type { ComputeSpec } from './contract.ts';
import { frameHead } from './frame.ts';
import { KeyEmitter } from './key-emitter.ts';
import type { Operand } from './operand.ts';
import { type ColumnAccess, isCostly, type ModuleContext, RowEmitter } from './row-emitter.ts';

/** An input column, or a field of one, that generated code reads. */
export interface ModuleInput {
  /** Column index, then field indexes. */
  readonly path: readonly number[];
  readonly type: SqlType;
  /** u32 data address and u32 validity address, by frame offset. */
  readonly offset: number;
}
/** An output that the loop stores. */
export interface ComputedOutput {
  readonly expression: Expression;
  readonly output: { readonly type: SqlType; readonly offset: number; readonly nullable: boolean };
}
export interface LoopPlan {
  readonly context: ModuleContext;
  readonly filter: Expression | undefined;
  readonly key: ComputeSpec['key'];
  readonly inputs: readonly ModuleInput[];
  readonly outputs: readonly ComputedOutput[];
}

/** Column index and field indexes of a column or a field of one. */
export function columnPath(expression: Expression): readonly number[] | undefined {
  if (expression.kind === 'column') return [expression.index];
  if (expression.kind !== 'field') return undefined;
  const outer = columnPath(expression.input);
  return outer && [...outer, expression.index];
}

interface Input {
  readonly path: string;
  readonly access: ColumnAccess;
  readonly validity: Local | undefined;
}
interface Output extends ComputedOutput {
  readonly data: Local;
  readonly validity: Local | undefined;
  /** i64: a bit per NULL of the 64 rows at hand, and of all before; there once a value that may be NULL was stored. */
  nulls: Local | undefined;
  anyNull: Local | undefined;
}

/**
 * Emits one loop over a batch. Without `columnNulls`, no column that is read has NULLs, and the loop is plain; else rows come in blocks of 64,
 * those without NULLs through a body of their own.
 */
export function emitLoop(f: FunctionBuilder, plan: LoopPlan, columnNulls: boolean): void {
  new LoopEmitter(f, plan, columnNulls).emit();
}

class LoopEmitter {
  readonly #f: FunctionBuilder;
  readonly #plan: LoopPlan;
  readonly #columnNulls: boolean;
  readonly #frame: Local;
  readonly #inputs: readonly Input[];
  readonly #outputs: readonly Output[];
  readonly #key: KeyEmitter | undefined;
  readonly #row: Local;
  readonly #kept: Local;
  readonly #selection: Local;

  constructor(f: FunctionBuilder, plan: LoopPlan, columnNulls: boolean) {
    this.#f = f;
    this.#plan = plan;
    this.#columnNulls = columnNulls;
    this.#frame = f.parameters[0]!;
    this.#inputs = plan.inputs.map(({ path, type }) => ({
      path: path.join(),
      access: { type, data: f.local('i32'), word: columnNulls && type.nullable ? f.local('i64') : undefined },
      validity: columnNulls && type.nullable ? f.local('i32') : undefined,
    }));
    this.#outputs = plan.outputs.map(output => ({
      ...output,
      data: f.local('i32'),
      validity: output.output.nullable ? f.local('i32') : undefined,
      nulls: undefined,
      anyNull: undefined,
    }));
    this.#key = plan.key && new KeyEmitter(plan.context, f, plan.key);
    this.#row = f.local('i32');
    this.#kept = plan.filter === undefined ? this.#row : f.newLocal('i32');
    this.#selection = f.local('i32');
  }

  emit(): void {
    const f = this.#f;
    const { filter } = this.#plan;
    const frame = this.#frame;
    const rows = f.local('i32');
    this.#loadFrame(rows);
    const start = f.newLocal('i32');
    if (this.#columnNulls) this.#emitBlocks(start, rows);
    else this.#emitRows(false, start, rows);
    if (this.#outputs.some(output => output.nulls !== undefined)) {
      // in blocks, unfiltered rows have been written already
      if (filter !== undefined || !this.#columnNulls) {
        const count = filter === undefined ? rows : this.#kept;
        f.get(count).i32.const(63).i32.and();
        f.if(() => this.#flush(() => f.get(count).i32.const(6).i32.shrU().i32.const(3).i32.shl()));
      }
    }
    f.get(frame);
    f.get(filter === undefined ? rows : this.#kept).i32.store(frameHead.keptRows);
    for (const { output, anyNull } of this.#outputs) {
      f.get(frame);
      if (anyNull === undefined) f.i32.const(0);
      else f.get(anyNull).i64.const(0).i64.ne();
      f.i32.store(output.offset + 8);
    }
    f.i32.const(0);
  }

  #loadFrame(rows: Local): void {
    const f = this.#f;
    const load = (offset: number, target: Local): void => {
      f.get(this.#frame).i32.load(offset).set(target);
    };
    load(frameHead.rows, rows);
    for (const [index, { access, validity }] of this.#inputs.entries()) {
      const { offset } = this.#plan.inputs[index]!;
      load(offset, access.data);
      if (validity !== undefined) load(offset + 4, validity);
    }
    for (const { output, data, validity } of this.#outputs) {
      load(output.offset, data);
      if (validity !== undefined) load(output.offset + 4, validity);
    }
    if (this.#plan.filter !== undefined) load(frameHead.selection, this.#selection);
    this.#key?.begin(this.#frame);
  }

  #emitBlocks(start: Local, rows: Local): void {
    const f = this.#f;
    const end = f.local('i32');
    const nullable = this.#inputs.filter(input => input.validity !== undefined);
    f.while(
      () => void f.get(start).get(rows).i32.ltU(),
      () => {
        f.get(start).i32.const(64).i32.add().tee(end).get(rows).get(end).get(rows).i32.ltU().select().set(end);
        for (const { access, validity } of nullable) {
          f.get(validity!).if(
            'i64',
            () => void f.get(validity!).get(start).i32.const(3).i32.shrU().i32.add().i64.load(),
            () => void f.i64.const(-1),
          );
          f.set(access.word!);
        }
        for (const [index, { access }] of nullable.entries()) {
          f.get(access.word!);
          if (index > 0) f.i64.and();
        }
        f.i64.const(-1).i64.eq();
        f.if(
          () => this.#emitRows(false, start, end),
          () => this.#emitRows(true, start, end),
        );
        if (this.#plan.filter === undefined) this.#flush(() => f.get(start).i32.const(3).i32.shrU());
        f.get(start).i32.const(64).i32.add().set(start);
      },
    );
  }

  /** Rows start … end − 1; `columnNulls`: columns may be NULL in them. */
  #emitRows(columnNulls: boolean, start: Local, end: Local): void {
    const f = this.#f;
    const { filter } = this.#plan;
    const kept = this.#kept;
    if (filter !== undefined && !isCostly(filter)) {
      this.#emitSelected(columnNulls, filter, start, end);
      return;
    }
    const emitter = this.#rowEmitter(columnNulls);
    f.forRange(this.#row, start, end, next => {
      if (filter !== undefined) emitter.skipUnless(filter, () => f.brIf(next));
      this.#emitRow(emitter);
      if (filter !== undefined) {
        this.#pushSelected().get(this.#row).i32.store();
        f.get(kept).i32.const(1).i32.add().set(kept);
        this.#flushEvery64(() => f.get(kept));
      } else if (!this.#columnNulls) this.#flushEvery64(() => f.get(kept).i32.const(1).i32.add());
    });
  }

  /** First which rows stay, without a branch that nobody can foresee; then those. */
  #emitSelected(columnNulls: boolean, filter: Expression, start: Local, end: Local): void {
    const f = this.#f;
    const kept = this.#kept;
    const found = f.newLocal('i32');
    const filtering = this.#rowEmitter(columnNulls);
    f.get(kept).set(found);
    f.forRange(this.#row, start, end, () => {
      f.get(this.#selection).get(found).i32.const(2).i32.shl().i32.add().get(this.#row).i32.store();
      filtering.pushCondition(filter);
      f.get(found).i32.add().set(found);
    });
    const emitter = this.#rowEmitter(columnNulls);
    f.forRange(kept, kept, found, () => {
      this.#pushSelected().i32.load().set(this.#row);
      this.#emitRow(emitter);
      this.#flushEvery64(() => f.get(kept).i32.const(1).i32.add());
    });
  }

  /** The place of a kept row's number. */
  #pushSelected(): FunctionBuilder {
    return this.#f.get(this.#selection).get(this.#kept).i32.const(2).i32.shl().i32.add();
  }

  #rowEmitter(columnNulls: boolean): RowEmitter {
    return new RowEmitter({
      f: this.#f,
      context: this.#plan.context,
      frame: this.#frame,
      row: this.#row,
      columnNulls,
      columns: expression => {
        const path = columnPath(expression)?.join();
        return path === undefined ? undefined : this.#inputs.find(input => input.path === path)?.access;
      },
    });
  }

  #emitRow(emitter: RowEmitter): void {
    for (const output of this.#outputs) this.#store(emitter, output, emitter.emit(output.expression));
    this.#key?.row(emitter, this.#kept);
  }

  #flushEvery64(count: () => FunctionBuilder): void {
    // blocks without NULLs must write their ones where others of the batch have NULLs
    if (!this.#columnNulls && this.#outputs.every(output => output.nulls === undefined)) return;
    if (this.#outputs.every(output => output.validity === undefined)) return;
    const f = this.#f;
    count().i32.const(63).i32.and().i32.eqz();
    f.if(() => this.#flush(() => count().i32.const(3).i32.shrU().i32.const(8).i32.sub()));
  }

  /** Writes the filled words of the outputs' bitmaps; `place` leaves their byte offset. */
  #flush(place: () => void): void {
    const f = this.#f;
    for (const output of this.#outputs) {
      if (output.validity === undefined) continue;
      if (output.nulls === undefined && !this.#columnNulls) continue;
      const { nulls, anyNull } = this.#nullsOf(output);
      f.get(output.validity);
      place();
      f.i32.add().get(nulls).i64.const(-1).i64.xor().i64.store();
      f.get(anyNull).get(nulls).i64.or().set(anyNull);
      f.i64.const(0).set(nulls);
    }
  }

  #nullsOf(output: Output): { readonly nulls: Local; readonly anyNull: Local } {
    output.nulls ??= this.#f.newLocal('i64');
    output.anyNull ??= this.#f.newLocal('i64');
    return { nulls: output.nulls, anyNull: output.anyNull };
  }

  #store(emitter: RowEmitter, output: Output, operand: Operand): void {
    const f = this.#f;
    const kept = this.#kept;
    const storage = storageOf(output.output.type);
    const shift = Math.log2(storageBytes(storage));
    const address = (): void => {
      f.get(output.data).get(kept);
      if (shift > 0) f.i32.const(shift).i32.shl();
      f.i32.add();
    };
    address();
    if (storage === 'view' && typeof operand.valid === 'object') {
      operand.push();
      emitter.nullOf(operand.type).push();
      f.get(operand.valid).select();
    } else operand.push();
    switch (storage) {
      case 'i8':
        f.i32.store8();
        break;
      case 'i16':
        f.i32.store16();
        break;
      case 'i32':
        f.i32.store();
        break;
      case 'i64':
        f.i64.store();
        break;
      case 'f32':
        f.f32.store();
        break;
      case 'f64':
        f.f64.store();
        break;
      case 'view':
        f.v128.load(0, 4).v128.store();
        break;
      case 'i128':
        f.i64.store();
        address();
        operand.pushHigh();
        f.i64.store(8);
        break;
      default:
        throw notSupported(`computing ${output.output.type.kind} values`);
    }
    if (operand.valid === 'always' || output.validity === undefined) return;
    const { nulls } = this.#nullsOf(output);
    f.get(nulls);
    emitter.pushValid(operand.valid);
    f.i32.eqz().i64.extendI32U().get(kept).i64.extendI32U().i64.shl().i64.or().set(nulls);
  }
}
