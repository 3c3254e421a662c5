import type { Catalog } from '../catalog/catalog.ts';
import type { CatalogObject, FunctionDescriptor, TableColumn, TableDescriptor } from '../catalog/descriptors.ts';
import { type Field, type Schema, type SqlType, types, typeToString } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { internalError, notSupported, TidemillError, unreachable } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import { aggregateFunctions, scalarFunctions } from '../functions/index.ts';
import type { ShowLike } from '../sql/ast/statement.ts';
import type { Command } from '../sql/binder/index.ts';
import type { StatementResult } from './contract.ts';
import { createCatalogText, createText, metadataText } from './create-text.ts';
import { flinkTypeText } from './type-text.ts';
import { written } from './written.ts';

type Show = Extract<Command, { kind: 'show' }>;

const text = (name: string, nullable = false): Field => ({ name, type: types.string(nullable) });
const listing = (schema: Schema, rows: readonly (readonly Value[])[]): StatementResult => ({ kind: 'listing', schema, rows });
const names = (column: string, rows: readonly string[]): StatementResult =>
  listing(
    [text(column)],
    rows.map(row => [row]),
  );

/** SHOW in all its forms, with Flink's column names and order. Errors: unknown-catalog, unknown-database, unknown-table, wrong-kind. */
export function show(command: Show, catalog: Catalog): StatementResult {
  const like = (rows: readonly string[]): string[] => [...new Set(rows)].filter(likeTest(command.like)).sort();
  const scope = command.of?.map(part => part.name) ?? [];
  const span = command.of && written(command.of).span;
  const objects = (): CatalogObject[] => {
    const database = scope.at(-1) ?? catalog.currentDatabase;
    const inCatalog = scope.length > 1 ? scope[0]! : catalog.currentCatalog;
    catalog.requireDatabase(inCatalog, database, span);
    return catalog.listObjects(inCatalog, database);
  };
  switch (command.object) {
    case 'TABLES':
      return names('table name', like(objects().map(object => object.path.name)));
    case 'VIEWS':
      return names('view name', like(objects().flatMap(object => (object.kind === 'view' ? [object.path.name] : []))));
    case 'MATERIALIZED TABLES':
      objects();
      return names('materialized table', []);
    case 'DATABASES':
      return names('database name', like(catalog.listDatabases(scope[0] ?? catalog.currentCatalog, span)));
    case 'CATALOGS':
      return names('catalog name', like(catalog.listCatalogs()));
    case 'CURRENT CATALOG':
      return names('current catalog name', [catalog.currentCatalog]);
    case 'CURRENT DATABASE':
      return names('current database name', [catalog.currentDatabase]);
    case 'USER FUNCTIONS':
      return names('function name', like(catalog.listFunctions().map(entry => entry.name)));
    case 'FUNCTIONS':
      return names('function name', like([...builtinNames(), ...catalog.listFunctions().map(entry => entry.name)]));
    case 'COLUMNS':
      return columnsOf(catalog.lookup(written(command.of!)), likeTest(command.like));
    case 'CREATE TABLE':
    case 'CREATE VIEW':
      return { kind: 'text', text: createText(objectOf(command, catalog)) };
    case 'CREATE CATALOG':
      return { kind: 'text', text: createCatalogText(scope[0]!, catalog.describeCatalog(scope[0]!, span)) };
    case 'CREATE MODEL':
      throw notSupported('models', command.span);
    case 'CREATE MATERIALIZED TABLE':
      throw new TidemillError('unknown-table', `there is no ${command.object.slice(7).toLowerCase()} '${scope.join('.')}'`, {
        span,
      });
    case 'MODELS':
      objects();
      return names('model name', []);
    case 'MODULES':
      return names('module name', ['core']);
    case 'FULL MODULES':
      return listing([text('module name'), { name: 'used', type: types.boolean(false) }], [['core', true]]);
    case 'JARS':
      return names('jars', []);
    case 'PROCEDURES':
      return names('procedure name', []);
    case 'PARTITIONS':
      return partitionsOf(command, catalog);
    case 'JOBS':
      throw internalError('SHOW JOBS is the session’s');
    default:
      return unreachable(command.object);
  }
}

/** Built-in functions as Flink lists them: in small letters. */
const builtinNames = (): string[] =>
  [...scalarFunctions.values(), ...aggregateFunctions.values()].flatMap(entry =>
    entry.spellings.map(spelling => spelling.toLowerCase()),
  );

/** LIKE's pattern: `%` any characters, `_` one. */
function likeTest(like: ShowLike | undefined): (name: string) => boolean {
  if (like === undefined) return () => true;
  const pattern = new RegExp(
    `^${like.pattern.value
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('%', '.*')
      .replaceAll('_', '.')}$`,
    like.caseInsensitive ? 'is' : 's',
  );
  return name => pattern.test(name) !== like.negated;
}

function objectOf(command: Show, catalog: Catalog): CatalogObject {
  const name = written(command.of!);
  const object = catalog.lookup(name);
  const wanted = command.object === 'CREATE VIEW' ? 'view' : 'table';
  if (object.kind === wanted) return object;
  throw new TidemillError('wrong-kind', `'${object.path.name}' is a ${object.kind}, not a ${wanted}`, {
    span: name.span,
    hint: `write SHOW CREATE ${object.kind.toUpperCase()}`,
  });
}

/** Partitions are directories of the data, which planning does not look into. */
function partitionsOf(command: Show, catalog: Catalog): StatementResult {
  const name = written(command.of!);
  const object = catalog.lookup(name);
  if (object.kind === 'view' || object.partitionedBy.length === 0)
    throw new TidemillError('wrong-kind', `'${object.path.name}' has no partitions`, {
      span: name.span,
      hint: 'PARTITIONED BY in CREATE TABLE makes them',
    });
  throw notSupported('SHOW PARTITIONS', command.span, `SELECT DISTINCT ${object.partitionedBy.join(', ')} FROM it gives them`);
}

