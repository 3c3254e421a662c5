import { functionKey } from '../../catalog/catalog.ts';
import type { FunctionDescriptor, ObjectPath, TableDescriptor, ViewDescriptor } from '../../catalog/descriptors.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import type { Insert, LogicalNode } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import type * as ast from '../ast/statement.ts';
import type { CreateTable } from '../ast/table.ts';
import { type BoundAlterTable, bindAlterTable } from './alter-table.ts';
import type { BindContext, QueryContext } from './context.ts';
import { bindCreateTable } from './ddl.ts';
import { bindInsert, insertInto } from './insert.ts';
import { bindQuery } from './query.ts';
import { selectedNames } from './selected-names.ts';
import { sinkOf } from './table-sink.ts';

/** A statement with all names resolved, for the session to run. */
export type BoundStatement =
  | { readonly kind: 'query'; readonly plan: LogicalNode }
  | { readonly kind: 'insert'; readonly plan: Insert }
  | { readonly kind: 'statement-set'; readonly plans: readonly Insert[] }
  | BoundCreateTable
  | { readonly kind: 'create-view'; readonly view: ViewDescriptor; readonly ifNotExists: boolean; readonly span: Span }
  | BoundCreateFunction
  | BoundAlterTable
  | { readonly kind: 'alter-view'; readonly before: ViewDescriptor; readonly after: ViewDescriptor; readonly span: Span }
  | { readonly kind: 'explain'; readonly statement: BoundStatement; readonly details: readonly ast.ExplainDetail[] }
  /** What needs no binding: the session reads the syntax tree. */
  | { readonly kind: 'command'; readonly command: Command };

export interface BoundCreateTable {
  readonly kind: 'create-table';
  readonly table: TableDescriptor;
  readonly ifNotExists: boolean;
  readonly orReplace: boolean;
  readonly span: Span;
  /** CREATE TABLE … AS: runs once the table is there. */
  readonly insert?: Insert | undefined;
}
/** The module is read by the session, which completes the descriptor. */
export interface BoundCreateFunction {
  readonly kind: 'create-function';
  readonly function: Pick<FunctionDescriptor, 'key' | 'name' | 'path' | 'temporary' | 'baseDirectory' | 'onError'>;
  readonly file: string;
  readonly export?: string | undefined;
  readonly ifNotExists: boolean;
  readonly orReplace: boolean;
  readonly span: Span;
}
export type Command =
  | ast.AlterFunction
  | ast.CreateCatalog
  | ast.AlterCatalog
  | ast.CreateDatabase
  | ast.AlterDatabase
  | ast.Drop
  | ast.Use
  | ast.UseModules
  | ast.SetStatement
  | ast.ResetStatement
  | ast.Show
  | ast.Describe
  | ast.ExplainStall
  | ast.StopJob
  | ast.Analyze
  | ast.Update
  | ast.Delete
  | ast.Truncate
  | ast.CallProcedure
  | ast.LoadModule
  | ast.UnloadModule
  | ast.Jar
  | ast.CompilePlan
  | ast.ExecutePlan
  | ast.CreateModel
  | ast.AlterModel
  | ast.CreateMaterializedTable
  | ast.AlterMaterializedTable;

/**
 * Resolves a statement against the catalog. Files and tables without columns must have been resolved before (`collectReferences`).
 * Errors carry a code, the place in the text, and what to write instead.
 *
 * @example
 * const bound = bindStatement(parseStatement(text), { catalog, connectors, text, localTimeZone: 'UTC', resolved: new Map(), parseQuery });
 */
