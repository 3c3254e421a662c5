import { type SqlType, storageBytes, storageOf } from '../columnar/types.ts';
import { notSupported } from '../common/errors.ts';
import { type Expression, operands } from '../plan/expressions.ts';
import { type FunctionBuilder, type FunctionReference, type Local, ModuleBuilder } from '../wasm/encoder/index.ts';
import type { ComputeSpec } from './contract.ts';
import { emitCast, emitters } from './emitters/index.ts';
import { FrameLayout, frameHead } from './frame.ts';
import { KeyEmitter } from './key-emitter.ts';
import { formOf, type Operand } from './operand.ts';
import { type ColumnAccess, type ErrorSite, type ModuleContext, RowEmitter } from './row-emitter.ts';

/** An input column, or a field of one, that generated code reads. */
export interface ModuleInput {
  /** Column index, then field indexes. */
  readonly path: readonly number[];
  readonly type: SqlType;
  /** u32 data address and u32 validity address, by frame offset. */
  readonly offset: number;
}
export type ModuleOutput =
  /** The same column; rows are picked by the selection when there is a filter. */
  | { readonly kind: 'column'; readonly path: readonly number[]; readonly type: SqlType }
  /** u32 data, u32 validity (0 when never NULL), u32 "some row is NULL", by frame offset. */
  | { readonly kind: 'computed'; readonly type: SqlType; readonly offset: number; readonly nullable: boolean };

export interface ComputeModule {
  /** Undefined when columns are only passed through. */
  readonly module: WebAssembly.Module | undefined;
  readonly frame: FrameLayout;
  readonly inputs: readonly ModuleInput[];
  readonly outputs: readonly ModuleOutput[];
  readonly sites: readonly ErrorSite[];
}

/** All expressions of a spec, in one order for equal specs: row errors name them by position. */
export function expressionsOf(spec: ComputeSpec): Expression[] {
  const all: Expression[] = [];
  const visit = (expression: Expression): void => {
    all.push(expression);
    for (const operand of operands(expression)) visit(operand);
  };
  if (spec.filter !== undefined) visit(spec.filter);
  for (const output of spec.outputs) visit(output);
  for (const key of spec.key?.expressions ?? []) visit(key);
  return all;
}

/** Column index and field indexes of a column or a field of one. */
export function columnPath(expression: Expression): readonly number[] | undefined {
  if (expression.kind === 'column') return [expression.index];
  if (expression.kind !== 'field') return undefined;
  const outer = columnPath(expression.input);
  return outer && [...outer, expression.index];
}

/** Columns that outlive the filter are copied in the loop up to this many; more are gathered by the selection after it. */
const inlineColumnsMax = 4;

export function buildComputeModule(spec: ComputeSpec, localTimeZone: string): ComputeModule {
  return new ComputeModuleBuilder(spec, localTimeZone).build();
}

interface OutputColumn {
  readonly expression: Expression;
  readonly output: ModuleOutput & { kind: 'computed' };
  readonly data: Local;
  /** i64: bit per NULL of the output block that is being filled; and of all blocks. */
  readonly nulls: Local | undefined;
  readonly anyNull: Local | undefined;
  readonly validity: Local | undefined;
}

class ComputeModuleBuilder {
  readonly #spec: ComputeSpec;
  readonly #frame = new FrameLayout();
  readonly #module = new ModuleBuilder();
  readonly #sites: ErrorSite[] = [];
  readonly #context: ModuleContext;
  readonly #f: FunctionBuilder;
  readonly #framePointer: Local;
  readonly #inputs: { input: ModuleInput; access: ColumnAccess; validity: Local | undefined }[] = [];
  readonly #outputs: ModuleOutput[] = [];
  readonly #columns: OutputColumn[] = [];
  readonly #key: KeyEmitter | undefined;

  constructor(spec: ComputeSpec, localTimeZone: string) {
    this.#spec = spec;
    this.#module.importMemory('env', 'memory', { initial: 1, maximum: 65536, shared: true });
    const kernels = new Map<string, FunctionReference>();
    const ordinals = new Map<Expression, number>();
    for (const [index, expression] of expressionsOf(spec).entries())
      if (!ordinals.has(expression)) ordinals.set(expression, index);
    let slot: number | undefined;
    this.#context = {
      module: this.#module,
      frame: this.#frame,
      sites: this.#sites,
      ordinals,
      localTimeZone,
      emitters,
      emitCast,
      sharedSlot: () => (slot ??= this.#frame.reserve(16, 16)),
      kernel: (name, parameters, results = []) => {
        let reference = kernels.get(name);
        if (reference === undefined) {
          reference = this.#module.importFunction('kernels', name, parameters, results);
          kernels.set(name, reference);
        }
        return reference;
      },
    };
    const f = this.#module.exportFunction('run', ['i32'], ['i32']);
    this.#f = f;
    this.#framePointer = f.parameters[0];
    this.#planOutputs();
    this.#key = spec.key && new KeyEmitter(this.#context, f, spec.key);
  }

