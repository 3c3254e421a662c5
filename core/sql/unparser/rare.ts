import type {
  Analyze,
  CallProcedure,
  CreateMaterializedTable,
  CreateModel,
  Delete,
  PartitionValue,
  Update,
} from '../ast/statement.ts';
import type { ColumnDefinition } from '../ast/table.ts';
import { argumentToSql } from './expressions.ts';
import { columnToSql, distributionToSql, primaryKeyToSql } from './tables.ts';
import { identifierToSql, namesToSql, optionsToSql, type Printer, pathToSql, stringToSql, words } from './text.ts';

export function partitionToSql(partition: readonly PartitionValue[], print: Printer): string {
  const values = partition.map(({ column, value }) => words(identifierToSql(column), value && `= ${print.expression(value)}`));
  return `PARTITION (${values.join(', ')})`;
}

export function analyzeToSql(s: Analyze, print: Printer): string {
  return words(
    'ANALYZE TABLE',
    pathToSql(s.table),
    s.partition.length > 0 && partitionToSql(s.partition, print),
    'COMPUTE STATISTICS',
    s.columns &&
      (s.columns === 'ALL' ? 'FOR ALL COLUMNS' : `FOR COLUMNS ${s.columns.map(column => identifierToSql(column)).join(', ')}`),
  );
}

export function updateToSql(s: Update, print: Printer): string {
  return words(
    'UPDATE',
    pathToSql(s.table),
    s.alias && `AS ${identifierToSql(s.alias)}`,
    'SET',
    s.assignments.map(({ column, value }) => `${pathToSql(column)} = ${print.expression(value)}`).join(', '),
    s.where && `WHERE ${print.expression(s.where)}`,
  );
}

export function deleteToSql(s: Delete, print: Printer): string {
  return words(
    'DELETE FROM',
    pathToSql(s.table),
    s.alias && `AS ${identifierToSql(s.alias)}`,
    s.where && `WHERE ${print.expression(s.where)}`,
  );
}

export const callToSql = (s: CallProcedure, print: Printer): string =>
  `CALL ${pathToSql(s.name)}(${s.arguments.map(argument => argumentToSql(argument, print)).join(', ')})`;

const columnsToSql = (columns: readonly ColumnDefinition[], print: Printer): string =>
  `(${columns.map(column => columnToSql(column, print)).join(', ')})`;

export function modelToSql(s: CreateModel, print: Printer): string {
  return words(
    'CREATE',
    s.orReplace && 'OR REPLACE',
    s.temporary && 'TEMPORARY',
    'MODEL',
    s.ifNotExists && 'IF NOT EXISTS',
    pathToSql(s.name),
    s.input.length > 0 && `INPUT ${columnsToSql(s.input, print)}`,
    s.output.length > 0 && `OUTPUT ${columnsToSql(s.output, print)}`,
    s.comment && `COMMENT ${stringToSql(s.comment)}`,
    s.options.length > 0 && `WITH ${optionsToSql(s.options)}`,
    s.query && `AS ${print.query(s.query)}`,
  );
}

export function materializedTableToSql(s: CreateMaterializedTable, print: Printer): string {
  const parts = [
    ...s.columns.map(column => columnToSql(column, print)),
    ...(s.primaryKey ? [primaryKeyToSql(s.primaryKey)] : []),
  ];
  return words(
    'CREATE',
    s.orReplace && 'OR ALTER',
    'MATERIALIZED TABLE',
    s.ifNotExists && 'IF NOT EXISTS',
    pathToSql(s.name),
    parts.length > 0 && `(${parts.join(', ')})`,
    s.comment && `COMMENT ${stringToSql(s.comment)}`,
    s.distribution && `DISTRIBUTED ${distributionToSql(s.distribution)}`,
    s.partitionedBy.length > 0 && `PARTITIONED BY ${namesToSql(s.partitionedBy)}`,
    s.options.length > 0 && `WITH ${optionsToSql(s.options)}`,
    s.freshness && `FRESHNESS = ${print.expression(s.freshness)}`,
    s.refreshMode && `REFRESH_MODE = ${s.refreshMode}`,
    `AS ${print.query(s.query)}`,
  );
}
