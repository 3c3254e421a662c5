import { pathToString, type TableDescriptor } from '../../catalog/descriptors.ts';
import { notSupported, type Span, TidemillError, unreachable } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import type { Identifier, Path } from '../ast/node.ts';
import type { Expression } from '../ast/query.ts';
import type * as ast from '../ast/table.ts';
import type { BindContext } from './context.ts';
import { distributionOf, makeTable, optionsOf, primaryKeyOf, unboundColumn } from './ddl.ts';
import { columnName, type UnboundColumn, type UnboundTable, unbound } from './unbound-table.ts';

/** What ALTER TABLE makes of a table; `after` has another path when it was renamed. Absent: IF EXISTS, and there is none. */
export interface BoundAlterTable {
  readonly kind: 'alter-table';
  readonly change?: { readonly before: TableDescriptor; readonly after: TableDescriptor } | undefined;
  readonly span: Span;
}

/**
 * A table with one change, bound and checked anew as a whole.
 * Errors: unknown-table, wrong-kind, unknown-column, duplicate-column, column-in-use, wrong-argument. Source: Flink docs, ALTER TABLE.
 */
export function bindAlterTable(node: ast.AlterTable, context: BindContext): BoundAlterTable {
  const span = spanOf(node.name);
  const path = context.catalog.resolve({ parts: node.name.map(part => part.name), span });
  const found = context.catalog.find(path);
  if (found === undefined && node.ifExists) return { kind: 'alter-table', span };
  const before = found ?? context.catalog.lookup({ parts: node.name.map(part => part.name), span });
  if (before.kind === 'view')
    throw new TidemillError('wrong-kind', `'${path.name}' is a view`, { span, hint: 'ALTER VIEW … AS query changes it' });
  if (before.temporary)
    throw new TidemillError('wrong-kind', `'${path.name}' is a temporary table, which cannot be altered`, {
      span,
      hint: 'drop it and create it anew',
    });
  return { kind: 'alter-table', change: { before, after: changed(before, node, span, context) }, span };
}

const spanOf = (name: Path): Span => ({ start: name[0]!.span.start, end: name[name.length - 1]!.span.end });

function changed(before: TableDescriptor, node: ast.AlterTable, span: Span, context: BindContext): TableDescriptor {
  const { action } = node;
  const table: UnboundTable = {
    path: before.path,
    temporary: before.temporary,
    inferred: before.inferred,
    ...unbound(before, span, context),
    ownColumns: new Map(),
    distribution: before.distribution,
    options: before.options,
    optionSpans: new Map(),
    comment: before.comment,
    baseDirectory: before.baseDirectory,
    span,
  };
  switch (action.kind) {
    case 'rename-table': {
      const to = context.catalog.resolve({ parts: action.to.map(part => part.name), span: spanOf(action.to) });
      if (context.catalog.find(to) !== undefined)
        throw new TidemillError('table-exists', `'${to.name}' exists already`, { span: spanOf(action.to) });
      if (pathToString({ ...to, name: '' }) !== pathToString({ ...before.path, name: '' }))
        throw new TidemillError('wrong-argument', 'a table stays in its database when it is renamed', {
          span: spanOf(action.to),
        });
      return Object.freeze({ ...before, path: to });
    }
    case 'rename-column':
      return makeTable(renamed(table, action), context);
    case 'set-options': {
      const optionSpans = new Map(action.options.map(option => [option.key.value, option.span]));
      return makeTable({ ...table, options: { ...before.options, ...optionsOf(action.options) }, optionSpans }, context);
    }
    case 'reset-options':
      return makeTable({ ...table, options: withoutKeys(before.options, action) }, context);
    case 'add':
      return makeTable(added(table, action), context);
    case 'modify':
      return makeTable(modified(table, action), context);
    case 'drop-columns':
      return makeTable(dropped(table, action), context);
    case 'drop-constraint':
      if (table.key === undefined || table.key.name !== action.name.name)
        throw new TidemillError('unknown-constraint', `the table has no constraint '${action.name.name}'`, {
          span: action.name.span,
          hint: table.key?.name === undefined ? 'it has none' : didYouMean(action.name.name, [table.key.name]),
        });
      return makeTable({ ...table, key: undefined }, context);
    case 'drop-part':
      return makeTable(withoutPart(table, action), context);
    case 'add-partitions':
    case 'drop-partitions':
      throw notSupported('partitions of a table as objects', action.span, 'directories of the table are its partitions');
    default:
      return unreachable(action);
  }
}

