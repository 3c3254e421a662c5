import { type Schema, typeToString, withNullable } from '../../columnar/types.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import { column, type Expression, fieldAccess, substituteColumns } from '../../plan/expressions.ts';
import type { Identifier, Path } from '../ast/node.ts';

/** A table of FROM: its name for `t.c`, and which columns of the input are its own. */
export interface ScopeTable {
  /** Alias or last part of the name; absent for a sub-select without alias. */
  readonly name?: string | undefined;
  /** Catalog, database and name, when it is one of the catalog and has no alias. */
  readonly path?: readonly string[] | undefined;
  readonly offset: number;
  readonly schema: Schema;
}

/** Names that expressions may use: the tables of FROM, side by side. */
export interface Scope {
  readonly tables: readonly ScopeTable[];
  /** Columns that USING or NATURAL made one of two; they come first in `*`. */
  readonly merged?: readonly MergedColumn[] | undefined;
  /** What a name means in the queries around this one; undefined when it means nothing there either. */
  readonly outer?: ((parts: Path, span: Span) => Expression | undefined) | undefined;
}

export interface MergedColumn {
  readonly name: string;
  readonly expression: Expression;
  /** Places of the columns it stands for. */
  readonly hides: readonly number[];
}

export const emptyScope: Scope = { tables: [] };

export function scopeOf(schema: Schema, name?: string, path?: readonly string[]): Scope {
  return { tables: [{ name, path, offset: 0, schema }] };
}

const displayName = (scope: Scope): string => {
  const named = scope.tables.flatMap(table => (table.name === undefined ? [] : [table.name]));
  return named.length === 0 ? 'the query' : named.join(', ');
};

/** The columns a qualifier names, e.g. `t` or `db.t`; undefined when it names no table. */
export function tableOf(scope: Scope, qualifier: readonly string[]): ScopeTable | undefined {
  return scope.tables.find(table => {
    if (qualifier.length === 1) return table.name === qualifier[0];
    return table.path !== undefined && qualifier.every((part, index) => table.path!.at(index - qualifier.length) === part);
  });
}

/** The scopes of two joined inputs side by side, over the columns of their join. Errors: duplicate-table. */
export function joinedScope(left: Scope, right: Scope, schema: Schema, leftWidth: number, span: Span): Scope {
  const rebased = (table: ScopeTable, by: number): ScopeTable => {
    const offset = table.offset + by;
    return { ...table, offset, schema: table.schema.map((field, index) => ({ ...field, type: schema[offset + index]!.type })) };
  };
  for (const table of right.tables)
    if (table.name !== undefined && left.tables.some(other => other.name === table.name && samePath(other, table)))
      throw new TidemillError('duplicate-table', `FROM has two tables named '${table.name}'`, {
        span,
        hint: `give one of them another name: ${table.name} AS ${table.name}2`,
      });
  const shifted = (right.merged ?? []).map(merged => ({
    ...merged,
    expression: substituteColumns(merged.expression, reference =>
      column(reference.index + leftWidth, schema[reference.index + leftWidth]!, reference.span),
    ),
    hides: merged.hides.map(index => index + leftWidth),
  }));
  const kept = (left.merged ?? []).map(merged => ({
    ...merged,
    expression: substituteColumns(merged.expression, reference =>
      column(reference.index, schema[reference.index]!, reference.span),
    ),
  }));
  return {
    tables: [...left.tables.map(table => rebased(table, 0)), ...right.tables.map(table => rebased(table, leftWidth))],
    merged: [...kept, ...shifted],
    outer: left.outer ?? right.outer,
  };
}

/** Tables of two databases may share a name, as long as they are told apart by their paths. */
const samePath = (left: ScopeTable, right: ScopeTable): boolean =>
  left.path === undefined || right.path === undefined || left.path.join('.') === right.path.join('.');

/**
 * `c`, `t.c`, `db.t.c`, and field access on what is left; what is not here is looked for in the queries around. Errors: unknown-column,
 * ambiguous-column, unknown-table.
 */
export function resolveColumn(scope: Scope, parts: Path, span: Span): Expression {
  if (scope.outer === undefined) return resolveHere(scope, parts, span);
  try {
    return resolveHere(scope, parts, span);
  } catch (error) {
    if (!(error instanceof TidemillError) || (error.code !== 'unknown-column' && error.code !== 'unknown-table')) throw error;
    const outer = scope.outer(parts, span);
    if (outer === undefined) throw error;
    return outer;
  }
}

