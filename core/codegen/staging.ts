import { type Schema, type SqlType, types, withNullable } from '../columnar/types.ts';
import {
  type Call,
  type Cast,
  call,
  caseOf,
  column,
  type Expression,
  type Literal,
  literal,
  nullLiteral,
  operands,
  referencedColumns,
  substituteColumns,
  type UserCall,
  withOperands,
} from '../plan/expressions.ts';
import { canonicalText } from './canonical.ts';
import type { ComputeSpec } from './contract.ts';
import { canEmit } from './emitters/index.ts';
import { chosen, isNestedType, keepName, packed } from './nested-calls.ts';

/**
 * What a loop cannot compute: user functions, built-ins that have only their reference, and nested values. They are run a column at a time
 * between loops.
 */
export type Hosted = UserCall | Call | Cast | Literal;

/** Computes `hosted` for rows whose guard is TRUE; the result is the next column. */
export interface HostStep {
  readonly hosted: Hosted;
  /** Over the columns before it: the arguments, then the guard when there is one. */
  readonly prepare: ComputeSpec;
  readonly guarded: boolean;
}

/** A spec cut at what a loop cannot compute: columns grow by one a step, then one loop gives the result. */
export interface StagedSpec {
  /** Rows the later steps need not see are gone after it. */
  readonly first: ComputeSpec | undefined;
  readonly steps: readonly HostStep[];
  readonly last: ComputeSpec;
}

function isHosted(expression: Expression): expression is Hosted {
  switch (expression.kind) {
    case 'user-call':
      return true;
    case 'call':
    case 'cast':
      return !canEmit(expression);
    case 'literal':
      return isNestedType(expression.type);
    case 'field':
    case 'case':
    case 'column':
      return false;
  }
}

/** CASE and COALESCE over nested values choose between columns. */
const isChosen = (expression: Expression): boolean =>
  isNestedType(expression.type) && (expression.kind === 'case' || (expression.kind === 'call' && expression.name === 'coalesce'));

const hasHosted = (expression: Expression): boolean =>
  isHosted(expression) || isChosen(expression) || operands(expression).some(hasHosted);

/** Keys hold nested values packed. */
function withPackedKeys(spec: ComputeSpec): ComputeSpec {
  if (!spec.key?.expressions.some(key => isNestedType(key.type))) return spec;
  const expressions = spec.key.expressions.map(key => (isNestedType(key.type) ? packed(key) : key));
  return { ...spec, key: { ...spec.key, expressions } };
}

/** Undefined when one loop does it all. */
export function stageSpec(asked: ComputeSpec): StagedSpec | undefined {
  const spec = withPackedKeys(asked);
  const all = [...(spec.filter === undefined ? [] : [spec.filter]), ...spec.outputs, ...(spec.key?.expressions ?? [])];
  if (!all.some(hasHosted)) return undefined;
  const conjuncts = spec.filter === undefined ? [] : conjunctsOf(spec.filter);
  const cut = conjuncts.findIndex(hasHosted);
  const early = cut < 0 ? conjuncts : conjuncts.slice(0, cut);
  const late = cut < 0 ? [] : conjuncts.slice(cut);
  if (early.length === 0) return { first: undefined, ...new Stager(spec.input).run(spec.filter, spec) };

  const used = [...referencedColumns([...late, ...spec.outputs, ...(spec.key?.expressions ?? [])])].sort((a, b) => a - b);
  const kept = used.map(index => spec.input[index]!);
  const moved = (expression: Expression): Expression =>
    substituteColumns(expression, reference => ({ ...reference, index: used.indexOf(reference.index) }));
  const rest: ComputeSpec = {
    input: kept,
    outputs: spec.outputs.map(moved),
    ...(spec.key && { key: { ...spec.key, expressions: spec.key.expressions.map(moved) } }),
  };
  return {
    first: {
      input: spec.input,
      filter: allOf(early),
      outputs: used.map(index => column(index, spec.input[index]!)),
    },
    ...new Stager(kept).run(late.length === 0 ? undefined : moved(allOf(late)), rest),
  };
}

function conjunctsOf(condition: Expression): Expression[] {
  if (condition.kind !== 'call' || condition.name !== 'and') return [condition];
  return condition.arguments.flatMap(conjunctsOf);
}

function allOf(conditions: readonly Expression[]): Expression {
  return conditions.reduce((left, right) => call('and', [left, right], types.boolean(left.type.nullable || right.type.nullable)));
}

class Stager {
  readonly #schema: { name: string; type: SqlType }[];
  readonly #steps: HostStep[] = [];
  readonly #known = new Map<string, Expression>();

  constructor(input: Schema) {
    this.#schema = [...input];
  }