/** DESCRIBE in all its forms. */
export function describe(command: Extract<Command, { kind: 'describe' }>, catalog: Catalog): StatementResult {
  const name = written(command.name);
  switch (command.object) {
    case 'TABLE':
      return columnsOf(catalog.lookup(name), () => true);
    case 'FUNCTION':
      return functionOf(command, catalog);
    case 'CATALOG': {
      const { comment, options } = catalog.describeCatalog(name.parts[0]!, name.span);
      const { type = 'generic_in_memory', ...others } = options;
      const extended = command.extended
        ? Object.entries(others)
            .sort(([left], [right]) => (left < right ? -1 : 1))
            .map(([key, value]) => [`option:${key}`, value])
        : [];
      return listing(information, [['name', name.parts[0]!], ['type', type], ['comment', comment ?? null], ...extended]);
    }
    case 'DATABASE': {
      const inCatalog = name.parts.length > 1 ? name.parts[0]! : catalog.currentCatalog;
      const database = name.parts.at(-1)!;
      const { comment, options } = catalog.describeDatabase(inCatalog, database, name.span);
      const extended = command.extended ? Object.entries(options).map(([key, value]) => [`option:${key}`, value]) : [];
      return listing(information, [['name', database], ['comment', comment ?? null], ...extended]);
    }
    case 'MODEL':
      throw notSupported('models', command.span);
    case 'JOB':
      throw internalError('DESCRIBE JOB is the session’s');
    default:
      return unreachable(command.object);
  }
}

const information: Schema = [text('info name'), text('info value', true)];

/** Errors: unknown-function with the nearest names. */
function functionOf(command: Extract<Command, { kind: 'describe' }>, catalog: Catalog): StatementResult {
  const name = written(command.name);
  const own = catalog.findFunction(name.parts, 'system') ?? catalog.findFunction(name.parts, 'catalog');
  if (own !== undefined) return listing(information, ownFunction(own, command.extended));
  const wanted = name.parts.at(-1)!.toUpperCase();
  const builtin = [...scalarFunctions.values(), ...aggregateFunctions.values()].find(entry => entry.spellings.includes(wanted));
  if (builtin === undefined)
    throw new TidemillError('unknown-function', `there is no function '${name.parts.join('.')}'`, {
      span: name.span,
      hint: didYouMean(wanted.toLowerCase(), [...builtinNames(), ...catalog.listFunctions().map(entry => entry.name)]),
    });
  const rows: Value[][] = [
    ['is system function', 'true'],
    ['is temporary', 'false'],
  ];
  if (command.extended) rows.push(['kind', aggregateFunctions.has(builtin.spellings[0]!) ? 'AGGREGATE' : 'SCALAR']);
  return listing(information, rows);
}

function ownFunction(found: FunctionDescriptor, extended: boolean): Value[][] {
  const signature = `${found.name}(${found.argumentTypes.map(type => typeToString(type)).join(', ')}) → ${typeToString(found.resultType)}`;
  const rows: Value[][] = [
    ['is system function', String(found.path === undefined)],
    ['is temporary', String(found.temporary)],
    ['function language', found.language],
    ['signature', signature],
  ];
  if (extended) {
    rows.push(['kind', found.aggregate !== undefined ? 'AGGREGATE' : found.tabular !== undefined ? 'TABLE' : 'SCALAR']);
    rows.push(['is deterministic', String(found.deterministic)]);
    if (found.language === 'WASM') rows.push(['on error', found.onError ?? 'fail']);
    if (found.file !== undefined) rows.push(['resource', found.file]);
  }
  return rows;
}

/** As Flink's DESCRIBE: name, type, null, key, extras, watermark, and comment where a column has one. */
function columnsOf(object: CatalogObject, shown: (name: string) => boolean): StatementResult {
  const rows =
    object.kind === 'view'
      ? object.schema.map(field => [field.name, describedType(field.type), field.type.nullable, null, null, null, null])
      : object.columns.map(column => columnRow(column, object));
  const visible = rows.filter(row => shown(row[0] as string));
  const withComments = object.kind === 'table' && object.columns.some(column => column.comment !== undefined);
  const columns = ['name', 'type', 'null', 'key', 'extras', 'watermark', ...(withComments ? ['comment'] : [])];
  const schema = columns.map(name =>
    name === 'null' ? { name, type: types.boolean(false) } : text(name, name !== 'name' && name !== 'type'),
  );
  return listing(
    schema,
    visible.map(row => row.slice(0, columns.length)),
  );
}

/** With the mark of a time attribute. */
function describedType(type: SqlType, rowtime = false): string {
  const attribute = type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ' ? type.attribute : undefined;
  const mark = rowtime || attribute === 'rowtime' ? ' *ROWTIME*' : attribute === 'proctime' ? ' *PROCTIME*' : '';
  return flinkTypeText(type, 'summary', false) + mark;
}

function columnRow(column: TableColumn, table: TableDescriptor): Value[] {
  const type = column.kind === 'computed' ? column.expression.type : column.type;
  const watermark = table.watermark?.column === column.name ? table.watermark.text : null;
  const key = table.primaryKey?.includes(column.name) ? `PRI(${table.primaryKey.join(', ')})` : null;
  const extras = column.kind === 'computed' ? `AS ${column.text}` : column.kind === 'metadata' ? metadataText(column) : null;
  return [column.name, describedType(type, watermark !== null), type.nullable, key, extras, watermark, column.comment ?? null];
}
