import { type SqlType, storageOf, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { internalError, notSupported } from '../common/errors.ts';
import type { Call, Case, Cast, Expression, Literal } from '../plan/expressions.ts';
import type { FunctionBuilder, FunctionReference, Local, ModuleBuilder, ValueType } from '../wasm/encoder/index.ts';
import { canonicalText } from './canonical.ts';
import { type FrameLayout, frameHead } from './frame.ts';
import { formOf, type Operand, type Valid, wordsOf } from './operand.ts';

/** Why a row can fail; the message is made in JavaScript. */
export type RowErrorCode = 'division-by-zero' | 'bad-cast' | 'out-of-range' | 'bad-argument';
/** A place in generated code that can refuse a row: which expression (by its ordinal in the spec) and why. */
export interface ErrorSite {
  readonly ordinal: number;
  readonly code: RowErrorCode;
}

/** An input column, or a field of one, as the loop sees it. */
export interface ColumnAccess {
  readonly type: SqlType;
  /** Address of the data. */
  readonly data: Local;
  /** The current block's validity word (bit i & 63 is the row's), or undefined when the type is NOT NULL. */
  readonly word: Local | undefined;
}

/** Emits one call of the catalogue for the row at hand. */
export type Emitter = (emitter: RowEmitter, call: Call) => Operand;

/** What the functions of one generated module share. */
export interface ModuleContext {
  /** By catalogue name. */
  readonly emitters: Readonly<Record<string, Emitter>>;
  readonly emitCast: (emitter: RowEmitter, cast: Cast) => Operand;
  readonly module: ModuleBuilder;
  readonly frame: FrameLayout;
  readonly sites: ErrorSite[];
  /** Ordinal of each expression of the spec. */
  readonly ordinals: ReadonlyMap<Expression, number>;
  readonly localTimeZone: string;
  /** Offset of 16 scratch bytes in the frame, for a value that is read at once. */
  sharedSlot(): number;
  /** A kernel, imported once. */
  kernel(name: string, parameters: readonly ValueType[], results?: readonly ValueType[]): FunctionReference;
  /** One of functions/elementary.ts, imported once. */
  javascript(name: string, parameters: readonly ValueType[], results: readonly ValueType[]): FunctionReference;
}

interface Scope {
  readonly operands: Map<string, Operand>;
}

/** Emits the code of expressions for the row at hand; a value needed twice is computed once. */
export class RowEmitter {
  readonly f: FunctionBuilder;
  readonly context: ModuleContext;
  readonly frame: Local;
  readonly row: Local;
  /** False in the loop for blocks without NULLs in any column that is read. */
  readonly columnNulls: boolean;
  readonly #columns: (expression: Expression) => ColumnAccess | undefined;
  readonly #scopes: Scope[] = [{ operands: new Map() }];

  constructor(options: {
    readonly f: FunctionBuilder;
    readonly context: ModuleContext;
    readonly frame: Local;
    readonly row: Local;
    readonly columnNulls: boolean;
    readonly columns: (expression: Expression) => ColumnAccess | undefined;
  }) {
    this.f = options.f;
    this.context = options.context;
    this.frame = options.frame;
    this.row = options.row;
    this.columnNulls = options.columnNulls;
    this.#columns = options.columns;
  }

  /** Computes an expression, or finds it computed. */
  emit(expression: Expression): Operand {
    if (expression.kind === 'literal') return this.literal(expression);
    const key = canonicalText(expression);
    for (const scope of this.#scopes) {
      const known = scope.operands.get(key);
      if (known !== undefined) return known;
    }
    const operand = this.#compute(expression);
    this.#scopes.at(-1)!.operands.set(key, operand);
    return operand;
  }

  /** Code that does not always run: what is computed inside is forgotten after it. */
  lazily(body: () => void): void {
    this.#scopes.push({ operands: new Map() });
    body();
    this.#scopes.pop();
  }

  #compute(expression: Expression): Operand {
    switch (expression.kind) {
      case 'literal':
        return this.literal(expression);
      case 'column':
      case 'field':
        return this.#column(expression);
      case 'call': {
        const emitter = this.context.emitters[expression.name];
        if (emitter === undefined) throw notSupported(`${expression.name} in generated code`, expression.span);
        return emitter(this, expression);
      }
      case 'case':
        return this.#case(expression);
      case 'cast':
        return this.context.emitCast(this, expression);
      case 'user-call':
        throw internalError(`the user function ${expression.name} was not taken out of the loop`);
    }
  }

  literal(expression: Literal): Operand {
    return this.constant(expression.value, expression.type);
  }

  /** An operand of a known value. */
  constant(value: Value, type: SqlType): Operand {
    const form = formOf(type);
    if (value === null) return this.nullOf(type);
    const operand = { type, form, valid: 'always', constant: value } as const;
    const { f } = this;
    switch (form) {
      case 'i32':
        return { ...operand, push: () => void f.i32.const(Number(value)), pushHigh: noHigh };
      case 'i64':
        return { ...operand, push: () => void f.i64.const(BigInt(value as bigint)), pushHigh: noHigh };
      case 'f32':
        return { ...operand, push: () => void f.f32.const(value as number), pushHigh: noHigh };
      case 'f64':
        return { ...operand, push: () => void f.f64.const(value as number), pushHigh: noHigh };
      case 'i128': {
        const wide = BigInt(value as bigint);
        return {
          ...operand,
          push: () => void f.i64.const(BigInt.asIntN(64, wide)),
          pushHigh: () => void f.i64.const(wide >> 64n),
        };
      }
      case 'view': {
        const bytes = value instanceof Uint8Array ? value : new TextEncoder().encode(value as string);
        const offset = this.context.frame.view(bytes);
        return { ...operand, push: () => this.pushFrame(offset), pushHigh: noHigh };
      }
      case 'nested':
        throw notSupported('a literal ARRAY, MAP or ROW in generated code');
    }
  }

  /** The NULL of a type. */
  nullOf(type: SqlType): Operand {
    const form = formOf(type);
    const { f } = this;
    const zero = (): void => {
      switch (form) {
        case 'i32':
          f.i32.const(0);
          break;
        case 'i64':
        case 'i128':
          f.i64.const(0);
          break;
        case 'f32':
          f.f32.const(0);
          break;
        case 'f64':
          f.f64.const(0);
          break;
        case 'view':
          this.pushFrame(this.context.frame.view(new Uint8Array(0)));
          break;
        case 'nested':
          break;
      }
    };
    return { type, form, valid: 'never', push: zero, pushHigh: () => void f.i64.const(0) };
  }

  /** Leaves the address of a place in the frame. */
  pushFrame(offset: number): void {
    this.f.get(this.frame).i32.const(offset).i32.add();
  }

  /** A value that has just been put into locals. */
  local(type: SqlType, locals: readonly Local[], valid: Valid = 'always'): Operand {
    const form = formOf(type);
    const [low, high] = locals;
    return {
      type,
      form,
      valid,
      push: () => void this.f.get(low!),
      pushHigh: high === undefined ? noHigh : () => void this.f.get(high),
    };
  }

  /** New locals for a value of a type: never of another value before, because a NULL's locals keep what they had, which must be harmless. */
  localsFor(type: SqlType): Local[] {
    return wordsOf(formOf(type)).map(word => this.f.newLocal(word));
  }

  /** Sets locals from an operand. */
  assign(locals: readonly Local[], operand: Operand): void {
    const [low, high] = locals;
    if (low === undefined) return;
    operand.push();
    this.f.set(low);
    if (high !== undefined) {
      operand.pushHigh();
      this.f.set(high);
    }
  }

  /** The same value as another type of the same form. */
  retyped(operand: Operand, type: SqlType): Operand {
    return { ...operand, type };
  }

  /** Leaves 1 for a value, 0 for NULL. */
  pushValid(valid: Valid): void {
    if (valid === 'always') this.f.i32.const(1);
    else if (valid === 'never') this.f.i32.const(0);
    else this.f.get(valid);
  }

  /** Valid when all are. */
  allValid(operands: readonly Operand[]): Valid {
    if (operands.some(operand => operand.valid === 'never')) return 'never';
    const locals = [...new Set(operands.map(operand => operand.valid).filter(valid => typeof valid === 'object'))];
    if (locals.length === 0) return 'always';
    if (locals.length === 1) return locals[0]!;
    const result = this.f.local('i32');
    this.f.get(locals[0]!);
    for (const local of locals.slice(1)) this.f.get(local).i32.and();
    this.f.set(result);
    return result;
  }

  /** Runs `body` where `valid`; `otherwise` where not. */
  whenValid(valid: Valid, body: () => void, otherwise?: () => void): void {
    if (valid === 'always') body();
    else if (valid === 'never') otherwise?.();
    else {
      this.f.get(valid);
      if (otherwise === undefined) this.f.if(() => this.lazily(body));
      else
        this.f.if(
          () => this.lazily(body),
          () => this.lazily(otherwise),
        );
    }
  }

  /**
   * A call whose result is NULL when an argument is. `compute` sets the result's locals (low word first). `guarded`: it must not see the data
   * of NULL rows.
   */
  strict(
    type: SqlType,
    args: readonly Operand[],
    options: { readonly guarded: boolean },
    compute: (result: readonly Local[]) => void,
  ): Operand {
    const valid = this.allValid(args);
    if (valid === 'never') return this.nullOf(type);
    const result = this.localsFor(type);
    if (options.guarded) this.whenValid(valid, () => compute(result));
    else compute(result);
    return this.local(type, result, valid);
  }

  /** As {@link strict} and guarded, but `compute` may also make it NULL, by setting the local it is given to 0. */
  strictOrNull(type: SqlType, args: readonly Operand[], compute: (result: readonly Local[], valid: Local) => void): Operand {
    const inputValid = this.allValid(args);
    if (inputValid === 'never') return this.nullOf(type);
    const result = this.localsFor(type);
    const valid = this.f.local('i32');
    this.pushValid(inputValid);
    this.f.set(valid);
    this.whenValid(inputValid, () => compute(result, valid));
    return this.local(type, result, valid);
  }

  /** Emits the end of the run because of this row. `view`: leaves the address of a view of the refused value. */
  fail(expression: Expression, code: RowErrorCode, view?: () => void): void {
    const ordinal = this.context.ordinals.get(expression);
    if (ordinal === undefined) throw internalError('an expression that can fail is not part of the spec');
    const site = this.context.sites.push({ ordinal, code }) - 1;
    const { f } = this;
    f.get(this.frame).get(this.row).i32.store(frameHead.errorRow);
    f.get(this.frame).i32.const(site).i32.store(frameHead.errorSite);
    f.get(this.frame);
    if (view === undefined) f.i32.const(0);
    else view();
    f.i32.store(frameHead.errorView);
    f.i32.const(1).return();
  }

  /** May the expression be NULL in this loop? */
  mayBeNull(expression: Expression): boolean {
    if (expression.kind === 'literal') return expression.value === null;
    if (!expression.type.nullable) return false;
    if (expression.kind === 'column' || expression.kind === 'field') return this.columnNulls;
    return true;
  }

  #column(expression: Expression & { kind: 'column' | 'field' }): Operand {
    const { f } = this;
    const access = this.#columns(expression);
    if (access === undefined) {
      if (expression.kind === 'field') throw notSupported(`a field of a computed ROW (${expression.name})`, expression.span);
      throw internalError(`column ${expression.name} is not among the inputs`);
    }
    const { type } = expression;
    const form = formOf(type);
    let valid: Valid = 'always';
    if (access.word !== undefined && this.columnNulls) {
      valid = f.local('i32');
      f.get(access.word).get(this.row).i64.extendI32U().i64.shrU().i32.wrapI64().i32.const(1).i32.and().set(valid);
    }
    const locals = this.localsFor(type);
    const storage = storageOf(type);
    const shift = { i8: 0, i16: 1, i32: 2, f32: 2, i64: 3, f64: 3, i128: 4, view: 4, list: 0, struct: 0 }[storage];
    if (form === 'nested') return { ...this.local(type, locals, valid), push: nestedValue, pushHigh: nestedValue };
    f.get(access.data).get(this.row);
    if (shift > 0) f.i32.const(shift).i32.shl();
    f.i32.add();
    switch (storage) {
      case 'i8':
        if (type.kind === 'BOOLEAN') {
          f.i32.load8U();
          if (valid !== 'always') f.i32.const(1).i32.and();
        } else f.i32.load8S();
        f.set(locals[0]!);
        break;
      case 'i16':
        f.i32.load16S().set(locals[0]!);
        break;
      case 'i32':
        f.i32.load().set(locals[0]!);
        break;
      case 'i64':
        f.i64.load().set(locals[0]!);
        break;
      case 'f32':
        f.f32.load().set(locals[0]!);
        break;
      case 'f64':
        f.f64.load().set(locals[0]!);
        break;
      case 'i128': {
        const address = f.local('i32');
        f.tee(address).i64.load().set(locals[0]!);
        f.get(address).i64.load(8).set(locals[1]!);
        f.release(address);
        break;
      }
      case 'view':
        f.set(locals[0]!);
        break;
    }
    return this.local(type, locals, valid);
  }

  #case(expression: Case): Operand {
    const { f } = this;
    const { type } = expression;
    if (formOf(type) === 'nested') throw notSupported('CASE over ARRAY, MAP or ROW', expression.span);
    const results = [...expression.branches.map(branch => branch.result), expression.otherwise];
    const result = this.localsFor(type);
    const valid = results.some(inner => this.mayBeNull(inner)) ? f.local('i32') : undefined;
    const take = (inner: Expression): void => {
      const operand = this.emit(inner);
      this.assign(result, operand);
      if (valid !== undefined) {
        this.pushValid(operand.valid);
        f.set(valid);
      }
    };
    const from = (index: number): void => {
      const branch = expression.branches[index];
      if (branch === undefined) {
        take(expression.otherwise);
        return;
      }
      this.pushCondition(branch.when);
      f.if(
        () => this.lazily(() => take(branch.result)),
        () => this.lazily(() => from(index + 1)),
      );
    };
    from(0);
    return this.local(type, result, valid ?? 'always');
  }

  /** Leaves 1 where the condition is TRUE, 0 where it is FALSE or NULL. */
  pushCondition(condition: Expression): void {
    const operand = this.emit(condition);
    operand.push();
    if (operand.valid !== 'always') {
      this.pushValid(operand.valid);
      this.f.i32.and();
    }
  }

  /** Leaves the row when the condition is not TRUE; a conjunct runs only where those before it are TRUE. */
  skipUnless(condition: Expression, skip: () => void): void {
    if (condition.kind === 'call' && condition.name === 'and' && condition.arguments.slice(1).some(isCostly)) {
      // a cheap conjunct goes with its neighbours into one branch
      let group: Expression[] = [];
      const flush = (): void => {
        if (group.length === 0) return;
        for (const [index, inner] of group.entries()) {
          this.pushCondition(inner);
          if (index > 0) this.f.i32.and();
        }
        this.f.i32.eqz();
        skip();
        group = [];
      };
      for (const inner of condition.arguments) {
        if (isCostly(inner)) {
          flush();
          this.skipUnless(inner, skip);
        } else group.push(inner);
      }
      flush();
      return;
    }
    this.pushCondition(condition);
    this.f.i32.eqz();
    skip();
  }

  /** The expression's type, NOT NULL. */
  present(type: SqlType): SqlType {
    return withNullable(type, false);
  }
}

