import { formatValue } from '../../core/columnar/format-value.ts';
import { childTypes, type Schema, type SqlType } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { WorkerPool } from '../../core/runtime/index.ts';
import type { Script, StatementResult } from '../../core/session/contract.ts';
import type { EngineOptions } from '../../core/session/options.ts';
import { Session } from '../../core/session/session.ts';

export interface Configuration {
  readonly name: string;
  readonly parallelism?: number;
  readonly engine?: EngineOptions;
  readonly settings?: Readonly<Record<string, string>>;
}

/** The whole suite gives the same rows under each of these (law 2, and law 3 for state). */
export const configurations: readonly Configuration[] = [
  { name: 'default' },
  { name: 'batches of 7 rows', engine: { batchRows: 7 } },
  { name: 'parallelism 2', parallelism: 2 },
  { name: 'operators rebuilt between batches', engine: { batchRows: 100, rebuildOperators: true } },
  { name: 'tables restored from snapshots between batches', engine: { batchRows: 500, rebuildOperators: 'restore' } },
  { name: 'chaining off', engine: { chaining: false } },
  { name: 'DuckDB stages off', settings: { 'duckdb.stages': 'off' } },
  { name: 'optimizer off', settings: { 'tidemill.optimizer': 'off' } },
];

let workers: WorkerPool | undefined;

/** The threads of all sessions of a test file: a thread costs half a second before its first row, since it loads the sources. */
function sharedWorkers(): WorkerPool {
  workers ??= new WorkerPool(2, { output: () => undefined });
  return workers;
}

export function openSession(configuration: Configuration): Session {
  const parallel = (configuration.parallelism ?? 1) > 1;
  return new Session({
    settings: { 'table.local-time-zone': 'UTC', ...configuration.settings },
    ...(configuration.parallelism !== undefined && { parallelism: configuration.parallelism }),
    engine: { ...configuration.engine, ...(parallel && { workers: sharedWorkers() }) },
    output: () => undefined,
  });
}

export interface Rows {
  readonly schema: Schema;
  readonly rows: readonly (readonly Value[])[];
}

/** Runs one statement; its final rows, if it gives rows. */
export async function runStatement(session: Session, sql: string, baseDirectory: string): Promise<Rows | undefined> {
  const script: Script = { text: sql, source: 'test.sql', baseDirectory };
  let rows: Rows | undefined;
  for await (const result of session.run(script, 'final')) rows = (await rowsOf(result)) ?? rows;
  return rows;
}

async function rowsOf(result: StatementResult): Promise<Rows | undefined> {
  if (result.kind === 'listing') return { schema: result.schema, rows: result.rows };
  if (result.kind !== 'query') return undefined;
  const rows: (readonly Value[])[] = [];
  for await (const chunk of result.query.chunks()) for (const row of chunk.rows) rows.push(row);
  return { schema: result.query.schema, rows };
}

/** Rows as the suite writes them: columns joined with `|`, NULL, and `(empty)` for an empty text. */
export function rowTexts({ schema, rows }: Rows): string[] {
  return rows.map(row =>
    row
      .map((value, index) => {
        const { type } = schema[index]!;
        return value === null ? 'NULL' : formatValue(sortedMaps(value, type), type) || '(empty)';
      })
      .join('|'),
  );
}

/** The value with the entries of its maps in the order of their texts, as no order is promised. */
function sortedMaps(value: Value, type: SqlType): Value {
  if (value === null) return null;
  const items = value as readonly Value[];
  switch (type.kind) {
    case 'ARRAY':
      return items.map(item => sortedMaps(item, type.element));
    case 'ROW':
      return type.fields.map((field, index) => sortedMaps(items[index]!, field.type));
    case 'MAP':
    case 'MULTISET': {
      const inner = childTypes(type);
      const entries = items.map(entry => (entry as readonly Value[]).map((item, index) => sortedMaps(item, inner[index]!)));
      const text = (entry: readonly Value[]): string => formatValue([entry], type);
      return entries.sort((left, right) => (text(left) < text(right) ? -1 : 1));
    }
    default:
      return value;
  }
}
