import type { Described } from '../catalog/catalog.ts';
import type { CatalogObject, TableColumn, TableDescriptor, ViewDescriptor } from '../catalog/descriptors.ts';
import { quoteIdentifier } from '../columnar/types.ts';
import { maskedOptions } from './secrets.ts';
import { flinkTypeText } from './type-text.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const names = (list: readonly string[]): string => `(${list.map(quoteIdentifier).join(', ')})`;

/**
 * What SHOW CREATE TABLE and SHOW CREATE VIEW print: Flink's layout, options in the order of their names, secrets masked.
 *
 * @example createText(table) // CREATE TABLE `default_catalog`.`default_database`.`t` (\n  `a` INT\n)\nWITH (\n  'connector' = 'print'\n)\n
 */
export function createText(object: CatalogObject): string {
  return object.kind === 'view' ? createViewText(object) : createTableText(object);
}

const pathText = ({ path }: CatalogObject): string => [path.catalog, path.database, path.name].map(quoteIdentifier).join('.');

function createViewText(view: ViewDescriptor): string {
  const lines = [
    `CREATE ${view.temporary ? 'TEMPORARY ' : ''}VIEW ${pathText(view)} (`,
    view.schema.map(field => `  ${quoteIdentifier(field.name)}`).join(',\n'),
    ')',
    ...(view.comment === undefined ? [] : [`COMMENT ${quoted(view.comment)}`]),
    `AS ${view.text}`,
  ];
  return `${lines.join('\n')}\n`;
}

function createTableText(table: TableDescriptor): string {
  const parts = table.columns.map(columnText);
  if (table.watermark !== undefined)
    parts.push(`WATERMARK FOR ${quoteIdentifier(table.watermark.column)} AS ${table.watermark.text}`);
  if (table.primaryKey !== undefined) {
    const constraint = table.primaryKeyName === undefined ? '' : `CONSTRAINT ${quoteIdentifier(table.primaryKeyName)} `;
    parts.push(`${constraint}PRIMARY KEY ${names(table.primaryKey)} NOT ENFORCED`);
  }
  const lines = [
    `CREATE ${table.temporary ? 'TEMPORARY ' : ''}TABLE ${pathText(table)} (`,
    parts.map(part => `  ${part}`).join(',\n'),
    ')',
    ...(table.comment === undefined ? [] : [`COMMENT ${quoted(table.comment)}`]),
    ...(table.distribution === undefined ? [] : [distributionText(table.distribution)]),
    ...(table.partitionedBy.length === 0 ? [] : [`PARTITIONED BY ${names(table.partitionedBy)}`]),
    ...withText(maskedOptions(table.options)),
  ];
  return `${lines.join('\n')}\n`;
}

function columnText(column: TableColumn): string {
  const comment = column.comment === undefined ? '' : ` COMMENT ${quoted(column.comment)}`;
  const name = quoteIdentifier(column.name);
  if (column.kind === 'computed') return `${name} AS ${column.text}${comment}`;
  return `${name} ${flinkTypeText(column.type, 'full', true)}${column.kind === 'metadata' ? ` ${metadataText(column)}` : ''}${comment}`;
}

/** `METADATA FROM 'key' VIRTUAL`; the key only where it is not the column's name. */
export const metadataText = (column: Extract<TableColumn, { kind: 'metadata' }>): string =>
  `METADATA${column.key === column.name ? '' : ` FROM ${quoted(column.key)}`}${column.virtual ? ' VIRTUAL' : ''}`;

function distributionText({ method, columns, buckets }: NonNullable<TableDescriptor['distribution']>): string {
  const by = columns.length === 0 ? '' : ` BY ${method === undefined ? '' : method}${names(columns)}`;
  return `DISTRIBUTED${by}${buckets === undefined ? '' : ` INTO ${buckets} BUCKETS`}`;
}

function withText(options: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(options).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.length === 0
    ? []
    : [`WITH (\n${entries.map(([key, value]) => `  ${quoted(key)} = ${quoted(value)}`).join(',\n')}\n)`];
}

/** What SHOW CREATE CATALOG prints. */
export function createCatalogText(name: string, { comment, options }: Described): string {
  const lines = [
    `CREATE CATALOG ${quoteIdentifier(name)}`,
    ...(comment === undefined ? [] : [`COMMENT ${quoted(comment)}`]),
    ...withText(maskedOptions(options)),
  ];
  return `${lines.join('\n')}\n`;
}