  build(): ComputeModule {
    const filtered = this.#spec.filter !== undefined;
    const needed = filtered || this.#columns.length > 0 || this.#key !== undefined;
    if (needed) this.#emitRun();
    return {
      module: needed ? new WebAssembly.Module(this.#module.build()) : undefined,
      frame: this.#frame,
      inputs: this.#inputs.map(({ input }) => input),
      outputs: this.#outputs,
      sites: this.#sites,
    };
  }

  #planOutputs(): void {
    const { outputs, filter } = this.#spec;
    const paths = outputs.map(columnPath);
    const gatherAll = filter !== undefined && paths.filter(path => path !== undefined).length > inlineColumnsMax;
    for (const [index, expression] of outputs.entries()) {
      const path = paths[index];
      const { type } = expression;
      if (path !== undefined && (filter === undefined || gatherAll || formOf(type) === 'nested')) {
        this.#outputs.push({ kind: 'column', path, type });
        continue;
      }
      if (formOf(type) === 'nested') throw notSupported(`computing ${type.kind} values`, expression.span);
      const f = this.#f;
      const nullable = mayGiveNull(expression);
      const output = { kind: 'computed', type, offset: this.#frame.reserve(12, 4), nullable } as const;
      this.#outputs.push(output);
      this.#columns.push({
        expression,
        output,
        data: f.local('i32'),
        nulls: nullable ? f.local('i64') : undefined,
        anyNull: nullable ? f.local('i64') : undefined,
        validity: nullable ? f.local('i32') : undefined,
      });
    }
  }

  #emitRun(): void {
    const f = this.#f;
    const { filter } = this.#spec;
    for (const [expression, path] of this.#readColumns()) this.#addInput(expression.type, path);
    const frame = this.#framePointer;
    const rows = f.local('i32');
    f.get(frame).i32.load(frameHead.rows).set(rows);
    for (const { input, access, validity } of this.#inputs) {
      f.get(frame).i32.load(input.offset).set(access.data);
      if (validity !== undefined)
        f.get(frame)
          .i32.load(input.offset + 4)
          .set(validity);
    }
    for (const { output, data, validity } of this.#columns) {
      f.get(frame).i32.load(output.offset).set(data);
      if (validity !== undefined)
        f.get(frame)
          .i32.load(output.offset + 4)
          .set(validity);
    }
    const selection = f.local('i32');
    if (filter !== undefined) f.get(frame).i32.load(frameHead.selection).set(selection);
    this.#key?.begin(frame);

    const row = f.local('i32');
    const kept = filter === undefined ? row : f.newLocal('i32');
    const body = (columnNulls: boolean, start: Local, end: Local): void => {
      const emitter = new RowEmitter({
        f,
        context: this.#context,
        frame,
        row,
        columnNulls,
        columns: expression => this.#accessOf(expression),
      });
      f.forRange(row, start, end, next => {
        if (filter !== undefined) emitter.skipUnless(filter, () => f.brIf(next));
        for (const column of this.#columns) this.#store(emitter, column, emitter.emit(column.expression), kept);
        this.#key?.row(emitter, kept);
        if (filter === undefined) return;
        f.get(selection).get(kept).i32.const(2).i32.shl().i32.add().get(row).i32.store();
        f.get(kept).i32.const(1).i32.add().set(kept);
        if (this.#columns.some(column => column.nulls !== undefined)) {
          f.get(kept).i32.const(63).i32.and().i32.eqz();
          f.if(() => this.#flush(() => f.get(kept).i32.const(3).i32.shrU().i32.const(8).i32.sub()));
        }
      });
    };
    const nullableInputs = this.#inputs.filter(({ validity }) => validity !== undefined);
    const nullableOutputs = this.#columns.some(column => column.nulls !== undefined);
    if (nullableInputs.length === 0 && (!nullableOutputs || filter !== undefined)) {
      const start = f.newLocal('i32');
      body(false, start, rows);
    } else {
      const start = f.newLocal('i32');
      const end = f.local('i32');
      f.while(
        () => void f.get(start).get(rows).i32.ltU(),
        () => {
          f.get(start).i32.const(64).i32.add().tee(end).get(rows).get(end).get(rows).i32.ltU().select().set(end);
          for (const { access, validity } of nullableInputs) {
            f.get(validity!).if(
              'i64',
              () => void f.get(validity!).get(start).i32.const(3).i32.shrU().i32.add().i64.load(),
              () => void f.i64.const(-1),
            );
            f.set(access.word!);
          }
          if (nullableInputs.length === 0) body(false, start, end);
          else {
            for (const [index, { access }] of nullableInputs.entries()) {
              f.get(access.word!);
              if (index > 0) f.i64.and();
            }
            f.i64.const(-1).i64.eq();
            f.if(
              () => body(false, start, end),
              () => body(true, start, end),
            );
          }
          if (filter === undefined && nullableOutputs) this.#flush(() => f.get(start).i32.const(3).i32.shrU());
          f.get(start).i32.const(64).i32.add().set(start);
        },
      );
    }
    if (filter !== undefined && nullableOutputs) {
      f.get(kept).i32.const(63).i32.and();
      f.if(() => this.#flush(() => f.get(kept).i32.const(6).i32.shrU().i32.const(3).i32.shl()));
    }
    f.get(frame)
      .get(filter === undefined ? rows : kept)
      .i32.store(frameHead.keptRows);
    for (const { output, anyNull } of this.#columns) {
      if (anyNull !== undefined)
        f.get(frame)
          .get(anyNull)
          .i64.const(0)
          .i64.ne()
          .i32.store(output.offset + 8);
    }
    f.i32.const(0);
  }

  /** Writes the filled block of every output bitmap; `place` leaves the block's byte offset. */
  #flush(place: () => void): void {
    const f = this.#f;
    for (const { nulls, anyNull, validity } of this.#columns) {
      if (nulls === undefined) continue;
      f.get(validity!);
      place();
      f.i32.add().get(nulls).i64.const(-1).i64.xor().i64.store();
      f.get(anyNull!).get(nulls).i64.or().set(anyNull!);
      f.i64.const(0).set(nulls);
    }
  }

  #store(emitter: RowEmitter, column: OutputColumn, operand: Operand, kept: Local): void {
    const f = this.#f;
    const storage = storageOf(column.output.type);
    const shift = Math.log2(storageBytes(storage));
    const address = (): void => {
      f.get(column.data).get(kept);
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
        throw notSupported(`computing ${column.output.type.kind} values`);
    }
    if (operand.valid === 'always' || column.nulls === undefined) return;
    f.get(column.nulls);
    emitter.pushValid(operand.valid);
    f.i32.eqz().i64.extendI32U().get(kept).i64.extendI32U().i64.shl().i64.or().set(column.nulls);
  }

  /** The columns that the filter, computed outputs and keys read, once each. */
  #readColumns(): Map<Expression, readonly number[]> {
    const found = new Map<string, [Expression, readonly number[]]>();
    const visit = (expression: Expression): void => {
      const path = columnPath(expression);
      if (path !== undefined) found.set(path.join(), [expression, path]);
      else for (const operand of operands(expression)) visit(operand);
    };
    if (this.#spec.filter !== undefined) visit(this.#spec.filter);
    for (const { expression } of this.#columns) visit(expression);
    for (const expression of this.#spec.key?.expressions ?? []) visit(expression);
    return new Map(found.values());
  }

  #addInput(type: SqlType, path: readonly number[]): void {
    const f = this.#f;
    this.#inputs.push({
      input: { path, type, offset: this.#frame.reserve(8, 4) },
      access: { type, data: f.local('i32'), word: type.nullable ? f.local('i64') : undefined },
      validity: type.nullable ? f.local('i32') : undefined,
    });
  }

  #accessOf(expression: Expression): ColumnAccess | undefined {
    const path = columnPath(expression)?.join();
    return path === undefined ? undefined : this.#inputs.find(({ input }) => input.path.join() === path)?.access;
  }
}

/** Types say what may be NULL; decimals of 38 digits overflow to NULL whatever their type says. */
function mayGiveNull(expression: Expression): boolean {
  if (expression.type.nullable) return true;
  if (expression.kind === 'column' || expression.kind === 'literal') return false;
  return expression.type.kind === 'DECIMAL' || operands(expression).some(mayGiveNull);
}
