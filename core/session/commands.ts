import type { Catalog } from '../catalog/catalog.ts';
import type { CatalogObject, FunctionDescriptor, TableDescriptor } from '../catalog/descriptors.ts';
import { type Field, quoteIdentifier, type Schema, types, typeToString, withoutTimeAttribute } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { notSupported, type Span, TidemillError, unreachable } from '../common/errors.ts';
import { aggregateFunctions, scalarFunctions } from '../functions/index.ts';
import type { Command } from '../sql/binder/index.ts';
import type { StatementResult } from './contract.ts';
import { maskedOptions } from './secrets.ts';
import type { Settings } from './settings.ts';

const done = (message: string): StatementResult => ({ kind: 'done', message });
const written = (name: readonly { readonly name: string; readonly span: Span }[]) => ({
  parts: name.map(part => part.name),
  span: { start: name[0]!.span.start, end: name[name.length - 1]!.span.end },
});
const names = (column: string, rows: readonly string[]): StatementResult => ({
  kind: 'listing',
  schema: [{ name: column, type: types.string(false) }],
  rows: rows.map(row => [row]),
});

/** Runs what needs the catalog and the settings only. @throws TidemillError with the place in the statement. */
export function runCommand(command: Command, catalog: Catalog, settings: Settings): StatementResult {
  switch (command.kind) {
    case 'set': {
      if (command.option === undefined) {
        const schema = [
          { name: 'key', type: types.string(false) },
          { name: 'value', type: types.string(false) },
        ];
        return { kind: 'listing', schema, rows: settings.entries() };
      }
      settings.set(command.option.key.value, command.option.value.value, command.option.span);
      return done('set');
    }
    case 'reset':
      settings.reset(command.key?.value);
      return done('reset');
    case 'use':
      if (command.object === 'CATALOG') catalog.useCatalog(command.name[0]!.name, written(command.name).span);
      else catalog.useDatabase(written(command.name));
      return done(`using ${command.name.map(part => part.name).join('.')}`);
    case 'create-catalog':
      catalog.createCatalog(command.name.name, { ifNotExists: command.ifNotExists, span: command.name.span });
      return done(`catalog ${command.name.name} created`);
    case 'create-database': {
      const parts = command.name.map(part => part.name);
      const database = parts[parts.length - 1]!;
      catalog.createDatabase(parts.length > 1 ? parts[0]! : catalog.currentCatalog, database, {
        ifNotExists: command.ifNotExists,
        span: written(command.name).span,
      });
      return done(`database ${database} created`);
    }
    case 'drop':
      return drop(command, catalog);
    case 'show':
      return show(command, catalog);
    case 'describe':
      return describe(command, catalog);
    case 'alter-table':
    case 'alter-view':
    case 'alter-function':
    case 'alter-catalog':
    case 'alter-database':
      throw notSupported(command.kind.replace('-', ' ').toUpperCase(), command.span, 'drop it and create it anew');
    case 'use-modules':
      throw notSupported('USE MODULES', command.span);
    case 'explain-stall':
      throw notSupported('EXPLAIN STALL', command.span);
    case 'stop-job':
      throw notSupported('STOP JOB', command.span, 'Ctrl-C stops what runs here');
    default:
      return unreachable(command);
  }
}

function drop(command: Extract<Command, { kind: 'drop' }>, catalog: Catalog): StatementResult {
  const name = written(command.name);
  const options = { ifExists: command.ifExists, temporary: command.temporary };
  switch (command.object) {
    case 'TABLE':
    case 'VIEW':
      catalog.drop(command.object === 'TABLE' ? 'table' : 'view', name, options);
      break;
    case 'FUNCTION':
      catalog.dropFunction(name, { ...options, system: command.system });
      break;
    case 'CATALOG':
      catalog.dropCatalog(name.parts[0]!, options, name.span);
      break;
    case 'DATABASE':
      catalog.dropDatabase(
        name.parts.length > 1 ? name.parts[0]! : catalog.currentCatalog,
        name.parts.at(-1)!,
        options,
        name.span,
      );
      break;
  }
  return done(`${command.object.toLowerCase()} ${name.parts.join('.')} dropped`);
}

function show(command: Extract<Command, { kind: 'show' }>, catalog: Catalog): StatementResult {
  const like = (rows: readonly string[]): string[] => {
    if (command.like === undefined) return [...rows].sort();
    const pattern = new RegExp(
      `^${command.like.pattern.value
        .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
        .replaceAll('%', '.*')
        .replaceAll('_', '.')}$`,
      command.like.caseInsensitive ? 'i' : '',
    );
    return rows.filter(row => pattern.test(row) !== command.like!.negated).sort();
  };
  const scope = command.of?.map(part => part.name) ?? [];
  const database = scope.at(-1) ?? catalog.currentDatabase;
  const inCatalog = scope.length > 1 ? scope[0]! : catalog.currentCatalog;
  switch (command.object) {
    case 'TABLES':
      return names('table name', like(catalog.listObjects(inCatalog, database).map(object => object.path.name)));
    case 'VIEWS':
      return names(
        'view name',
        like(
          catalog
            .listObjects(inCatalog, database)
            .filter(object => object.kind === 'view')
            .map(object => object.path.name),
        ),
      );
    case 'DATABASES':
      return names('database name', like(catalog.listDatabases(scope[0] ?? catalog.currentCatalog)));
    case 'CATALOGS':
      return names('catalog name', like(catalog.listCatalogs()));
    case 'CURRENT CATALOG':
      return names('current catalog name', [catalog.currentCatalog]);
    case 'CURRENT DATABASE':
      return names('current database name', [catalog.currentDatabase]);
    case 'USER FUNCTIONS':
      return names('function name', like(catalog.listFunctions().map(entry => entry.name)));
    case 'FUNCTIONS': {
      const builtins = [...scalarFunctions.values(), ...aggregateFunctions.values()].flatMap(entry => entry.spellings);
      return names('function name', like([...new Set([...builtins, ...catalog.listFunctions().map(entry => entry.name)])]));
    }
    case 'COLUMNS':
      return columnsOf(catalog.lookup(written(command.of!)));
    case 'CREATE TABLE':
    case 'CREATE VIEW':
      return { kind: 'text', text: createText(catalog.lookup(written(command.of!))) };
    case 'MODULES':
    case 'FULL MODULES':
      return names('module name', ['core']);
    case 'JARS':
    case 'PROCEDURES':
      return names(command.object.toLowerCase(), []);
    case 'PARTITIONS':
    case 'CREATE CATALOG':
    case 'JOBS':
      throw notSupported(`SHOW ${command.object}`, command.span);
    default:
      return unreachable(command.object);
  }
}

