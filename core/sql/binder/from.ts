import { type Field, types } from '../../columnar/types.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { column } from '../../plan/expressions.ts';
import { type LogicalNode, project, values } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import type * as ast from '../ast/query.ts';
import type { QueryContext } from './context.ts';
import { type BoundFrom, bindJoin, crossJoined } from './joins.ts';
import { bindLateral } from './lateral.ts';
import { bindMatchRecognize } from './match-recognize.ts';
import { bindProcessTable } from './process-tables.ts';
import { emptyScope, scopeOf } from './scope.ts';
import { requireDistinctNames } from './selected-names.ts';
import { bindTableCall, findTabular } from './table-functions.ts';
import { bindFile, bindName } from './table-scan.ts';
import { bindUnnest } from './unnest.ts';
import { bindWindowTable, isWindowFunction } from './window-functions.ts';

/** FROM: table references, joined; one row when there is none. */
export function bindFrom(references: readonly ast.TableReference[], context: QueryContext): BoundFrom {
  if (references.length === 0) return { node: oneRow, scope: { ...emptyScope, outer: context.outer } };
  const bound = references
    .slice(1)
    .reduce(
      (left, reference) =>
        behind(left, reference, context) ?? crossJoined(left, bindReference(reference, context), reference.span),
      bindReference(references[0]!, context),
    );
  return { node: bound.node, scope: { ...bound.scope, outer: context.outer } };
}

/** What may use the columns of `left`; undefined for what may not. */
function behind(left: BoundFrom, reference: ast.TableReference, context: QueryContext, on?: ast.Join): BoundFrom | undefined {
  if (reference.kind === 'unnest') return bindUnnest(reference, left, context, on);
  if (reference.kind === 'table-function') {
    const descriptor = isWindowFunction(nameOf(reference)) ? undefined : findTabular(reference, context);
    const { tabular } = descriptor ?? {};
    return tabular?.kind === 'table' ? bindTableCall(reference, { ...descriptor!, tabular }, left, context, on) : undefined;
  }
  if (reference.kind !== 'derived' || !reference.lateral) return undefined;
  return bindLateral(reference, left, context, query => derived(reference, query), on);
}

function derived(reference: ast.DerivedTable, query: LogicalNode): BoundFrom {
  if (reference.alias === undefined || reference.alias.columns.length === 0) requireDistinctNames(reference.query);
  return aliased(query, reference.alias, undefined, undefined);
}

/** SELECT without FROM gives one row. */
const oneRow = values([{ name: 'ZERO', type: types.int(false) }], [[0]]);

function bindReference(reference: ast.TableReference, context: QueryContext): BoundFrom {
  switch (reference.kind) {
    case 'table': {
      if (reference.systemTime !== undefined) throw notSupported('FOR SYSTEM_TIME AS OF', reference.systemTime.span);
      const node = bindName(reference.name, reference.hints, context, reference.span);
      const names = reference.name.map(part => part.name);
      return aliased(node, reference.alias, names[names.length - 1]!, pathOf(names, context));
    }
    case 'file':
      return aliased(bindFile(reference, context.bind), reference.alias, undefined, undefined);
    // LATERAL with nothing before it
    case 'derived':
      return derived(reference, context.bindQuery(reference.query, context));
    case 'table-function': {
      const name = nameOf(reference);
      const descriptor = isWindowFunction(name) ? undefined : findTabular(reference, context);
      const { tabular } = descriptor ?? {};
      if (tabular?.kind === 'table') {
        const alone = { node: oneRow, scope: emptyScope };
        const { node } = bindTableCall({ ...reference, lateral: false }, { ...descriptor!, tabular }, alone, context);
        return aliased(withoutFirst(node), reference.alias && { ...reference.alias, columns: [] }, undefined, undefined);
      }
      if (tabular?.kind === 'process')
        return aliased(bindProcessTable(reference, { ...descriptor!, tabular }, context), reference.alias, undefined, undefined);
      if (!isWindowFunction(name))
        throw notSupported(
          `the table function ${name}`,
          reference.span,
          'the window functions TUMBLE, HOP and CUMULATE are there',
        );
      return aliased(bindWindowTable(reference, name.toUpperCase(), context), reference.alias, undefined, undefined);
    }
    case 'unnest':
      return bindUnnest(reference, undefined, context);
    case 'match-recognize': {
      const { node, scope } = bindReference(reference.input, context);
      return aliased(bindMatchRecognize(reference, node, scope, context), reference.alias, undefined, undefined);
    }
    case 'join': {
      const left = bindReference(reference.left, context);
      return (
        behind(left, reference.right, context, reference) ??
        bindJoin(reference, left, bindReference(reference.right, context), context)
      );
    }
  }
}

const nameOf = (reference: ast.TableFunction): string => reference.name.map(part => part.name).join('.');

/** A table function alone in FROM has one row before it. */
function withoutFirst(node: LogicalNode): LogicalNode {
  const [, ...fields] = schemaOf(node);
  return project(
    node,
    fields.map((field, index) => column(index + 1, field)),
    fields.map(field => field.name),
  );
}

/** All three parts of a table's name; a name of WITH has one. */
function pathOf(names: readonly string[], { bind, commonTables }: QueryContext): readonly string[] {
  if (names.length === 1 && commonTables.has(names[0]!)) return names;
  const { catalog, database, name } = bind.catalog.resolve({ parts: names });
  return [catalog, database, name];
}

function aliased(
  node: LogicalNode,
  alias: ast.TableAlias | undefined,
  name: string | undefined,
  path: readonly string[] | undefined,
): BoundFrom {
  const schema = schemaOf(node);
  if (alias === undefined) return { node, scope: scopeOf(schema, name, path) };
  if (alias.columns.length === 0) return { node, scope: scopeOf(schema, alias.name.name) };
  const renamed = renameColumns(
    node,
    alias.columns.map(column => column.name),
    alias.span,
  );
  return { node: renamed, scope: scopeOf(schemaOf(renamed), alias.name.name) };
}

/** The same rows under other column names. */
export function renameColumns(node: LogicalNode, names: readonly string[], span: Span): LogicalNode {
  const schema: readonly Field[] = schemaOf(node);
  if (names.length !== schema.length)
    throw new TidemillError('wrong-column-count', `${names.length} names are given for ${schema.length} columns`, { span });
  return project(
    node,
    schema.map((field, index) => column(index, field)),
    names,
  );
}
