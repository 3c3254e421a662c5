import type { ObjectPath, TableDescriptor } from '../../catalog/descriptors.ts';
import { IpcParts, ipcPartKind, sharedPart } from '../../columnar/arrow-parts.ts';
import { ArrowContent, type ContentPiece, contentRows, type IpcPart } from '../../columnar/table-content.ts';
import { type Schema, sameType, typeToString } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import type { Session } from '../../session/session.ts';

/** What becomes of a table that rows are put into, when it is there and when it is not. */
export interface IngestMode {
  readonly ifExists: 'fail' | 'append' | 'replace';
  readonly ifMissing: 'create' | 'fail';
}

export interface IngestTarget {
  readonly catalog?: string | undefined;
  readonly database?: string | undefined;
  readonly table: string;
  readonly temporary: boolean;
}

/** A table by one to three names. @throws TidemillError `usage` for more. */
export function tableOfPath(path: readonly string[]): IngestTarget {
  if (path.length > 3) throw new TidemillError('usage', `a table has at most three names, not ${path.length}`);
  const [table, database, catalog] = [...path].reverse();
  return { catalog, database, table: table!, temporary: false };
}

/** Numbers of CommandStatementIngest.TableDefinitionOptions. */
export function ingestMode(definition: { readonly ifNotExist: number; readonly ifExists: number } | undefined): IngestMode {
  return {
    ifExists: definition?.ifExists === 2 ? 'append' : definition?.ifExists === 3 ? 'replace' : 'fail',
    ifMissing: definition?.ifNotExist === 2 ? 'fail' : 'create',
  };
}

/**
 * Takes Arrow messages into a table of the session that is held in memory: its rows are there when all have come, and statements that run meanwhile see
 * those from before.
 *
 * @throws TidemillError `table-exists`, `unknown-table`, `wrong-kind` for what is no table in memory, `ingest-schema` for other columns than it has.
 */
export class Ingest {
  readonly #session: Session;
  readonly #path: ObjectPath;
  readonly #target: IngestTarget;
  readonly #before: TableDescriptor | undefined;
  readonly #parts = new IpcParts();
  readonly #kept: IpcPart[] = [];
  readonly #rows: number[] = [];
  #schemaPart: IpcPart | undefined;

  constructor(session: Session, target: IngestTarget, { ifExists, ifMissing }: IngestMode) {
    const { catalog } = session;
    this.#session = session;
    this.#target = target;
    this.#path = {
      catalog: target.catalog ?? catalog.currentCatalog,
      database: target.database ?? catalog.currentDatabase,
      name: target.table,
    };
    catalog.requireDatabase(this.#path.catalog, this.#path.database);
    const found = catalog.find(this.#path);
    if (found === undefined && ifMissing === 'fail')
      throw new TidemillError('unknown-table', `there is no table '${target.table}' to put rows into`, {
        hint: 'let it be created, or create it first by putting rows',
      });
    if (found !== undefined && ifExists === 'fail')
      throw new TidemillError('table-exists', `${found.kind} '${target.table}' exists already`, {
        hint: 'append to it, or replace it',
      });
    if (found !== undefined && (found.kind === 'view' || found.content === undefined))
      throw new TidemillError('wrong-kind', `'${target.table}' is not a table that clients put: it has a connector of its own`, {
        hint: 'put the rows into another table, and INSERT INTO it from there',
      });
    this.#before = ifExists === 'append' ? (found as TableDescriptor | undefined) : undefined;
  }

  add(part: IpcPart): void {
    const kind = ipcPartKind(part);
    if (kind === 'schema') {
      this.#schemaPart = { header: part.header.slice(), body: new Uint8Array(0) };
      this.#parts.add(this.#schemaPart);
      requireNames(this.#parts.schema!);
      if (this.#before !== undefined) requireColumns(this.#before, this.#parts.schema!);
      return;
    }
    const shared = sharedPart(part);
    const rows = this.#parts.add(shared)?.numRows ?? 0;
    // a batch without rows is nothing, a dictionary is wanted
    if (kind === 'batch' && rows === 0) return;
    this.#kept.push(shared);
    this.#rows.push(rows);
  }

  /** Puts the table into the catalog; gives how many rows came. */
  finish(): number {
    if (this.#schemaPart === undefined)
      throw new TidemillError('flight-protocol', 'no columns were sent', { hint: 'a stream of Arrow begins with its schema' });
    const piece: ContentPiece = { schema: this.#schemaPart, parts: this.#kept, rows: this.#rows };
    const content = new ArrowContent([...(this.#before?.content?.pieces ?? []), piece]);
    const table: TableDescriptor = {
      kind: 'table',
      path: this.#path,
      temporary: this.#target.temporary,
      columns: this.#parts.schema!.map(({ name, type }) => ({ kind: 'physical', name, type })),
      inferred: false,
      partitionedBy: [],
      options: { connector: 'memory' },
      ...this.#before,
      content,
    };
    this.#session.catalog.create(table, { orReplace: true });
    this.#session.expectRows(contentRows(content));
    return contentRows(content) - (this.#before?.content === undefined ? 0 : contentRows(this.#before.content));
  }
}

function requireNames(sent: Schema): void {
  const names = sent.map(field => field.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new TidemillError('ingest-schema', `the rows have two columns with the name '${twice}'`, { hint: 'rename one of them' });
}

function requireColumns(table: TableDescriptor, sent: Schema): void {
  const columns = table.columns.flatMap(column => (column.kind === 'physical' ? [column] : []));
  const fits =
    columns.length === sent.length &&
    columns.every(({ name, type }) => {
      const found = sent.find(field => field.name === name);
      return found !== undefined && sameType(found.type, type) && (type.nullable || !found.type.nullable);
    });
  if (fits) return;
  const shown = (fields: Schema): string => fields.map(({ name, type }) => `${name} ${typeToString(type)}`).join(', ');
  throw new TidemillError('ingest-schema', `the rows have not the columns of '${table.path.name}': they have ${shown(sent)}`, {
    hint: `the table has ${shown(columns)}; replace it, or send these`,
  });
}