function describe(command: Extract<Command, { kind: 'describe' }>, catalog: Catalog): StatementResult {
  if (command.object === 'TABLE') return columnsOf(catalog.lookup(written(command.name)));
  if (command.object === 'FUNCTION') {
    const name = written(command.name);
    const found = catalog.findFunction(name.parts, 'catalog') ?? catalog.findFunction(name.parts, 'system');
    if (found === undefined)
      throw new TidemillError('unknown-function', `there is no user function '${name.parts.join('.')}'`, { span: name.span });
    return { kind: 'text', text: functionText(found) };
  }
  throw notSupported(`DESCRIBE ${command.object}`, command.span);
}

const functionText = (found: FunctionDescriptor): string =>
  `${found.name}(${found.argumentTypes.map(type => typeToString(type)).join(', ')}) → ${typeToString(found.resultType)}, ${found.deterministic ? 'deterministic' : 'not deterministic'}${found.file === undefined ? '' : `, from ${found.file}`}`;

/** As Flink's DESCRIBE: name, type, null, key, extras, watermark. */
function columnsOf(object: CatalogObject): StatementResult {
  const schema: Schema = ['name', 'type', 'null', 'key', 'extras', 'watermark'].map(
    (name): Field => ({ name, type: name === 'null' ? types.boolean(false) : types.string(name !== 'name' && name !== 'type') }),
  );
  if (object.kind === 'view')
    return {
      kind: 'listing',
      schema,
      rows: object.schema.map(field => [
        field.name,
        typeToString(withoutTimeAttribute(field.type), false),
        field.type.nullable,
        null,
        null,
        null,
      ]),
    };
  const rows = object.columns.map((column): Value[] => {
    const type = column.kind === 'computed' ? column.expression.type : column.type;
    const key = object.primaryKey?.includes(column.name) ? `PRI(${object.primaryKey.join(', ')})` : null;
    const extras =
      column.kind === 'computed'
        ? `AS ${column.text}`
        : column.kind === 'metadata'
          ? `METADATA FROM '${column.key}'${column.virtual ? ' VIRTUAL' : ''}`
          : null;
    const watermark = object.watermark?.column === column.name ? object.watermark.text : null;
    return [
      column.name,
      typeToString(withoutTimeAttribute(type), false) + (watermark === null ? '' : ' *ROWTIME*'),
      type.nullable,
      key,
      extras,
      watermark,
    ];
  });
  return { kind: 'listing', schema, rows };
}

function createText(object: CatalogObject): string {
  const path = [object.path.catalog, object.path.database, object.path.name].map(quoteIdentifier).join('.');
  if (object.kind === 'view') {
    const columns = object.columns.length === 0 ? '' : ` (${object.columns.map(quoteIdentifier).join(', ')})`;
    return `CREATE ${object.temporary ? 'TEMPORARY ' : ''}VIEW ${path}${columns} AS ${object.text}`;
  }
  return createTableText(object, path);
}

function createTableText(table: TableDescriptor, path: string): string {
  const lines = table.columns.map(column => {
    if (column.kind === 'computed') return `${quoteIdentifier(column.name)} AS ${column.text}`;
    const metadata = column.kind === 'metadata' ? ` METADATA FROM '${column.key}'${column.virtual ? ' VIRTUAL' : ''}` : '';
    return `${quoteIdentifier(column.name)} ${typeToString(column.type)}${metadata}`;
  });
  if (table.watermark !== undefined)
    lines.push(`WATERMARK FOR ${quoteIdentifier(table.watermark.column)} AS ${table.watermark.text}`);
  if (table.primaryKey !== undefined)
    lines.push(`PRIMARY KEY (${table.primaryKey.map(quoteIdentifier).join(', ')}) NOT ENFORCED`);
  const partitions =
    table.partitionedBy.length === 0 ? '' : `\nPARTITIONED BY (${table.partitionedBy.map(quoteIdentifier).join(', ')})`;
  const options = Object.entries(maskedOptions(table.options)).map(
    ([key, value]) => `  '${key}' = '${value.replaceAll("'", "''")}'`,
  );
  return `CREATE ${table.temporary ? 'TEMPORARY ' : ''}TABLE ${path} (\n  ${lines.join(',\n  ')}\n)${partitions} WITH (\n${options.join(',\n')}\n)`;
}
