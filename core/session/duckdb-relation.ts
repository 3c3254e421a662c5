import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DuckdbRelation } from '../physical/duckdb-stages.ts';

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** How DuckDB reads a table: Parquet files itself; text formats stay with our decoders, whose errors and rules are Flink's. */
export const duckdbRelation: DuckdbRelation = scan => {
  const { connector, options, baseDirectory, name } = scan.source;
  if (connector !== 'filesystem') return { reason: `${name} is read by connector '${connector}'` };
  if (options['format'] !== 'parquet')
    return { reason: `${name} is ${options['format'] ?? 'of no format'}, which our own decoders read` };
  if (scan.filter !== undefined || scan.limit !== undefined) return { reason: `${name} is read with a condition pushed into it` };
  if (scan.source.partitionedBy !== undefined || scan.source.metadata !== undefined || options['partition.keys'] !== undefined)
    return { reason: `${name} has columns that are in the names of its files` };
  if (options['source.path.regex-pattern'] !== undefined) return { reason: `${name} chooses its files by a pattern` };
  const path = options['path'] ?? '';
  if (path.includes('${')) return { reason: 'its path is known only when it runs' };
  const full = resolve(baseDirectory ?? '.', path.replace(/^file:(\/\/)?/, ''));
  const directory = statSync(full, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return { relation: `read_parquet(${text(directory ? join(full, '**', '*.parquet') : full)}, hive_partitioning = false)` };
};