function withoutKeys(options: Readonly<Record<string, string>>, action: ast.ResetOptions): Record<string, string> {
  if (action.keys.length === 0)
    throw new TidemillError('wrong-argument', 'RESET names no option', { span: action.span, hint: "write RESET ('key')" });
  const left = { ...options };
  for (const { value, span } of action.keys) {
    if (value === 'connector')
      throw new TidemillError('wrong-argument', "a table cannot be without its 'connector'", {
        span,
        hint: "SET ('connector' = '…') changes it",
      });
    delete left[value];
  }
  return left;
}

function withoutPart(table: UnboundTable, { part, span }: ast.DropPart): UnboundTable {
  const missing = (what: string): TidemillError =>
    new TidemillError('wrong-argument', `the table has no ${what} to drop`, { span });
  switch (part) {
    case 'PRIMARY KEY':
      if (table.key === undefined) throw missing('primary key');
      return { ...table, key: undefined };
    case 'WATERMARK':
      if (table.watermark === undefined) throw missing('watermark');
      return { ...table, watermark: undefined };
    case 'DISTRIBUTION':
      if (table.distribution === undefined) throw missing('distribution');
      return { ...table, distribution: undefined };
  }
}

// Columns -------------------------------------------------------------------------------------------------------------

function requireIndex(columns: readonly UnboundColumn[], { name, span }: Identifier): number {
  const index = columns.findIndex(column => columnName(column) === name);
  if (index >= 0) return index;
  throw new TidemillError('unknown-column', `the table has no column '${name}'`, {
    span,
    hint: didYouMean(name, columns.map(columnName)),
  });
}

function plainName(path: Path): Identifier {
  if (path.length > 1) throw notSupported('changes of a field inside a ROW', spanOf(path), 'change the whole column');
  return path[0]!;
}

function placed(columns: UnboundColumn[], column: UnboundColumn, position: ast.PositionedColumn['position'], otherwise: number) {
  const index = position === undefined ? otherwise : position === 'FIRST' ? 0 : requireIndex(columns, position) + 1;
  columns.splice(index, 0, column);
}

function columnOf({ column }: ast.PositionedColumn): UnboundColumn {
  if (column.kind === 'named-column')
    throw new TidemillError('syntax', `the column '${column.name.name}' has no type`, { span: column.span });
  return unboundColumn(column);
}

function added(table: UnboundTable, change: ast.ChangeSchema): UnboundTable {
  const columns = [...table.columns];
  for (const positioned of change.columns) {
    const { name, span } = positioned.column.name;
    if (columns.some(column => columnName(column) === name))
      throw new TidemillError('duplicate-column', `the table has a column '${name}' already`, {
        span,
        hint: 'MODIFY changes it',
      });
    placed(columns, columnOf(positioned), positioned.position, columns.length);
  }
  if (change.primaryKey !== undefined && table.key !== undefined)
    throw new TidemillError('wrong-argument', 'the table has a primary key already', {
      span: change.primaryKey.span,
      hint: 'MODIFY PRIMARY KEY (…) NOT ENFORCED changes it',
    });
  const [watermark] = change.watermarks;
  if (watermark !== undefined && table.watermark !== undefined)
    throw new TidemillError('wrong-argument', 'the table has a watermark already', {
      span: watermark.span,
      hint: 'MODIFY WATERMARK FOR … changes it',
    });
  if (change.distribution !== undefined && table.distribution !== undefined)
    throw new TidemillError('wrong-argument', 'the table has a distribution already', {
      span: change.distribution.span,
      hint: 'MODIFY DISTRIBUTION changes it',
    });
  return withParts({ ...table, columns }, change);
}

