import { Field as ArrowField, Schema as ArrowSchema, Int32, Uint8, Utf8 } from 'apache-arrow';
import { type CatalogObject, declaredFields, type ObjectPath } from '../../catalog/descriptors.ts';
import { schemaMessage } from '../../columnar/arrow-schema-message.ts';
import { quoteIdentifier, type Schema, types } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { schemaOf } from '../../plan/schema.ts';
import type { Session } from '../../session/session.ts';
import { CommandGetDbSchemas, CommandGetKeys, CommandGetSqlInfo, CommandGetTables, CommandGetXdbcTypeInfo } from './messages.ts';
import { metadataRows, type ResultStream } from './result-stream.ts';
import { flightSchemaOf } from './schemas.ts';
import { sqlInfoStream } from './sql-info.ts';
import { typeInfoStream } from './type-info.ts';

const text = (name: string, nullable = false) => ({ name, type: types.string(nullable) });

export const isMetadataCommand = (name: string): boolean => name.startsWith('CommandGet');

/** What a command tells of the session's catalog, with the columns that Flight SQL gives it. */
export async function metadataStream(name: string, value: Uint8Array, session: Session): Promise<ResultStream> {
  switch (name) {
    case 'CommandGetCatalogs':
      return metadataRows(
        [text('catalog_name')],
        session.catalog.listCatalogs().map(catalog => [catalog]),
      );
    case 'CommandGetDbSchemas': {
      const { catalog, schemaPattern } = CommandGetDbSchemas.decode(value);
      const rows = databasesOf(session, catalog, schemaPattern).map(({ catalog, database }) => [catalog, database]);
      return metadataRows([text('catalog_name', true), text('db_schema_name')], rows);
    }
    case 'CommandGetTables':
      return tables(CommandGetTables.decode(value), session);
    case 'CommandGetTableTypes':
      return metadataRows([text('table_type')], [['TABLE'], ['VIEW']]);
    case 'CommandGetPrimaryKeys':
      return primaryKeys(CommandGetKeys.decode(value), session);
    case 'CommandGetExportedKeys':
    case 'CommandGetImportedKeys':
    case 'CommandGetCrossReference':
      // Flink has no foreign keys
      return { schema: foreignKeySchema(), messages: async function* () {} };
    case 'CommandGetSqlInfo':
      return sqlInfoStream(CommandGetSqlInfo.decode(value).info);
    case 'CommandGetXdbcTypeInfo':
      return typeInfoStream(CommandGetXdbcTypeInfo.decode(value).dataType);
    default:
      throw notSupported(`the command ${name}`);
  }
}

/** A pattern of LIKE: `%` any letters, `_` one, `\` before one that stands for itself. */
function matcherOf(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined || pattern === '%') return () => true;
  let expression = '';
  for (let at = 0; at < pattern.length; at++) {
    const escaped = pattern[at] === '\\' && at + 1 < pattern.length;
    const letter = escaped ? pattern[++at]! : pattern[at]!;
    if (!escaped && letter === '%') expression += '.*';
    else if (!escaped && letter === '_') expression += '.';
    else expression += letter.replace(/[.*+?^${}()|[\]\\]/, '\\$&');
  }
  const matcher = new RegExp(`^${expression}$`, 's');
  return name => matcher.test(name);
}

function databasesOf(session: Session, catalog: string | undefined, pattern: string | undefined) {
  const matches = matcherOf(pattern);
  const all = session.catalog.listCatalogs();
  const catalogs = catalog === undefined ? all : all.filter(name => name === catalog);
  return catalogs.flatMap(each =>
    session.catalog
      .listDatabases(each)
      .filter(matches)
      .map(database => ({ catalog: each, database })),
  );
}

async function tables(command: ReturnType<typeof CommandGetTables.decode>, session: Session): Promise<ResultStream> {
  const matches = matcherOf(command.tablePattern);
  const wanted = new Set(command.tableTypes.map(type => type.toUpperCase()));
  const rows: Value[][] = [];
  for (const { catalog, database } of databasesOf(session, command.catalog, command.schemaPattern)) {
    const objects = session.catalog.listObjects(catalog, database).filter(object => matches(object.path.name));
    for (const object of objects.sort((a, b) => (a.path.name < b.path.name ? -1 : 1))) {
      const type = object.kind === 'view' ? 'VIEW' : 'TABLE';
      if (wanted.size > 0 && !wanted.has(type)) continue;
      const row: Value[] = [catalog, database, object.path.name, type];
      if (command.includeSchema) row.push(schemaMessage(flightSchemaOf(await columnsOf(object, session), originOf(object.path))));
      rows.push(row);
    }
  }
  const columns = [text('catalog_name', true), text('db_schema_name', true), text('table_name'), text('table_type')];
  const schemaColumn = { name: 'table_schema', type: types.bytes(false) };
  return metadataRows(command.includeSchema ? [...columns, schemaColumn] : columns, rows);
}

export const originOf = ({ catalog, database, name }: ObjectPath) => ({ catalog, database, table: name });

/** The columns that SELECT * gives; what is declared where that cannot be told, as when the file is gone. */
export async function columnsOf(object: CatalogObject, session: Session): Promise<Schema> {
  if (object.kind === 'view') return object.schema;
  if (!object.inferred) return declaredFields(object.columns);
  const { catalog, database, name } = object.path;
  const path = [catalog, database, name].map(quoteIdentifier).join('.');
  try {
    const bound = await session.bind(`SELECT * FROM ${path}`, object.baseDirectory ?? '.');
    return bound.kind === 'query' ? schemaOf(bound.plan) : [];
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error;
    return declaredFields(object.columns);
  }
}

function primaryKeys(command: ReturnType<typeof CommandGetKeys.decode>, session: Session): ResultStream {
  const catalog = command.catalog ?? session.catalog.currentCatalog;
  const database = command.schema ?? session.catalog.currentDatabase;
  const object = session.catalog.lookup({ parts: [catalog, database, command.table] });
  const key = object.kind === 'table' ? (object.primaryKey ?? []) : [];
  const keyName = object.kind === 'table' ? (object.primaryKeyName ?? null) : null;
  return metadataRows(
    [
      text('catalog_name', true),
      text('db_schema_name', true),
      text('table_name'),
      text('column_name'),
      text('key_name', true),
      { name: 'key_sequence', type: types.int(false) },
    ],
    key.map((column, index) => [catalog, database, command.table, column, keyName, index + 1]),
  );
}

function foreignKeySchema(): ArrowSchema {
  const side = (prefix: string): ArrowField[] => [
    new ArrowField(`${prefix}_catalog_name`, new Utf8(), true),
    new ArrowField(`${prefix}_db_schema_name`, new Utf8(), true),
    new ArrowField(`${prefix}_table_name`, new Utf8(), false),
    new ArrowField(`${prefix}_column_name`, new Utf8(), false),
  ];
  return new ArrowSchema([
    ...side('pk'),
    ...side('fk'),
    new ArrowField('key_sequence', new Int32(), false),
    new ArrowField('fk_key_name', new Utf8(), true),
    new ArrowField('pk_key_name', new Utf8(), true),
    new ArrowField('update_rule', new Uint8(), false),
    new ArrowField('delete_rule', new Uint8(), false),
  ]);
}
