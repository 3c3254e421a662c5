import type { SqlType } from '../columnar/types.ts';
import { notSupported } from '../common/errors.ts';
import { type Expression, operands } from '../plan/expressions.ts';
import { type FunctionReference, ModuleBuilder, type ValueType } from '../wasm/encoder/index.ts';
import type { ComputeSpec } from './contract.ts';
import { emitCast, emitters } from './emitters/index.ts';
import { FrameLayout } from './frame.ts';
import { type ComputedOutput, columnPath, emitLoop, type ModuleInput } from './loop-emitter.ts';
import { formOf } from './operand.ts';
import type { ErrorSite, ModuleContext } from './row-emitter.ts';

export type ModuleOutput =
  /** The same column; rows are picked by the selection when there is a filter. */
  | { readonly kind: 'column'; readonly path: readonly number[]; readonly type: SqlType }
  /** u32 data, u32 validity (0 when never NULL), u32 "some row is NULL", by frame offset. */
  | { readonly kind: 'computed'; readonly type: SqlType; readonly offset: number; readonly nullable: boolean };

export interface ComputeModule {
  /**
   * Exports `plain(frame)`, for batches without NULLs in the columns that are read, and, when those can be NULL, `nulls(frame)`; both give 0, or 1
   * when a row failed. Undefined when columns are only passed through.
   */
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

/** Columns that outlive the filter are copied in the loop up to this many; more are gathered by the selection after it. */
const inlineColumnsMax = 4;

export function buildComputeModule(spec: ComputeSpec, localTimeZone: string): ComputeModule {
  return new ComputeModuleBuilder(spec, localTimeZone).build();
}

class ComputeModuleBuilder {
  readonly #spec: ComputeSpec;
  readonly #frame = new FrameLayout();
  readonly #module = new ModuleBuilder();
  readonly #sites: ErrorSite[] = [];
  readonly #context: ModuleContext;
  readonly #inputs: ModuleInput[];
  readonly #outputs: ModuleOutput[] = [];
  readonly #computed: ComputedOutput[] = [];

  constructor(spec: ComputeSpec, localTimeZone: string) {
    this.#spec = spec;
    this.#module.importMemory('env', 'memory', { initial: 1, maximum: 65536, shared: true });
    const known = new Map<string, FunctionReference>();
    const imported = (
      from: 'kernels' | 'javascript',
      name: string,
      parameters: readonly ValueType[],
      results: readonly ValueType[],
    ): FunctionReference => {
      let reference = known.get(name);
      if (reference === undefined) known.set(name, (reference = this.#module.importFunction(from, name, parameters, results)));
      return reference;
    };
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
      kernel: (name, parameters, results = []) => imported('kernels', name, parameters, results),
      javascript: (name, parameters, results) => imported('javascript', name, parameters, results),
    };
    this.#planOutputs();
    this.#inputs = this.#readColumns();
  }

  build(): ComputeModule {
    const { filter, key } = this.#spec;
    const needed = filter !== undefined || this.#computed.length > 0 || key !== undefined;
    if (needed) {
      const plan = { context: this.#context, filter, key, inputs: this.#inputs, outputs: this.#computed };
      emitLoop(this.#module.exportFunction('plain', ['i32'], ['i32']), plan, false);
      if (this.#inputs.some(input => input.type.nullable))
        emitLoop(this.#module.exportFunction('nulls', ['i32'], ['i32']), plan, true);
    }
    return {
      module: needed ? new WebAssembly.Module(this.#module.build()) : undefined,
      frame: this.#frame,
      inputs: needed ? this.#inputs : [],
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
      const output = { kind: 'computed', type, offset: this.#frame.reserve(12, 4), nullable: mayGiveNull(expression) } as const;
      this.#outputs.push(output);
      this.#computed.push({ expression, output });
    }
  }

  /** The columns that the filter, computed outputs and keys read, once each. */
  #readColumns(): ModuleInput[] {
    const found = new Map<string, ModuleInput>();
    const visit = (expression: Expression): void => {
      const path = columnPath(expression);
      if (path === undefined) for (const operand of operands(expression)) visit(operand);
      else if (!found.has(path.join()))
        found.set(path.join(), { path, type: expression.type, offset: this.#frame.reserve(8, 4) });
    };
    if (this.#spec.filter !== undefined) visit(this.#spec.filter);
    for (const { expression } of this.#computed) visit(expression);
    for (const expression of this.#spec.key?.expressions ?? []) visit(expression);
    return [...found.values()];
  }
}

/** Types say what may be NULL; decimals overflow to NULL whatever their type says. */
function mayGiveNull(expression: Expression): boolean {
  if (expression.type.nullable) return true;
  if (expression.kind === 'column' || expression.kind === 'literal') return false;
  return expression.type.kind === 'DECIMAL' || operands(expression).some(mayGiveNull);
}
