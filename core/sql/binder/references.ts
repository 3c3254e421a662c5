import type { Catalog } from '../../catalog/catalog.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
import type { FileTable, NamedTable, Query } from '../ast/query.ts';
import type { Statement } from '../ast/statement.ts';
import type { CreateTable } from '../ast/table.ts';
import { infersColumns, optionsOf, tableKey } from './ddl.ts';
import { fileKey, optionHints } from './table-scan.ts';

/** Something outside whose columns binding needs: a file of FROM, or a table declared without columns. */
export interface OutsideReference {
  /** Where its answer goes in `BindContext.resolved`. */
  readonly key: string;
  /** Path of FROM 'path'; absent for a table, whose options say all. */
  readonly path?: string | undefined;
  readonly options: Readonly<Record<string, string>>;
  readonly baseDirectory?: string | undefined;
  readonly span: Span;
}

/**
 * Binding's first phase: all that has to be looked at before a statement can be bound, views included. The session resolves each
 * (asynchronously) and then binds without waiting.
 */
export function collectReferences(
  statement: Statement,
  catalog: Catalog,
  parseQuery: (text: string) => Query,
  baseDirectory?: string,
): OutsideReference[] {
  const found = new Map<string, OutsideReference>();
  const views = new Set<string>();
  // without recursion: a chain of operators nests as deep as it is long
  const visit = (whole: unknown, directory: string | undefined): void => {
    const open = [whole];
    while (open.length > 0) {
      const value = open.pop();
      if (typeof value !== 'object' || value === null) continue;
      const node = value as { readonly kind?: string };
      if (node.kind === 'file') addFile(value as FileTable, directory);
      if (node.kind === 'table' || node.kind === 'table-argument' || node.kind === 'table-query') addView(value, directory);
      if (node.kind === 'create-table') addTable(value as CreateTable, directory);
      // backwards, so that what is written first is found first
      const keys = Object.keys(value);
      for (let index = keys.length - 1; index >= 0; index--) {
        const inner = (value as Readonly<Record<string, unknown>>)[keys[index]!];
        if (typeof inner === 'object' && keys[index] !== 'span') open.push(inner);
      }
    }
  };
  const addFile = (file: FileTable, directory: string | undefined): void => {
    const key = fileKey(file.path.value);
    found.set(key, {
      key,
      path: file.path.value,
      options: optionHints(file.hints),
      baseDirectory: directory,
      span: file.path.span,
    });
  };
  const addTable = (table: CreateTable, directory: string | undefined): void => {
    if (!infersColumns(table)) return;
    const key = tableKey(table.name.map(part => part.name).join('.'));
    found.set(key, { key, options: optionsOf(table.options), baseDirectory: directory, span: table.span });
  };
  const addView = (reference: object, directory: string | undefined): void => {
    const named = reference as Partial<NamedTable> & { readonly table?: NamedTable['name'] };
    const name = Array.isArray(named.table) ? (named.table as NamedTable['name']) : named.name;
    if (name === undefined || name.length > 3) return;
    const parts = name.map(part => part.name);
    const object = catalog.find(catalog.resolve({ parts }));
    if (object?.kind !== 'view' || views.has(parts.join('.'))) return;
    views.add(parts.join('.'));
    visit(parseQuery(object.text), object.baseDirectory ?? directory);
  };
  visit(statement, baseDirectory);
  return [...found.values()];
}

/** For whoever cannot resolve a reference. */
export function unresolved(reference: OutsideReference, why: string): TidemillError {
  const what = reference.path === undefined ? 'the columns of the table' : `'${reference.path}'`;
  return new TidemillError('unknown-file', `${what} cannot be read: ${why}`, { span: reference.span });
}
