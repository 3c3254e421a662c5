import type { Literal } from '../ast/node.ts';
import type { Expression } from '../ast/query.ts';
import type { PartitionValue } from '../ast/statement.ts';
import type { PartitionPair } from '../ast/table.ts';
import type { Cursor } from './cursor.ts';
import { parsePrimary } from './primary.ts';

/** `(a = 1, b)`: fixed values, and columns whose values the rows give. */
export function parsePartition(cursor: Cursor): PartitionValue[] {
  cursor.expectSymbol('(');
  const values = cursor.commaSeparated((): PartitionValue => {
    const column = cursor.identifier('a column name');
    if (!cursor.acceptSymbol('=')) return { kind: 'partition-value', column, span: column.span };
    return { kind: 'partition-value', column, value: literalOf(cursor), span: cursor.spanFrom(column) };
  });
  cursor.expectSymbol(')');
  return values;
}

/** `(a = 1, b = 'x')`. */
export function parsePartitionPairs(cursor: Cursor): PartitionPair[] {
  cursor.expectSymbol('(');
  const values = cursor.commaSeparated((): PartitionPair => {
    const column = cursor.identifier('a column name');
    cursor.expectSymbol('=');
    return { kind: 'partition-pair', column, value: literalOf(cursor), span: cursor.spanFrom(column) };
  });
  cursor.expectSymbol(')');
  return values;
}

function literalOf(cursor: Cursor): Literal {
  const value: Expression = parsePrimary(cursor);
  switch (value.kind) {
    case 'number':
    case 'string':
    case 'bytes':
    case 'boolean':
    case 'null':
    case 'temporal':
    case 'interval':
      return value;
    default:
      return cursor.refuse('the value of a partition is a literal', value);
  }
}
