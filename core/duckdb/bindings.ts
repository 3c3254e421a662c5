import type * as Duckdb from '@duckdb/node-bindings';
import { TidemillError } from '../common/errors.ts';

export type Bindings = typeof Duckdb;
export type { Connection, Database, DataChunk, LogicalType, Result, Vector } from '@duckdb/node-bindings';

/** Values of the bindings' `Type` enum; spelled out here because importing the enum would load the native library. */
export const duckdbType = {
  boolean: 1,
  tinyint: 2,
  smallint: 3,
  integer: 4,
  bigint: 5,
  utinyint: 6,
  usmallint: 7,
  uinteger: 8,
  ubigint: 9,
  float: 10,
  double: 11,
  timestamp: 12,
  date: 13,
  time: 14,
  interval: 15,
  hugeint: 16,
  varchar: 17,
  blob: 18,
  decimal: 19,
  timestampSeconds: 20,
  timestampMilliseconds: 21,
  timestampNanoseconds: 22,
  enum: 23,
  list: 24,
  struct: 25,
  map: 26,
  uuid: 27,
  timestampTz: 31,
  uhugeint: 32,
  array: 33,
  sqlNull: 36,
} as const;

let loaded: Bindings | undefined;

/**
 * DuckDB's native library, loaded on first use only: it costs tens of milliseconds and 60 MB.
 * @throws TidemillError `duckdb-missing` when there is none for this platform.
 */
export async function loadBindings(): Promise<Bindings> {
  if (loaded !== undefined) return loaded;
  try {
    const module = (await import('@duckdb/node-bindings')) as Bindings & { default?: Bindings };
    loaded = module.default ?? module;
    return loaded;
  } catch (cause) {
    throw new TidemillError('duckdb-missing', `DuckDB's library for ${process.platform}-${process.arch} could not be loaded`, {
      domain: 'external',
      hint: 'Install without --omit=optional; DuckDB has builds for Linux, macOS and Windows on x64 and arm64.',
      cause,
    });
  }
}
