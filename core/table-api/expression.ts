import { type SqlType, types, typeToString, withoutTimeAttribute } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { literal, type Expression as PlanExpression } from '../plan/expressions.ts';
import { builtin } from '../sql/binder/builtins.ts';
import { coerce, commonTypeOf, explicitCast, requireBoolean } from '../sql/binder/coercion.ts';
import type { Kind } from './expression-types.ts';
import { literalOf, nowhere, type PlainValue } from './literals.ts';
import { nullableUnlessCount, pendingAggregateOf, pendingColumn } from './pending-aggregates.ts';
import { parseTypeText } from './type-text.ts';

/** A plain value, or an expression made before. */
export type Argument = ExpressionBuilder | PlainValue;

/** What stands behind the typed `Expr`: a plan expression over the columns of one table. */
export class ExpressionBuilder {
  readonly plan: PlanExpression;
  /** A BIGINT that counts rows: results show it as a number. */
  readonly counts: boolean;

  constructor(plan: PlanExpression, counts = false) {
    this.plan = plan;
    this.counts = counts && plan.type.kind === 'BIGINT';
  }

  eq(other: Argument): ExpressionBuilder {
    return this.#call('equals', '=', other);
  }
  ne(other: Argument): ExpressionBuilder {
    return this.#call('not-equals', '<>', other);
  }
  gt(other: Argument): ExpressionBuilder {
    return this.#call('greater-than', '>', other);
  }
  ge(other: Argument): ExpressionBuilder {
    return this.#call('greater-or-equal', '>=', other);
  }
  lt(other: Argument): ExpressionBuilder {
    return this.#call('less-than', '<', other);
  }
  le(other: Argument): ExpressionBuilder {
    return this.#call('less-or-equal', '<=', other);
  }
  between(low: Argument, high: Argument): ExpressionBuilder {
    return this.ge(low).and(this.le(high));
  }
  in(...values: Argument[]): ExpressionBuilder {
    if (values.length === 0) throw new TidemillError('wrong-argument', 'in() needs at least one value');
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
    return this.#sameKind(this.#call('coalesce', 'COALESCE', other), other);
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
    return this.#arithmetic('plus', '+', other);
  }
  minus(other: Argument): ExpressionBuilder {
    return this.#arithmetic('minus', '-', other);
  }
  times(other: Argument): ExpressionBuilder {
    return this.#arithmetic('times', '*', other);
  }
  dividedBy(other: Argument): ExpressionBuilder {
    return this.#arithmetic('divide', '/', other);
  }
  mod(other: Argument): ExpressionBuilder {
    const result = this.#call('mod', 'MOD', other);
    if (kindOf(result) === 'INT') return result;
    throw new TidemillError('wrong-argument', `mod(${String(other)}) would not be an INT`, {
      hint: 'mod() takes a whole number of at most 2147483647',
    });
  }
  abs(): ExpressionBuilder {
    return this.#own(this.#call('abs', 'ABS'));
  }
  upper(): ExpressionBuilder {
    return this.#call('upper', 'UPPER');
  }
  lower(): ExpressionBuilder {
    return this.#call('lower', 'LOWER');
  }
  trim(): ExpressionBuilder {
    const [side, space] = [literal('BOTH', types.char(4, false)), literal(' ', types.char(1, false))];
    return build('trim', 'TRIM', [side, space, this.plan]);
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
    return build('date-format', 'DATE_FORMAT', [this.plan, literalOf(pattern)]);
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
    const filtered = { ...nullableUnlessCount(aggregate), filter: requireBoolean(condition.plan, 'filter') };
    return new ExpressionBuilder(pendingColumn(filtered), this.counts);
  }

  #call(name: string, shown: string, ...others: Argument[]): ExpressionBuilder {
    return build(name, shown, [this.plan, ...others.map(other => toPlan(other, this.plan.type))]);
  }
  #extract(unit: string): ExpressionBuilder {
    return build('extract', 'EXTRACT', [literal(unit, types.char(unit.length, false)), this.plan]);
  }
  #own(result: ExpressionBuilder): ExpressionBuilder {
    return new ExpressionBuilder(result.plan, this.counts);
  }

  /** Counts and small integers stay counts; with a real BIGINT the result is one. */
  #arithmetic(name: string, shown: string, other: Argument): ExpressionBuilder {
    const result = this.#call(name, shown, other);
    if (!(other instanceof ExpressionBuilder)) return this.#sameKind(result, other);
    const counts = [this, other].every(side => side.counts || kindOf(side) === 'INT');
    return new ExpressionBuilder(result.plan, counts);
  }

  /** A plain value does not change the kind, which the compiler relies on. */
  #sameKind(result: ExpressionBuilder, other: Argument): ExpressionBuilder {
    const own = this.#own(result);
    if (other instanceof ExpressionBuilder || kindOf(own) === kindOf(this)) return own;
    const type = typeToString(withoutTimeAttribute(this.plan.type), false);
    throw new TidemillError('wrong-argument', `${String(other)} does not fit beside a value of type ${type}`, {
      hint: `the result would be ${typeToString(result.plan.type, false)}: write cast('DOUBLE') or cast('BIGINT') first`,
    });
  }
}

export interface OrderingBuilder {
  readonly ordering: 'ascending' | 'descending';
  readonly expression: ExpressionBuilder;
}

/** The typed API's kind of an expression; undefined for types it has none for. */
export function kindOf({ plan: { type }, counts }: ExpressionBuilder): Kind | undefined {
  return counts ? 'COUNT' : kindOfType(type);
}

export function kindOfType(type: SqlType): Kind | undefined {
  switch (type.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return 'INT';
    case 'FLOAT':
    case 'DOUBLE':
      return 'DOUBLE';
    case 'CHAR':
    case 'VARCHAR':
      return 'STRING';
    case 'BINARY':
    case 'VARBINARY':
      return 'BYTES';
    case 'BOOLEAN':
    case 'BIGINT':
    case 'DECIMAL':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return type.kind;
    case 'NULL':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
    case 'ROW':
      return undefined;
    case 'ARRAY':
    case 'MAP':
    case 'MULTISET':
      return 'COLLECTION';
  }
}

/** A call of the built-in catalogue, with SQL's rules for types and casts. */
export function build(name: string, shown: string, args: readonly PlanExpression[]): ExpressionBuilder {
  return new ExpressionBuilder(builtin(name, args, nowhere, shown));
}

/** An expression's plan, or a plain value as the literal SQL has for it beside `beside`. @throws TidemillError `wrong-argument`. */
export const toPlan = (value: Argument, beside?: SqlType): PlanExpression =>
  value instanceof ExpressionBuilder ? value.plan : literalOf(value, beside);
