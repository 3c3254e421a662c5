import type { SqlType } from '../columnar/types.ts';
import { isTimestamp, types } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { literal, type Expression as PlanExpression } from '../plan/expressions.ts';
import { builtin } from '../sql/binder/builtins.ts';
import { coerce, commonTypeOf, explicitCast, requireBoolean } from '../sql/binder/coercion.ts';
import { pendingAggregateOf, pendingColumn } from './pending-aggregates.ts';
import { parseTypeText } from './type-text.ts';

/** Calls have no place in a SQL text here; the user's line is found from the stack of the TypeScript program. */
export const nowhere = { start: 0, end: 0 } as const;

/** A plain value, or an expression made before. */
export type Argument = ExpressionBuilder | null | boolean | number | bigint | string | Uint8Array | Date;

/** What stands behind the typed `Expr`: a plan expression over the columns of one table. */
export class ExpressionBuilder {
  readonly plan: PlanExpression;

  constructor(plan: PlanExpression) {
    this.plan = plan;
  }

  eq(other: Argument): ExpressionBuilder {
    return this.#call('equals', '=', other);
  }
  ne(other: Argument): ExpressionBuilder {
    return this.#call('not-equals', '<>', other);
  }
  gt(other: Argument): ExpressionBuilder {
    return this.#call('greater', '>', other);
  }
  ge(other: Argument): ExpressionBuilder {
    return this.#call('greater-or-equal', '>=', other);
  }
  lt(other: Argument): ExpressionBuilder {
    return this.#call('less', '<', other);
  }
  le(other: Argument): ExpressionBuilder {
    return this.#call('less-or-equal', '<=', other);
  }
  between(low: Argument, high: Argument): ExpressionBuilder {
    return this.ge(low).and(this.le(high));
  }
  in(...values: Argument[]): ExpressionBuilder {
    const listed = values.map(value => toPlan(value, this.plan.type));
    const type = commonTypeOf([this.plan, ...listed], nowhere, 'in');
    return build(
      'in',
      'IN',
      [this.plan, ...listed].map(value => coerce(value, type)),
    );
  }
  isNull(): ExpressionBuilder {
    return this.#call('is-null', 'IS NULL');
  }
  isNotNull(): ExpressionBuilder {
    return this.#call('is-not-null', 'IS NOT NULL');
  }
  orElse(other: Argument): ExpressionBuilder {
    return this.#call('coalesce', 'COALESCE', other);
  }
  and(other: Argument): ExpressionBuilder {
    return this.#call('and', 'AND', other);
  }
  or(other: Argument): ExpressionBuilder {
    return this.#call('or', 'OR', other);
  }
  not(): ExpressionBuilder {
    return this.#call('not', 'NOT');
  }
  plus(other: Argument): ExpressionBuilder {
    return this.#call('plus', '+', other);
  }
  minus(other: Argument): ExpressionBuilder {
    return this.#call('minus', '-', other);
  }
  times(other: Argument): ExpressionBuilder {
    return this.#call('times', '*', other);
  }
  dividedBy(other: Argument): ExpressionBuilder {
    return this.#call('divide', '/', other);
  }
  mod(other: Argument): ExpressionBuilder {
    return this.#call('mod', 'MOD', other);
  }
  abs(): ExpressionBuilder {
    return this.#call('abs', 'ABS');
  }
  upper(): ExpressionBuilder {
    return this.#call('upper', 'UPPER');
  }
  lower(): ExpressionBuilder {
    return this.#call('lower', 'LOWER');
  }
  trim(): ExpressionBuilder {
    return this.#call('btrim', 'BTRIM');
  }
  charLength(): ExpressionBuilder {
    return this.#call('char-length', 'CHAR_LENGTH');
  }
  substring(start: number, length?: number): ExpressionBuilder {
    return length === undefined
      ? this.#call('substring', 'SUBSTRING', start)
      : this.#call('substring', 'SUBSTRING', start, length);
  }
  like(pattern: string): ExpressionBuilder {
    return this.#call('like', 'LIKE', pattern);
  }
  concat(other: Argument): ExpressionBuilder {
    return this.#call('concat', '||', other);
  }
  year(): ExpressionBuilder {
    return this.#extract('YEAR');
  }
  month(): ExpressionBuilder {
    return this.#extract('MONTH');
  }
  day(): ExpressionBuilder {
    return this.#extract('DAY');
  }
  hour(): ExpressionBuilder {
    return this.#extract('HOUR');
  }
  minute(): ExpressionBuilder {
    return this.#extract('MINUTE');
  }
  dateFormat(pattern: string): ExpressionBuilder {
    return this.#call('date-format', 'DATE_FORMAT', pattern);
  }
  cast(type: string): ExpressionBuilder {
    return new ExpressionBuilder(explicitCast(this.plan, parseTypeText(type), false, nowhere));
  }
  tryCast(type: string): ExpressionBuilder {
    return new ExpressionBuilder(explicitCast(this.plan, parseTypeText(type), true, nowhere));
  }
  desc(): OrderingBuilder {
    return { ordering: 'descending', expression: this };
  }
  asc(): OrderingBuilder {
    return { ordering: 'ascending', expression: this };
  }
  /** Only an aggregate itself takes a filter. */
  filter(condition: ExpressionBuilder): ExpressionBuilder {
    const aggregate = pendingAggregateOf(this.plan);
    if (aggregate === undefined)
      throw new TidemillError('wrong-argument', 'filter() belongs to an aggregate, such as count().filter(…)');
    return new ExpressionBuilder(pendingColumn({ ...aggregate, filter: requireBoolean(condition.plan, 'filter') }));
  }

