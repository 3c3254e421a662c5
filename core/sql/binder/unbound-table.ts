import type {
  MetadataColumn,
  ObjectPath,
  PhysicalColumn,
  TableDescriptor,
  TableDistribution,
} from '../../catalog/descriptors.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
import type { Identifier } from '../ast/node.ts';
import type { Expression, Query } from '../ast/query.ts';
import type * as ast from '../ast/table.ts';
import type { BindContext } from './context.ts';

/** A column whose expression is not yet bound, or a finished one. */
export type UnboundColumn = PhysicalColumn | MetadataColumn | ast.ComputedColumn;

/** A table before its expressions are bound: from CREATE TABLE, or a table that is there and what ALTER TABLE changes. */
export interface UnboundTable {
  readonly path: ObjectPath;
  readonly temporary: boolean;
  readonly inferred: boolean;
  readonly columns: readonly UnboundColumn[];
  /** Columns written in this statement, and where: a key makes them NOT NULL; others must be so already. */
  readonly ownColumns: ReadonlyMap<string, Span>;
  readonly watermark: ast.Watermark | undefined;
  readonly key: UnboundKey | undefined;
  readonly partitionedBy: readonly Identifier[];
  readonly distribution: TableDistribution | undefined;
  readonly options: Readonly<Record<string, string>>;
  readonly optionSpans: ReadonlyMap<string, Span>;
  readonly comment: string | undefined;
  readonly baseDirectory: string | undefined;
  readonly span: Span;
}

export interface UnboundKey {
  readonly name: string | undefined;
  readonly columns: readonly Identifier[];
  readonly span: Span;
}

export const columnName = (column: UnboundColumn): string => (column.kind === 'computed-column' ? column.name.name : column.name);

/** A table's parts as they were written, so that they can be bound anew beside others. */
export interface UnboundParts {
  readonly columns: readonly UnboundColumn[];
  readonly watermark: ast.Watermark | undefined;
  readonly key: UnboundKey | undefined;
  readonly partitionedBy: readonly Identifier[];
}

/** Every place is `span`: the text of the table's own statement is gone. */
export function unbound(table: TableDescriptor, span: Span, context: BindContext): UnboundParts {
  const identifier = (name: string): Identifier => ({ kind: 'identifier', name, span });
  const expression = (text: string): Expression => placedAt(expressionOf(context.parseQuery(`SELECT ${text}`)), span);
  return {
    columns: table.columns.map(column =>
      column.kind === 'computed'
        ? {
            kind: 'computed-column',
            name: identifier(column.name),
            expression: expression(column.text),
            ...(column.comment !== undefined && { comment: { kind: 'string', value: column.comment, span } }),
            span,
          }
        : column,
    ),
    watermark: table.watermark && {
      kind: 'watermark',
      column: [identifier(table.watermark.column)],
      expression: expression(table.watermark.text),
      span,
    },
    key: table.primaryKey && { name: table.primaryKeyName, columns: table.primaryKey.map(identifier), span },
    partitionedBy: table.partitionedBy.map(identifier),
  };
}

function expressionOf(query: Query): Expression {
  const item = query.body.kind === 'select' ? query.body.items[0] : undefined;
  if (item?.kind !== 'item') throw new TidemillError('syntax', 'an expression was expected', { span: query.span });
  return item.expression;
}

function placedAt<T>(node: T, span: Span): T {
  if (Array.isArray(node)) return node.map(item => placedAt(item, span)) as T;
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, key === 'span' ? span : placedAt(value, span)]),
  ) as T;
}
