import { typeToString } from '../../columnar/types.ts';
import type {
  AlterTable,
  AlterTableAction,
  ChangePartitions,
  ChangeSchema,
  ColumnDefinition,
  CreateTable,
  Distribution,
  PrimaryKey,
  Watermark,
} from '../ast/table.ts';
import { identifierToSql, namesToSql, optionsToSql, optionToSql, type Printer, pathToSql, stringToSql, words } from './text.ts';

/** CREATE TABLE on several lines, as SHOW CREATE TABLE prints it. */
export function createTableToSql(table: CreateTable, print: Printer): string {
  const head = words(
    'CREATE',
    table.orReplace && 'OR REPLACE',
    table.temporary && 'TEMPORARY',
    'TABLE',
    table.ifNotExists && 'IF NOT EXISTS',
    pathToSql(table.name),
  );
  const parts = [
    ...(table.columns ?? []).map(column => columnToSql(column, print)),
    ...table.watermarks.map(watermark => watermarkToSql(watermark, print)),
    ...(table.primaryKey ? [primaryKeyToSql(table.primaryKey)] : []),
  ];
  const columns = table.columns === undefined ? '' : parts.length === 0 ? ' ()' : ` (\n  ${parts.join(',\n  ')}\n)`;
  const like =
    table.like &&
    words(
      `LIKE ${pathToSql(table.like.table)}`,
      table.like.options.length > 0 && `(${table.like.options.map(option => `${option.strategy} ${option.feature}`).join(' ')})`,
    );
  const lines = [
    head + columns,
    table.comment && `COMMENT ${stringToSql(table.comment)}`,
    table.distribution && `DISTRIBUTED ${distributionToSql(table.distribution)}`,
    table.partitionedBy.length > 0 && `PARTITIONED BY ${namesToSql(table.partitionedBy)}`,
    table.options.length > 0 && `WITH (\n  ${table.options.map(optionToSql).join(',\n  ')}\n)`,
    like,
    table.query && `AS ${print.query(table.query)}`,
  ];
  return lines.filter(line => line !== undefined && line !== false).join('\n');
}

export function columnToSql(column: ColumnDefinition, print: Printer): string {
  const name = identifierToSql(column.name);
  const comment = column.kind !== 'named-column' && column.comment && `COMMENT ${stringToSql(column.comment)}`;
  switch (column.kind) {
    case 'physical-column':
      return words(name, typeToString(column.type.type), comment);
    case 'metadata-column':
      return words(
        name,
        typeToString(column.type.type),
        'METADATA',
        column.key && `FROM ${stringToSql(column.key)}`,
        column.virtual && 'VIRTUAL',
        comment,
      );
    case 'computed-column':
      return words(name, 'AS', print.expression(column.expression), comment);
    case 'named-column':
      return name;
  }
}

const watermarkToSql = (watermark: Watermark, print: Printer): string =>
  `WATERMARK FOR ${pathToSql(watermark.column)} AS ${print.expression(watermark.expression)}`;

export const primaryKeyToSql = (key: PrimaryKey): string =>
  words(
    key.name && `CONSTRAINT ${identifierToSql(key.name)}`,
    `PRIMARY KEY ${namesToSql(key.columns)}`,
    !key.enforced && 'NOT ENFORCED',
  );

export const distributionToSql = ({ method, columns, buckets }: Distribution): string =>
  words(columns.length > 0 && words('BY', method, namesToSql(columns)), buckets && `INTO ${buckets.text} BUCKETS`);

export function alterTableToSql(alter: AlterTable, print: Printer): string {
  return words('ALTER TABLE', alter.ifExists && 'IF EXISTS', pathToSql(alter.name), actionToSql(alter.action, print));
}

function actionToSql(action: AlterTableAction, print: Printer): string {
  switch (action.kind) {
    case 'rename-table':
      return `RENAME TO ${pathToSql(action.to)}`;
    case 'rename-column':
      return `RENAME ${pathToSql(action.from)} TO ${identifierToSql(action.to)}`;
    case 'set-options':
      return `SET ${optionsToSql(action.options)}`;
    case 'reset-options':
      return `RESET (${action.keys.map(stringToSql).join(', ')})`;
    case 'add':
    case 'modify':
      return changeToSql(action, print);
    case 'drop-columns':
      return `DROP (${action.columns.map(pathToSql).join(', ')})`;
    case 'drop-constraint':
      return `DROP CONSTRAINT ${identifierToSql(action.name)}`;
    case 'drop-part':
      return `DROP ${action.part}`;
    case 'add-partitions':
    case 'drop-partitions':
      return partitionsToSql(action, print);
  }
}

function partitionsToSql({ kind, ifNeeded, partitions }: ChangePartitions, print: Printer): string {
  const adding = kind === 'add-partitions';
  const texts = partitions.map(({ values, options }) =>
    words(
      `PARTITION (${values.map(({ column, value }) => `${identifierToSql(column)} = ${print.expression(value)}`).join(', ')})`,
      options.length > 0 && `WITH ${optionsToSql(options)}`,
    ),
  );
  const condition = ifNeeded && (adding ? 'IF NOT EXISTS' : 'IF EXISTS');
  return words(adding ? 'ADD' : 'DROP', condition, texts.join(adding ? ' ' : ', '));
}

function changeToSql(change: ChangeSchema, print: Printer): string {
  const verb = change.kind === 'add' ? 'ADD' : 'MODIFY';
  if (change.distribution !== undefined) return `${verb} DISTRIBUTION ${distributionToSql(change.distribution)}`;
  const parts = [
    ...change.columns.map(({ column, position }) =>
      words(columnToSql(column, print), position && (position === 'FIRST' ? 'FIRST' : `AFTER ${identifierToSql(position)}`)),
    ),
    ...change.watermarks.map(watermark => watermarkToSql(watermark, print)),
    ...(change.primaryKey ? [primaryKeyToSql(change.primaryKey)] : []),
  ];
  return `${verb} (${parts.join(', ')})`;
}