  #call(name: string, shown: string, ...others: Argument[]): ExpressionBuilder {
    return build(name, shown, [this.plan, ...others.map(other => toPlan(other, this.plan.type))]);
  }
  #extract(unit: string): ExpressionBuilder {
    return build('extract', 'EXTRACT', [literal(unit, types.char(unit.length, false)), this.plan]);
  }
}

export interface OrderingBuilder {
  readonly ordering: 'ascending' | 'descending';
  readonly expression: ExpressionBuilder;
}

/** A call of the built-in catalogue, with SQL's rules for types and casts. */
export function build(name: string, shown: string, args: readonly PlanExpression[]): ExpressionBuilder {
  return new ExpressionBuilder(builtin(name, args, nowhere, shown));
}

/** A value as a literal, of the type SQL would give it beside `beside`. @throws TidemillError `wrong-argument` for what is no SQL value. */
export function toPlan(value: Argument, beside?: SqlType): PlanExpression {
  if (value instanceof ExpressionBuilder) return value.plan;
  if (value === null) return literal(null, types.null);
  if (typeof value === 'boolean') return literal(value, types.boolean(false));
  if (typeof value === 'bigint') return literal(value, types.bigint(false));
  if (typeof value === 'number') return numberLiteral(value);
  if (value instanceof Uint8Array) return literal(value, types.varbinary(value.length, false));
  if (value instanceof Date) return literal(BigInt(value.getTime()) * 1000n, types.timestampLtz(3, false));
  if (typeof value === 'string') {
    const text = literal(value, types.char([...value].length, false));
    if (
      beside !== undefined &&
      (isTimestamp(beside) || beside.kind === 'DATE' || beside.kind === 'TIME' || beside.kind === 'DECIMAL')
    ) {
      return explicitCast(text, { ...beside, nullable: false }, false, nowhere);
    }
    return text;
  }
  throw new TidemillError('wrong-argument', `${String(value)} is neither an expression nor a plain value`);
}

/** Whole numbers are INT or BIGINT; others the DECIMAL they are written as, as in SQL, or DOUBLE when they need an exponent. */
function numberLiteral(value: number): PlanExpression {
  if (Number.isInteger(value)) {
    if (Math.abs(value) <= 2147483647) return literal(value, types.int(false));
    if (Number.isSafeInteger(value)) return literal(BigInt(value), types.bigint(false));
    return literal(value, types.double(false));
  }
  const match = /^(-?)(\d+)\.(\d+)$/.exec(String(value));
  if (match === null) return literal(value, types.double(false));
  const [, sign, whole = '0', fraction = ''] = match;
  const digits = BigInt(whole + fraction);
  const precision = Math.max(fraction.length + (whole === '0' ? 0 : whole.length), 1);
  return literal(sign === '-' ? -digits : digits, types.decimal(precision, fraction.length, false));
}
