import { type KeyLayout, keyLayoutOf } from '../columnar/key-layout.ts';
import {
  isCharacter,
  isTimestamp,
  type SqlType,
  sameType,
  storageOf,
  timestampUnitsPerSecond,
  types,
  withNullable,
  withoutTimeAttribute,
} from '../columnar/types.ts';
import { call, type Expression, literal, referencedColumns, substituteColumns } from '../plan/expressions.ts';
import { conjunctionOf } from './conditions.ts';

/** A join's condition, taken apart. */
export interface JoinCondition {
  /** Over the columns of each side; equal where both are. */
  readonly left: readonly Expression[];
  readonly right: readonly Expression[];
  readonly layout: KeyLayout;
  readonly nullSafe: readonly boolean[];
  /** The rest, over both sides. */
  readonly residual?: Expression | undefined;
}

/** Equalities between the sides become keys, where equal values have one canonical form; `width`: columns of the left side. */
export function joinConditionOf(condition: Expression | undefined, width: number): JoinCondition {
  const left: Expression[] = [];
  const right: Expression[] = [];
  const keyTypes: SqlType[] = [];
  const nullSafe: boolean[] = [];
  const rest: Expression[] = [];
  for (const part of condition === undefined ? [] : conjunctsOf(condition)) {
    const equality = equalityOf(part, width);
    const type = equality && keyTypeOf(equality.left.type, equality.right.type);
    if (equality === undefined || type === undefined || keyTypes.length === keysMax) {
      rest.push(part);
      continue;
    }
    // 0 and −0 are equal and have different bits; NaN equals nothing, which the condition itself says
    const floating = type.kind === 'DOUBLE' || type.kind === 'FLOAT';
    const key = (expression: Expression): Expression =>
      floating ? call('plus', [expression, literal(0, withNullable(type, false))], expression.type) : expression;
    if (floating) rest.push(part);
    left.push(key(equality.left));
    right.push(key(equality.right));
    keyTypes.push(type);
    nullSafe.push(equality.nullSafe);
  }
  return { left, right, layout: keyLayoutOf(keyTypes), nullSafe, residual: conjunctionOf(rest) };
}

/** A key of texts is two words, and kernels take 64. */
const keysMax = 24;

function conjunctsOf(condition: Expression): Expression[] {
  return condition.kind === 'call' && condition.name === 'and' ? condition.arguments.flatMap(conjunctsOf) : [condition];
}

function equalityOf(condition: Expression, width: number) {
  if (condition.kind !== 'call') return undefined;
  const nullSafe = condition.name === 'is-not-distinct-from';
  if (condition.name !== 'equals' && !nullSafe) return undefined;
  const [first, second] = condition.arguments as [Expression, Expression];
  const sideOf = (expression: Expression): 'left' | 'right' | undefined => {
    const columns = [...referencedColumns([expression])];
    if (columns.length === 0) return undefined;
    if (columns.every(index => index < width)) return 'left';
    return columns.every(index => index >= width) ? 'right' : undefined;
  };
  const [a, b] = [sideOf(first), sideOf(second)];
  if (a === undefined || b === undefined || a === b) return undefined;
  const own = (expression: Expression): Expression =>
    substituteColumns(expression, reference => ({ ...reference, index: reference.index - width }));
  return a === 'left' ? { left: first, right: own(second), nullSafe } : { left: second, right: own(first), nullSafe };
}

/** The type whose canonical form both have when they are equal, or undefined. */
function keyTypeOf(left: SqlType, right: SqlType): SqlType | undefined {
  const nullable = left.nullable || right.nullable;
  const storage = storageOf(left);
  if (storage === 'list' || storage === 'struct' || storage !== storageOf(right)) return undefined;
  const same =
    sameType(left, right) ||
    (isCharacter(left) && isCharacter(right)) ||
    (left.kind === 'DECIMAL' && right.kind === 'DECIMAL' && left.scale === right.scale) ||
    (isTimestamp(left) &&
      left.kind === right.kind &&
      isTimestamp(right) &&
      timestampUnitsPerSecond(left.precision) === timestampUnitsPerSecond(right.precision));
  return same ? withNullable(withoutTimeAttribute(left.kind === 'NULL' ? types.int() : left), nullable) : undefined;
}