function modified(table: UnboundTable, change: ast.ChangeSchema): UnboundTable {
  const columns = [...table.columns];
  for (const positioned of change.columns) {
    const index = requireIndex(columns, positioned.column.name);
    columns.splice(index, 1);
    placed(columns, columnOf(positioned), positioned.position, index);
  }
  const missing = (what: string, span: Span): TidemillError =>
    new TidemillError('wrong-argument', `the table has no ${what} to modify`, { span, hint: 'ADD makes one' });
  if (change.primaryKey !== undefined && table.key === undefined) throw missing('primary key', change.primaryKey.span);
  const [watermark] = change.watermarks;
  if (watermark !== undefined && table.watermark === undefined) throw missing('watermark', watermark.span);
  if (change.distribution !== undefined && table.distribution === undefined)
    throw missing('distribution', change.distribution.span);
  return withParts({ ...table, columns }, change);
}

function withParts(table: UnboundTable, change: ast.ChangeSchema): UnboundTable {
  return {
    ...table,
    key: change.primaryKey === undefined ? table.key : primaryKeyOf(change.primaryKey),
    watermark: change.watermarks[0] ?? table.watermark,
    distribution: change.distribution === undefined ? table.distribution : distributionOf(change.distribution),
  };
}

function dropped(table: UnboundTable, action: ast.DropColumns): UnboundTable {
  const going = action.columns.map(plainName);
  const names = new Set<string>();
  for (const identifier of going) {
    requireIndex(table.columns, identifier);
    if (names.has(identifier.name))
      throw new TidemillError('duplicate-column', `column '${identifier.name}' is named twice`, { span: identifier.span });
    names.add(identifier.name);
  }
  const columns = table.columns.filter(column => !names.has(columnName(column)));
  for (const identifier of going) requireUnused({ ...table, columns }, identifier);
  return { ...table, columns };
}

/** Errors: column-in-use, naming what needs the column. */
function requireUnused(table: UnboundTable, { name, span }: Identifier): void {
  const computed = table.columns.find(column => column.kind === 'computed-column' && mentions(column.expression, name));
  const user =
    computed !== undefined
      ? `the computed column '${columnName(computed)}'`
      : table.key?.columns.some(column => column.name === name)
        ? 'the primary key'
        : table.watermark !== undefined &&
            (table.watermark.column[0]!.name === name || mentions(table.watermark.expression, name))
          ? 'the watermark'
          : table.partitionedBy.some(column => column.name === name)
            ? 'PARTITIONED BY'
            : table.distribution?.columns.includes(name)
              ? 'the distribution'
              : undefined;
  if (user !== undefined)
    throw new TidemillError('column-in-use', `column '${name}' is needed by ${user}`, { span, hint: 'change that first' });
}

function mentions(expression: Expression, name: string): boolean {
  const open: unknown[] = [expression];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    const node = value as { readonly kind?: string; readonly parts?: Path };
    if (node.kind === 'column' && node.parts?.[0]?.name === name) return true;
    for (const [key, inner] of Object.entries(value)) if (key !== 'span') open.push(inner);
  }
  return false;
}

/** Keys, the watermark and partitions follow the new name; a computed column that needs the old one is an error, as in Flink. */
function renamed(table: UnboundTable, action: ast.RenameColumn): UnboundTable {
  const from = plainName(action.from);
  const index = requireIndex(table.columns, from);
  const { to } = action;
  if (table.columns.some(column => columnName(column) === to.name))
    throw new TidemillError('duplicate-column', `the table has a column '${to.name}' already`, { span: to.span });
  const user = table.columns.find(column => column.kind === 'computed-column' && mentions(column.expression, from.name));
  if (user !== undefined || (table.watermark !== undefined && mentions(table.watermark.expression, from.name)))
    throw new TidemillError(
      'column-in-use',
      `column '${from.name}' is needed by ${user === undefined ? 'the watermark' : `the computed column '${columnName(user)}'`}`,
      { span: from.span, hint: 'change that first' },
    );
  const columns = [...table.columns];
  const column = columns[index]!;
  columns[index] = column.kind === 'computed-column' ? { ...column, name: to } : { ...column, name: to.name };
  const follow = (name: Identifier): Identifier => (name.name === from.name ? to : name);
  return {
    ...table,
    columns,
    key: table.key && { ...table.key, columns: table.key.columns.map(follow) },
    watermark: table.watermark && { ...table.watermark, column: table.watermark.column.map(follow) },
    partitionedBy: table.partitionedBy.map(follow),
  };
}