export function bindStatement(statement: ast.Statement, context: BindContext): BoundStatement {
  switch (statement.kind) {
    case 'query':
      return { kind: 'query', plan: bindQuery(statement, queryContext(context)) };
    case 'insert':
      return { kind: 'insert', plan: bindInsert(statement, queryContext(context)) };
    case 'statement-set':
      return { kind: 'statement-set', plans: statement.inserts.map(insert => bindInsert(insert, queryContext(context))) };
    case 'create-table':
      return bindTable(statement, context);
    case 'create-view':
      return bindCreateView(statement, context);
    case 'create-function':
      return bindCreateFunction(statement, context);
    case 'explain':
      return { kind: 'explain', statement: bindStatement(statement.statement, context), details: statement.details };
    case 'alter-table':
      return bindAlterTable(statement, context);
    case 'alter-view':
      return bindAlterView(statement, context);
    case 'alter-function':
    case 'create-catalog':
    case 'alter-catalog':
    case 'create-database':
    case 'alter-database':
    case 'drop':
    case 'use':
    case 'use-modules':
    case 'set':
    case 'reset':
    case 'show':
    case 'describe':
    case 'explain-stall':
    case 'stop-job':
    case 'analyze':
    case 'update':
    case 'delete':
    case 'truncate':
    case 'call-procedure':
    case 'load-module':
    case 'unload-module':
    case 'jar':
    case 'compile-plan':
    case 'execute-plan':
    case 'create-model':
    case 'alter-model':
    case 'create-materialized-table':
    case 'alter-materialized-table':
      return { kind: 'command', command: statement };
  }
}

function queryContext(context: BindContext): QueryContext {
  return { bind: context, commonTables: new Map(), views: [], bindQuery };
}

function bindTable(node: CreateTable, context: BindContext): BoundCreateTable {
  const query = node.query && bindQuery(node.query, queryContext(context));
  const table = bindCreateTable(node, context, query && schemaOf(query));
  const insert =
    query === undefined || node.query === undefined
      ? undefined
      : insertInto(query, sinkOf(table, {}, context, node.span), {
          columns: schemaOf(query).map(({ name }) => ({ name })),
          span: node.span,
          querySpan: node.query.span,
        });
  return {
    kind: 'create-table',
    table,
    ifNotExists: node.ifNotExists,
    orReplace: node.orReplace,
    span: nameSpan(node.name),
    ...(insert && { insert }),
  };
}

const nameSpan = (name: CreateTable['name']): Span => ({ start: name[0]!.span.start, end: name[name.length - 1]!.span.end });

function pathOf(name: CreateTable['name'], context: BindContext): ObjectPath {
  return context.catalog.resolve({ parts: name.map(part => part.name), span: nameSpan(name) });
}

function bindCreateView(node: ast.CreateView, context: BindContext): BoundStatement {
  const view = viewOf(node, pathOf(node.name, context), context);
  return { kind: 'create-view', view, ifNotExists: node.ifNotExists, span: nameSpan(node.name) };
}

type ViewParts = Pick<ast.CreateView, 'query' | 'columns' | 'comment' | 'temporary'>;

/** Errors: wrong-column-count, duplicate-column, and what the query gives. */
function viewOf({ query, columns, comment, temporary }: ViewParts, path: ObjectPath, context: BindContext): ViewDescriptor {
  const schema = schemaOf(bindQuery(query, queryContext(context)));
  if (columns.length > 0 && columns.length !== schema.length)
    throw new TidemillError('wrong-column-count', `${columns.length} names are given for ${schema.length} columns`, {
      span: { start: columns[0]!.span.start, end: columns[columns.length - 1]!.span.end },
    });
  const fields = columns.length === 0 ? schema : schema.map((field, index) => ({ ...field, name: columns[index]!.name }));
  const written = columns.length > 0 ? columns : selectedNames(query);
  const again = written.findIndex((name, index) => written.findIndex(other => other.name === name.name) < index);
  if (again >= 0)
    throw new TidemillError('duplicate-column', `the view has two columns '${written[again]!.name}'`, {
      span: written[again]!.span,
      hint: `give one another name: … AS ${written[again]!.name}2`,
    });
  return Object.freeze({
    kind: 'view',
    path,
    temporary,
    text: context.text.slice(query.span.start, query.span.end),
    columns: columns.map(column => column.name),
    schema: fields,
    currentCatalog: context.catalog.currentCatalog,
    currentDatabase: context.catalog.currentDatabase,
    ...(context.baseDirectory !== undefined && { baseDirectory: context.baseDirectory }),
    ...(comment && { comment: comment.value }),
  });
}