/** Functions that run kernels, branch, or may fail: worth (or, failing, demanding) a branch around them. */
export function isCostly(expression: Expression): boolean {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return false;
    case 'field':
      return false;
    case 'case':
    case 'user-call':
      return true;
    case 'cast': {
      const from = formOf(expression.input.type);
      const to = formOf(expression.type);
      const plain = (form: string): boolean => form === 'i32' || form === 'i64' || form === 'f32' || form === 'f64';
      const temporal = (type: SqlType): boolean => type.kind === 'TIMESTAMP_LTZ' || type.kind === 'DECIMAL';
      return (
        !plain(from) || !plain(to) || temporal(expression.type) || temporal(expression.input.type) || isCostly(expression.input)
      );
    }
    case 'call':
      return (
        !cheapCalls.has(expression.name) ||
        expression.arguments.some(inner => isCostly(inner) || formOf(inner.type) === 'view' || formOf(inner.type) === 'i128')
      );
  }
}

const cheapCalls = new Set([
  ...[
    'plus',
    'minus',
    'times',
    'negate',
    'equals',
    'not-equals',
    'less-than',
    'less-or-equal',
    'greater-than',
    'greater-or-equal',
  ],
  ...[
    'and',
    'or',
    'not',
    'is-null',
    'is-not-null',
    'is-true',
    'is-false',
    'is-not-true',
    'is-not-false',
    'is-unknown',
    'is-not-unknown',
  ],
  ...['between', 'not-between', 'abs', 'is-distinct-from', 'is-not-distinct-from'],
]);

const noHigh = (): void => {
  throw internalError('only 128-bit values have a high word');
};
const nestedValue = (): void => {
  throw notSupported('computing with ARRAY, MAP or ROW values');
};
