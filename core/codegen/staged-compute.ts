import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import { readColumn } from '../columnar/read-values.ts';
import type { Value } from '../columnar/values.ts';
import { columnOf } from '../columnar/write-values.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import type { EvaluationContext } from '../functions/contract.ts';
import { castOrFail } from '../functions/evaluate.ts';
import { scalarFunctions } from '../functions/index.ts';
import { operands } from '../plan/expressions.ts';
import type { BoundUserFunction, Compute, ComputeResult, ComputeSpec, TaskCode } from './contract.ts';
import { chooseName, columnCallOf } from './nested-calls.ts';
import type { Hosted, StagedSpec } from './staging.ts';

type Host = (rows: number, columns: readonly Column[], selection: number) => Column;

/** Loops with user functions, and references of built-ins, a column at a time between them. */
export class StagedCompute implements Compute {
  readonly #first: Compute | undefined;
  readonly #steps: readonly { readonly prepare: Compute; readonly host: Host; readonly guarded: boolean }[];
  readonly #last: Compute;

  constructor(staged: StagedSpec, task: TaskCode, compile: (spec: ComputeSpec) => Compute) {
    this.#first = staged.first && compile(staged.first);
    this.#steps = staged.steps.map(step => ({
      prepare: compile(step.prepare),
      host: hostOf(step.hosted, task),
      guarded: step.guarded,
    }));
    this.#last = compile(staged.last);
  }

  run(input: Batch): ComputeResult {
    let batch = this.#first?.run(input).batch ?? input;
    for (const { prepare, host, guarded } of this.#steps) {
      const { columns } = prepare.run(batch).batch;
      const args = guarded ? columns.slice(0, -1) : columns;
      const selection = guarded ? columns.at(-1)!.data : 0;
      const result = host(batch.length, args, selection);
      batch = batchOf(batch.length, [...batch.columns, result], batch.weights, batch.watermarkBefore);
    }
    return this.#last.run(batch);
  }
}

function hostOf(hosted: Hosted, task: TaskCode): Host {
  if (hosted.kind === 'user-call') {
    const bound: BoundUserFunction = task.userFunction(hosted.name);
    return (rows, columns, selection) => bound.call(rows, columns, selection);
  }
  const columnCall = hosted.kind === 'call' ? columnCallOf(hosted) : undefined;
  if (columnCall !== undefined && hosted.kind === 'call')
    return (rows, columns, selection) => columnCall(task, rows, columns, hosted, selection);
  const context: EvaluationContext = { localTimeZone: task.localTimeZone, epochMs: task.epochMs, random: task.random };
  const compute = referenceOf(hosted, context);
  const constants = operands(hosted).map(operand => (operand.kind === 'literal' ? operand : undefined));
  return (rows, columns, selection) => {
    const { memory } = task;
    // a literal is one value, not a column to be read
    const values = columns.map((column, index) =>
      constants[index] === undefined ? readColumn(memory, column, rows) : undefined,
    );
    const chosen = selection === 0 ? undefined : memory.u8.slice(selection, selection + rows);
    const results: Value[] = new Array(rows);
    for (let row = 0; row < rows; row++) {
      results[row] =
        chosen !== undefined && chosen[row] === 0
          ? null
          : compute(values.map((column, index) => (column === undefined ? constants[index]!.value : column[row]!)));
    }
    return columnOf(memory, hosted.type, results);
  };
}

type Reference = (args: readonly Value[]) => Value;

function referenceOf(hosted: Exclude<Hosted, { kind: 'user-call' }>, context: EvaluationContext): Reference {
  switch (hosted.kind) {
    case 'cast':
      return castReference(hosted, context);
    case 'literal':
      return () => hosted.value;
    case 'call':
      return hosted.name === chooseName ? ([which, ...results]) => results[which as number]! : callReference(hosted, context);
  }
}

function castReference(cast: Hosted & { kind: 'cast' }, context: EvaluationContext): Reference {
  return ([value]) => castOrFail(value!, cast.input.type, cast, context);
}

function callReference(call: Hosted & { kind: 'call' }, context: EvaluationContext): Reference {
  const entry = scalarFunctions.get(call.name);
  if (entry === undefined) throw internalError(`no function ${call.name}`);
  const types = { arguments: operands(call).map(operand => operand.type), result: call.type };
  const propagates = entry.nulls === 'propagate';
  return args => {
    if (propagates && args.includes(null)) return null;
    try {
      return entry.reference(args, types, context);
    } catch (error) {
      if (!(error instanceof TidemillError) || error.span !== undefined) throw error;
      throw new TidemillError(error.code, error.message, { domain: error.domain, span: call.span, hint: error.hint });
    }
  };
}