function resolveHere(scope: Scope, parts: Path, span: Span): Expression {
  const names = parts.map(part => part.name);
  for (let qualifier = Math.min(names.length - 1, 3); qualifier > 0; qualifier--) {
    const table = tableOf(scope, names.slice(0, qualifier));
    if (table === undefined) continue;
    const found = columnsNamed([table], names[qualifier]!);
    if (found.length === 0 && qualifier > 1) continue;
    if (found.length === 0 && columnsNamed(scope.tables, names[0]!).length > 0) break;
    if (found.length === 0) throw unknownColumn(names[qualifier]!, [table], table.name ?? 'the table', parts[qualifier]!.span);
    return withFields(one(found, names[qualifier]!, parts[qualifier]!.span, span), parts.slice(qualifier + 1));
  }
  const merged = (scope.merged ?? []).filter(candidate => candidate.name === names[0]);
  const hidden = new Set((scope.merged ?? []).flatMap(candidate => candidate.hides));
  const found = columnsNamed(scope.tables, names[0]!).filter(({ table, index }) => !hidden.has(table.offset + index));
  if (merged.length === 1 && found.length === 0) return withFields(merged[0]!.expression, parts.slice(1));
  if (merged.length + found.length > 1) throw ambiguous(names[0]!, merged.length, found, parts[0]!.span);
  if (found.length === 0) {
    if (parts.length > 1 && tableOf(scope, [names[0]!]) === undefined) throw unknownQualifier(scope, parts[0]!);
    throw unknownColumn(names[0]!, scope.tables, displayName(scope), parts[0]!.span);
  }
  return withFields(one(found, names[0]!, parts[0]!.span, span), parts.slice(1));
}

interface Found {
  readonly table: ScopeTable;
  readonly index: number;
}

function columnsNamed(tables: readonly ScopeTable[], name: string): Found[] {
  return tables.flatMap(table => (placesOf(table.schema).get(name) ?? []).map(index => ({ table, index })));
}

const placesOfSchemas = new WeakMap<Schema, ReadonlyMap<string, readonly number[]>>();

/** Where a name stands in a schema: a query of thousands of columns asks for each of them. */
function placesOf(schema: Schema): ReadonlyMap<string, readonly number[]> {
  const known = placesOfSchemas.get(schema);
  if (known !== undefined) return known;
  const places = new Map<string, number[]>();
  for (const [index, { name }] of schema.entries()) {
    const found = places.get(name);
    if (found === undefined) places.set(name, [index]);
    else found.push(index);
  }
  placesOfSchemas.set(schema, places);
  return places;
}

function one(found: readonly Found[], name: string, nameSpan: Span, span: Span): Expression {
  if (found.length > 1) throw ambiguous(name, 0, found, nameSpan);
  const { table, index } = found[0]!;
  return column(table.offset + index, table.schema[index]!, span);
}

function ambiguous(name: string, merged: number, found: readonly Found[], span: Span): TidemillError {
  const where = found.flatMap(({ table }) => (table.name === undefined ? [] : [`${table.name}.${name}`]));
  const distinct = merged === 0 && new Set(where).size === found.length;
  return new TidemillError('ambiguous-column', `'${name}' could be any of ${merged + found.length} columns`, {
    span,
    hint: distinct ? `write ${where.join(' or ')}` : 'give the columns different names with AS',
  });
}

function withFields(base: Expression, path: Path): Expression {
  let expression = base;
  for (const part of path) expression = bindField(expression, part);
  return expression;
}

/** `.name` of a ROW. */
export function bindField(operand: Expression, field: Identifier): Expression {
  const type = operand.type;
  if (type.kind !== 'ROW')
    throw new TidemillError('type-mismatch', `only a ROW has fields, and this is ${typeToString(type, false)}`, {
      span: field.span,
    });
  const index = type.fields.findIndex(candidate => candidate.name === field.name);
  if (index < 0)
    throw new TidemillError('unknown-column', `the row has no field '${field.name}'`, {
      span: field.span,
      hint: didYouMean(
        field.name,
        type.fields.map(candidate => candidate.name),
      ),
    });
  const found = type.fields[index]!;
  const span = operand.span === undefined ? field.span : { start: operand.span.start, end: field.span.end };
  return fieldAccess(operand, index, found, withNullable(found.type, found.type.nullable || type.nullable), span);
}

function unknownColumn(name: string, tables: readonly ScopeTable[], shown: string, span: Span): TidemillError {
  const known = tables.flatMap(table => table.schema.map(field => field.name));
  return new TidemillError(
    'unknown-column',
    known.length === 0 ? `there is no column '${name}' here` : `${shown} has no column '${name}'`,
    {
      span,
      hint: didYouMean(name, known) ?? listed(known),
    },
  );
}

function unknownQualifier(scope: Scope, part: Identifier): TidemillError {
  const tables = scope.tables.flatMap(table => (table.name === undefined ? [] : [table.name]));
  const columns = scope.tables.flatMap(table => table.schema.map(field => field.name));
  return new TidemillError('unknown-table', `FROM has no table '${part.name}', and there is no such column`, {
    span: part.span,
    hint: didYouMean(part.name, [...tables, ...columns]) ?? (tables.length > 0 ? `FROM has ${tables.join(', ')}` : undefined),
  });
}

function listed(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const shown = names.slice(0, 8).map(name => `'${name}'`);
  return `there ${names.length === 1 ? 'is' : 'are'} ${shown.join(', ')}${names.length > shown.length ? ', …' : ''}`;
}
