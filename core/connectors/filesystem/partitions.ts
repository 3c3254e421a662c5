import { relative, sep } from 'node:path';
import type { Field, SqlType } from '../../columnar/types.ts';
import { types, typeToString } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { TidemillError } from '../../common/errors.ts';
import { CastFailure, castToText, castValue } from '../../functions/cast-value.ts';
import type { TableSource } from '../../plan/nodes.ts';
import { isGlob } from '../../storage/paths.ts';
import type { Options } from '../options.ts';

/** Partition values are texts of no time zone: Flink takes a TIMESTAMP_LTZ there in the session's, which a path does not know. */
const context = { localTimeZone: 'UTC' };

/** Columns whose values are in directory names: declared, or named by the option when the columns come from the data. */
export function partitionColumns(source: Pick<TableSource, 'partitionedBy' | 'options'>): readonly string[] {
  if (source.partitionedBy !== undefined) return source.partitionedBy;
  const named = source.options['partition.keys'];
  return named === undefined || named === '' ? [] : named.split(';');
}

/** The name that stands for NULL (and, as in Flink, for the empty text). */
export const defaultPartition = (options: Options): string => options['partition.default-name'] ?? '__DEFAULT_PARTITION__';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are escaped
const unsafe = /[\u0000-\u001f\u007f"#%'*/:=?\\{}[\]^]/g;
/** A name or value as part of a path. Source: Hive's rule, which Flink follows: `%` and two hexadecimal digits. */
export const escapePathName = (text: string): string =>
  text.replace(unsafe, character => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
export const unescapePathName = (text: string): string =>
  text.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

/** `dt=2026-01-31/hour=10` for a row's partition values. */
export function partitionPath(columns: readonly Field[], values: readonly Value[], options: Options): string {
  return columns
    .map(
      (column, index) => `${escapePathName(column.name)}=${escapePathName(partitionText(values[index]!, column.type, options))}`,
    )
    .join('/');
}
function partitionText(value: Value, type: SqlType, options: Options): string {
  const text = value === null ? '' : castToText(value, type, context);
  return text === '' ? defaultPartition(options) : text;
}

/**
 * The values of a file's partition columns from its directories, or undefined when it lies in none: the first directories below the table's
 * must name the columns in their order.
 * @throws TidemillError `bad-file` for a value that is not of its column's type.
 */
export function partitionValues(
  tablePath: string,
  filePath: string,
  columns: readonly Field[],
  options: Options,
): Value[] | undefined {
  const folders = isGlob(tablePath)
    ? filePath.split(sep).filter(part => /^[^=]+=/.test(part))
    : relative(tablePath, filePath).split(sep).slice(0, -1);
  if (folders.length < columns.length) return undefined;
  const values: Value[] = [];
  for (const [index, column] of columns.entries()) {
    const folder = folders[index]!;
    const equals = folder.indexOf('=');
    if (equals < 0 || unescapePathName(folder.slice(0, equals)) !== column.name) return undefined;
    const text = unescapePathName(folder.slice(equals + 1));
    values.push(text === defaultPartition(options) ? null : valueOfText(text, column, filePath));
  }
  return values;
}

function valueOfText(text: string, column: Field, filePath: string): Value {
  const from = types.string(false);
  try {
    return castValue(text, from, column.type, context);
  } catch (cause) {
    if (!(cause instanceof CastFailure) && !(cause instanceof TidemillError)) throw cause;
    throw new TidemillError(
      'bad-file',
      `${filePath}: '${text}' in the directory's name is no ${typeToString(column.type, false)} for partition column '${column.name}'`,
      { cause, hint: 'Declare the column as STRING, or rename the directory.' },
    );
  }
}

/** Partition columns that directories `name=value` between a table's path and a file name, for tables whose columns come from the data. */
export function inferredPartitions(tablePath: string, filePaths: readonly string[]): { columns: string[]; texts: string[][] } {
  const partsOf = (path: string): [string, string][] =>
    (isGlob(tablePath) ? path : relative(tablePath, path))
      .split(sep)
      .slice(0, -1)
      .flatMap(part => {
        const equals = part.indexOf('=');
        return equals > 0 ? [[unescapePathName(part.slice(0, equals)), unescapePathName(part.slice(equals + 1))]] : [];
      });
  const first = filePaths[0];
  if (first === undefined) return { columns: [], texts: [] };
  const columns = partsOf(first).map(([name]) => name);
  const texts = filePaths.map(path => {
    const found = new Map(partsOf(path));
    return columns.map(name => found.get(name) ?? '');
  });
  return { columns, texts };
}
