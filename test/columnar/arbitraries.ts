import fc from 'fast-check';
import { roaringOf } from '../../core/columnar/roaring.ts';
import { childTypes, type SqlType, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';

/** One type of every kind and storage. */
export const flatTypes: readonly SqlType[] = [
  types.boolean(),
  types.tinyint(),
  types.smallint(),
  types.int(),
  types.bigint(),
  types.float(),
  types.double(),
  types.decimal(9, 2),
  types.decimal(18, 4),
  types.decimal(38, 10),
  types.char(3),
  types.varchar(20),
  types.string(),
  types.binary(4),
  types.bytes(),
  types.date(),
  types.time(),
  types.timestamp(3),
  types.timestamp(6),
  types.timestamp(9),
  types.timestampLtz(3),
  types.timestampLtz(9),
  types.intervalYearMonth(),
  types.intervalDayTime(),
];

export const nestedTypes: readonly SqlType[] = [
  types.array(types.int()),
  types.array(types.string()),
  types.map(types.string(false), types.double()),
  types.multiset(types.bigint(false)),
  types.row([
    { name: 'a', type: types.int() },
    { name: 'b', type: types.string() },
  ]),
  types.array(types.row([{ name: 'x', type: types.array(types.decimal(38, 2)) }])),
  types.map(types.int(false), types.row([{ name: 'y', type: types.bytes() }])),
];

export const allTypes: readonly SqlType[] = [...flatTypes, ...nestedTypes];

export const arbitraryType: fc.Arbitrary<SqlType> = fc.letrec<{ type: SqlType }>(tie => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...flatTypes),
    tie('type').map(element => types.array(element)),
    fc.tuple(fc.constantFrom(...flatTypes), tie('type')).map(([key, value]) => types.map(key, value)),
    fc
      .array(tie('type'), { minLength: 1, maxLength: 3 })
      .map(fields => types.row(fields.map((type, index) => ({ name: `f${index}`, type })))),
  ),
})).type;

const wide = (digits: number): fc.Arbitrary<bigint> => {
  const most = 10n ** BigInt(digits) - 1n;
  return fc.oneof(fc.bigInt({ min: -most, max: most }), fc.bigInt({ min: -1000n, max: 1000n }));
};

export function arbitraryValue(type: SqlType): fc.Arbitrary<Value> {
  return type.nullable ? fc.option(present(type), { freq: 5 }) : present(type);
}

function present(type: SqlType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'NULL':
      return fc.constant(null);
    case 'BOOLEAN':
      return fc.boolean();
    case 'TINYINT':
      return fc.integer({ min: -128, max: 127 });
    case 'SMALLINT':
      return fc.integer({ min: -32768, max: 32767 });
    case 'INT':
      return fc.integer();
    case 'BIGINT':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'FLOAT':
      return fc.float();
    case 'DOUBLE':
      return fc.double();
    case 'DECIMAL':
      return wide(type.precision);
    case 'CHAR':
    case 'VARCHAR':
      return fc.string({ unit: 'grapheme', maxLength: Math.min(type.length, 30) });
    case 'BINARY':
    case 'VARBINARY':
      return fc.uint8Array({ maxLength: Math.min(type.length, 30) });
    case 'BITMAP':
      return fc.array(fc.integer(), { maxLength: 5 }).map(roaringOf);
    case 'DATE':
      return fc.integer({ min: -100_000, max: 100_000 });
    case 'TIME':
      return fc.integer({ min: 0, max: 86_399_999 });
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      // whole units of the precision between 1900 and 2200
      return fc
        .bigInt({ min: -2_200_000_000n * 10n ** BigInt(type.precision), max: 7_000_000_000n * 10n ** BigInt(type.precision) })
        .map(units => units * 10n ** BigInt((type.precision <= 6 ? 6 : 9) - type.precision));
    case 'INTERVAL_YEAR_MONTH':
      return fc.integer({ min: -100_000, max: 100_000 });
    case 'INTERVAL_DAY_TIME':
      return fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n });
    case 'ARRAY':
      return fc.array(arbitraryValue(type.element), { maxLength: 4 });
    case 'MAP':
    case 'MULTISET': {
      const [key, value] = childTypes(type);
      const item = type.kind === 'MULTISET' ? fc.integer({ min: 1, max: 9 }) : arbitraryValue(value!);
      return fc.uniqueArray(fc.tuple(present(key!), item), { maxLength: 4, selector: entry => String(entry[0]) });
    }
    case 'ROW':
      return fc.tuple(...type.fields.map(field => arbitraryValue(field.type)));
  }
}
