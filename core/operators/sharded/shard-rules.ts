import { keyLayoutOf } from '../../columnar/key-layout.ts';
import { type Schema, withoutTimeAttribute } from '../../columnar/types.ts';
import { column, type Expression } from '../../plan/expressions.ts';
import type { ShardRule } from '../contract.ts';

/** Shards by the key of one input; undefined: there is none, so that all rows have to do with each other. */
export function shardsByKey(schema: Schema, keys: readonly Expression[], atEnd: boolean): ShardRule | undefined {
  if (keys.length === 0) return undefined;
  const layout = keyLayoutOf(keys.map(key => withoutTimeAttribute(key.type)));
  return { inputs: [{ schema, keys, layout }], atEnd };
}

/** The same by columns. */
export const shardsByColumns = (schema: Schema, columns: readonly number[], atEnd: boolean): ShardRule | undefined =>
  shardsByKey(
    schema,
    columns.map(index => column(index, schema[index]!)),
    atEnd,
  );
