import { quoteIdentifier } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { durationMs } from '../table-api/windows.ts';

export { quoteIdentifier } from '../columnar/types.ts';

/** A SQL string literal. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export interface TableText {
  readonly columns: Readonly<Record<string, string>>;
  readonly watermark?: Readonly<Record<string, string | undefined>> | undefined;
  readonly primaryKey?: readonly string[] | undefined;
  readonly with: Readonly<Record<string, string | undefined>>;
}

/**
 * A table's definition as the SQL that declares it.
 *
 * @throws TidemillError `wrong-argument` for two watermarks, or one that is no duration.
 * @example
 * createTableText('t', { columns: { a: 'INT' }, with: { connector: 'print' } }) // CREATE TEMPORARY TABLE `t` (\n  `a` INT\n) WITH (\n  'connector' = 'print'\n)
 */
export function createTableText(name: string, definition: TableText): string {
  const items = Object.entries(definition.columns).map(([column, type]) => `${quoteIdentifier(column)} ${type}`);
  for (const [column, delay] of Object.entries(definition.watermark ?? {})) {
    if (delay !== undefined) items.push(watermarkText(quoteIdentifier(column), durationMs(delay)));
  }
  const key = definition.primaryKey ?? [];
  if (key.length > 0) items.push(`PRIMARY KEY (${key.map(quoteIdentifier).join(', ')}) NOT ENFORCED`);
  const options = Object.entries(definition.with).flatMap(([option, value]) =>
    value === undefined ? [] : [`${quoteText(option)} = ${quoteText(value)}`],
  );
  if (items.length === 0) throw new TidemillError('no-columns', `table '${name}' has no columns`);
  return `CREATE TEMPORARY TABLE ${quoteIdentifier(name)} (\n  ${items.join(',\n  ')}\n) WITH (\n  ${options.join(',\n  ')}\n)`;
}

function watermarkText(column: string, delayMs: number): string {
  if (delayMs === 0) return `WATERMARK FOR ${column} AS ${column}`;
  const seconds = `${Math.floor(delayMs / 1000)}${delayMs % 1000 === 0 ? '' : `.${String(delayMs % 1000).padStart(3, '0')}`}`;
  return `WATERMARK FOR ${column} AS ${column} - INTERVAL '${seconds}' SECOND`;
}