/** Another name or another query. Errors: unknown-table, wrong-kind, table-exists. */
function bindAlterView(node: ast.AlterView, context: BindContext): BoundStatement {
  const span = nameSpan(node.name);
  const before = context.catalog.lookup({ parts: node.name.map(part => part.name), span });
  if (before.kind !== 'view')
    throw new TidemillError('wrong-kind', `'${before.path.name}' is a table, not a view`, { span, hint: 'write ALTER TABLE' });
  if (before.temporary)
    throw new TidemillError('wrong-kind', `'${before.path.name}' is a temporary view, which cannot be altered`, {
      span,
      hint: 'drop it and create it anew',
    });
  if (node.query !== undefined) {
    const after = viewOf({ query: node.query, columns: [], temporary: false }, before.path, context);
    const kept = before.comment === undefined ? after : Object.freeze({ ...after, comment: before.comment });
    return { kind: 'alter-view', before, after: kept, span };
  }
  const path = pathOf(node.renameTo!, context);
  if (context.catalog.find(path) !== undefined)
    throw new TidemillError('table-exists', `'${path.name}' exists already`, { span: nameSpan(node.renameTo!) });
  return { kind: 'alter-view', before, after: Object.freeze({ ...before, path }), span };
}

/** The one option of functions: WITH ('on-error' = 'null'). */
function functionOption(options: ast.CreateFunction['options']): FunctionDescriptor['onError'] {
  let found: FunctionDescriptor['onError'];
  for (const { key, value } of options) {
    if (key.value !== 'on-error')
      throw new TidemillError('unknown-option', `functions have no option '${key.value}'`, {
        span: key.span,
        hint: "there is 'on-error': 'fail' (the default) or 'null'",
      });
    if (value.value !== 'fail' && value.value !== 'null')
      throw new TidemillError('wrong-option', `'on-error' is 'fail' or 'null', not '${value.value}'`, { span: value.span });
    found = value.value;
  }
  return found;
}

/** Only wasm modules run here; Flink's other languages are named as what they are. */
function bindCreateFunction(node: ast.CreateFunction, context: BindContext): BoundCreateFunction {
  if (node.language !== undefined && node.language !== 'WASM')
    throw notSupported(
      `functions in ${node.language}`,
      node.span,
      "a .wasm file takes its place: CREATE FUNCTION f USING 'f.wasm'",
    );
  const resource = node.resources[0];
  if (resource === undefined && node.language === undefined)
    throw notSupported(
      'functions of Java classes',
      node.as?.span ?? node.span,
      "a .wasm file takes its place: CREATE FUNCTION f USING 'f.wasm'",
    );
  if (resource === undefined)
    throw new TidemillError('wrong-argument', 'CREATE FUNCTION does not say which file the function is in', {
      span: node.span,
      hint: "write CREATE FUNCTION f USING 'f.wasm'",
    });
  if (resource.type === 'JAR')
    throw notSupported('functions in a JAR', resource.span, "a .wasm file takes its place: USING 'f.wasm'");
  if (node.resources.length > 1) throw notSupported('functions of several files', node.resources[1]!.span);
  const onError = functionOption(node.options);
  const name = node.name[node.name.length - 1]!.name;
  const path = node.system ? undefined : pathOf(node.name, context);
  return {
    kind: 'create-function',
    function: {
      key: functionKey(name, path),
      name,
      ...(path && { path }),
      temporary: node.temporary,
      ...(context.baseDirectory !== undefined && { baseDirectory: context.baseDirectory }),
      ...(onError && { onError }),
    },
    file: resource.path.value,
    ...(node.as && { export: node.as.value }),
    ifNotExists: node.ifNotExists,
    orReplace: node.orReplace,
    span: nameSpan(node.name),
  };
}