  run(filter: Expression | undefined, spec: ComputeSpec): { steps: readonly HostStep[]; last: ComputeSpec } {
    const loweredFilter = filter && this.#lower(filter, undefined);
    const outputs = spec.outputs.map(output => this.#lower(output, loweredFilter && isTrue(loweredFilter)));
    const keys = spec.key?.expressions.map(key => this.#lower(key, loweredFilter && isTrue(loweredFilter)));
    return {
      steps: this.#steps,
      last: {
        input: [...this.#schema],
        filter: loweredFilter,
        outputs,
        ...(spec.key && keys && { key: { ...spec.key, expressions: keys } }),
      },
    };
  }

  /** The expression with columns in the place of what is hosted; `guard`: where it is evaluated at all. */
  #lower(expression: Expression, guard: Expression | undefined): Expression {
    if (!hasHosted(expression)) return expression;
    if (isChosen(expression)) return this.#lowerChosen(chosen(expression), guard);
    if (expression.kind === 'case') return this.#lowerCase(expression, guard);
    if (expression.kind === 'call' && lazy.has(expression.name)) return this.#lowerLazy(expression, guard);
    const lowered = withOperands(
      expression,
      operands(expression).map(operand => this.#lower(operand, guard)),
    );
    return isHosted(lowered) ? this.#host(lowered, guard) : lowered;
  }

  /** The number is found lazily; a result is computed where it is chosen. */
  #lowerChosen(expression: Expression, guard: Expression | undefined): Expression {
    const [which, ...results] = operands(expression);
    const number = this.#column(this.#lower(which!, guard), guard);
    const lowered = results.map((result, index) => {
      const isIt = call('equals', [number, literal(index, types.int(false))], types.boolean(true));
      return this.#lower(result, both(guard, isTrue(isIt)));
    });
    return this.#host(withOperands(expression, [number, ...lowered]) as Hosted, guard);
  }

  /** A value of a loop as a column, so that it is computed once. */
  #column(expression: Expression, guard: Expression | undefined): Expression {
    if (expression.kind === 'column') return expression;
    const kept = call(keepName, [expression], withNullable(expression.type, true), expression.span);
    return this.#host(kept, guard);
  }

  #lowerCase(expression: Expression & { kind: 'case' }, guard: Expression | undefined): Expression {
    let open = guard;
    const next: Expression[] = [];
    for (const branch of expression.branches) {
      const when = this.#lower(branch.when, open);
      next.push(when, this.#lower(branch.result, both(open, isTrue(when))));
      open = both(open, isNotTrue(when));
    }
    next.push(this.#lower(expression.otherwise, open));
    return withOperands(expression, next);
  }

  /** AND, OR and COALESCE go on only while they are undecided. */
  #lowerLazy(expression: Call, guard: Expression | undefined): Expression {
    let open = guard;
    const next: Expression[] = [];
    for (const argument of expression.arguments) {
      const lowered = this.#lower(argument, open);
      next.push(lowered);
      const undecided =
        expression.name === 'coalesce'
          ? call('is-null', [lowered], types.boolean(false))
          : call(expression.name === 'and' ? 'is-not-false' : 'is-not-true', [lowered], types.boolean(false));
      open = both(open, undecided);
    }
    return withOperands(expression, next);
  }

  #host(hosted: Hosted, guard: Expression | undefined): Expression {
    const key = `${canonicalText(hosted)}|${guard === undefined ? '' : canonicalText(guard)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    // arguments must not fail on rows that are not asked for
    const args = operands(hosted).map(argument =>
      guard === undefined || argument.kind === 'column' || argument.kind === 'literal' || argument.kind === 'field'
        ? argument
        : caseOf([{ when: guard, result: argument }], nullLiteral(argument.type), withNullable(argument.type, true)),
    );
    const input = [...this.#schema];
    const outputs = guard === undefined ? args : [...args, guard];
    this.#steps.push({ hosted, prepare: { input, outputs }, guarded: guard !== undefined });
    const type = withNullable(hosted.type, hosted.type.nullable || guard !== undefined || hosted.kind !== 'user-call');
    const field = { name: `#${this.#schema.length}`, type };
    const reference = column(this.#schema.length, field, hosted.span);
    this.#schema.push(field);
    this.#known.set(key, reference);
    return reference;
  }
}

const lazy = new Set(['and', 'or', 'coalesce']);
const isTrue = (condition: Expression): Expression => call('is-true', [condition], types.boolean(false));
const isNotTrue = (condition: Expression): Expression => call('is-not-true', [condition], types.boolean(false));
const both = (left: Expression | undefined, right: Expression): Expression =>
  left === undefined ? right : call('and', [left, right], types.boolean(false));
