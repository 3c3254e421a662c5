import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findLanguage } from '../../core/cli/udf/languages.ts';
import { workplaceForTests } from './workplace.ts';

/** Values at the ends of every type that functions have, as SQL. */
const values: readonly { readonly name: string; readonly type: string; readonly values: readonly string[] }[] = [
  { name: 'b', type: 'BOOLEAN', values: ['TRUE', 'FALSE'] },
  { name: 'i8', type: 'TINYINT', values: ['-128', '127', '0'] },
  { name: 'i16', type: 'SMALLINT', values: ['-32768', '32767'] },
  { name: 'i32', type: 'INT', values: ['-2147483648', '2147483647'] },
  { name: 'i64', type: 'BIGINT', values: ['-9223372036854775808', '9223372036854775807'] },
  { name: 'f32', type: 'FLOAT', values: ['3.4028235E38', '-1.4E-45', '0.1'] },
  { name: 'f64', type: 'DOUBLE', values: ['1.7976931348623157E308', '-4.9E-324', '0.1'] },
  { name: 'day', type: 'DATE', values: ["'0001-01-01'", "'9999-12-31'", "'1969-12-31'"] },
  { name: 'clock', type: 'TIME', values: ["'00:00:00'", "'23:59:59'"] },
  {
    name: 'ms',
    type: 'TIMESTAMP(3)',
    values: ["'0001-01-01 00:00:00'", "'9999-12-31 23:59:59.999'", "'1969-12-31 23:59:59.999'"],
  },
  { name: 'us', type: 'TIMESTAMP(6)', values: ["'0001-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'"] },
  { name: 'ns', type: 'TIMESTAMP(9)', values: ["'1678-01-01 00:00:00.000000001'", "'2261-12-31 23:59:59.999999999'"] },
  { name: 'ltz', type: 'TIMESTAMP_LTZ(3)', values: ["'1969-12-31 23:59:59.999'", "'9999-12-31 00:00:00'"] },
  { name: 'd18', type: 'DECIMAL(18, 2)', values: ["'-9999999999999999.99'", "'9999999999999999.99'", "'0.01'"] },
  {
    name: 'd38',
    type: 'DECIMAL(38, 10)',
    values: ["'-9999999999999999999999999999.9999999999'", "'9999999999999999999999999999.9999999999'", "'-0.0000000001'"],
  },
  {
    name: 's',
    type: 'STRING',
    values: ["''", "'twelve bytes'", "'thirteen byte'", "'grüße 🦉, and a text that is longer than a view'"],
  },
  { name: 'y', type: 'BYTES', values: ["X''", "X'00FF80'", "X'000102030405060708090A0B0C0D0E0F10'"] },
];

/** Types of arguments only, a value, and its bytes. */
const lengths: readonly { readonly name: string; readonly type: string; readonly value: string; readonly bytes: number }[] = [
  { name: 'char', type: 'CHAR(5)', value: "'ab'", bytes: 5 },
  { name: 'varchar', type: 'VARCHAR(300)', value: "'grüße'", bytes: 7 },
  { name: 'binary', type: 'BINARY(3)', value: "X'0102'", bytes: 3 },
  { name: 'varbinary', type: 'VARBINARY(20)', value: "X'000102030405060708090A0B0C0D'", bytes: 14 },
];

/** In each language, functions same_… that give back what they get, NULL too, and length_… of an argument's bytes. */
const sources: Readonly<Record<string, string>> = {
  c: `#include "tidemill.h"
#define SAME(type, name) TIDEMILL_SCALAR(NULLABLE(type), name, (NULLABLE(type), x)) { return x.is_null ? TIDEMILL_NULL(name) : TIDEMILL_VALUE(name, x.value); }
SAME(BOOLEAN, same_b) SAME(TINYINT, same_i8) SAME(SMALLINT, same_i16) SAME(INT, same_i32) SAME(BIGINT, same_i64) SAME(FLOAT, same_f32) SAME(DOUBLE, same_f64)
SAME(DATE, same_day) SAME(TIME, same_clock) SAME(TIMESTAMP(3), same_ms) SAME(TIMESTAMP(6), same_us) SAME(TIMESTAMP(9), same_ns) SAME(TIMESTAMP_LTZ(3), same_ltz)
SAME(DECIMAL(18, 2), same_d18) SAME(LONG_DECIMAL(38, 10), same_d38) SAME(STRING, same_s) SAME(BYTES, same_y)
#define LENGTH(type, name) TIDEMILL_SCALAR(INT, name, (type, x)) { return x.length; }
LENGTH(CHAR(5), length_char) LENGTH(VARCHAR(300), length_varchar) LENGTH(BINARY(3), length_binary) LENGTH(VARBINARY(20), length_varbinary)
`,
  rust: `use tidemill::*;
macro_rules! same { ($($name:ident: $type:ty;)*) => { $(tidemill::scalar! { pub fn $name(x: Option<$type>) -> Option<$type> { x } })* }; }
same! {
    same_b: bool; same_i8: i8; same_i16: i16; same_i32: i32; same_i64: i64; same_f32: f32; same_f64: f64; same_day: Date; same_clock: Time;
    same_ms: Timestamp<3>; same_us: Timestamp<6>; same_ns: Timestamp<9>; same_ltz: TimestampLtz<3>; same_d18: Decimal<18, 2>; same_d38: LongDecimal<38, 10>;
}
tidemill::scalar! {
    pub fn same_s(x: Option<&str>) -> Option<String> { x.map(String::from) }
    pub fn same_y(x: Option<&[u8]>) -> Option<Vec<u8>> { x.map(Vec::from) }
    pub fn length_char(x: Char<5>) -> i32 { x.0.len() as i32 }
    pub fn length_varchar(x: Option<Varchar<300>>) -> i32 { x.map_or(-1, |text| text.0.len() as i32) }
    pub fn length_binary(x: Binary<3>) -> i32 { x.0.len() as i32 }
    pub fn length_varbinary(x: Varbinary<20>) -> i32 { x.0.len() as i32 }
}
`,
  zig: `const tidemill = @import("tidemill.zig");
pub const panic = tidemill.panic;
fn Same(comptime T: type) type {
    return struct { fn same(x: ?T) ?T { return x; } };
}
comptime {
    const names = .{ "b", "i8", "i16", "i32", "i64", "f32", "f64", "day", "clock", "ms", "us", "ns", "ltz", "d18", "d38", "s", "y" };
    const types = .{ bool, i8, i16, i32, i64, f32, f64, tidemill.Date, tidemill.Time, tidemill.Timestamp(3), tidemill.Timestamp(6), tidemill.Timestamp(9),
        tidemill.TimestampLtz(3), tidemill.Decimal(18, 2), tidemill.Decimal(38, 10), []const u8, tidemill.Bytes };
    for (names, types) |name, T| tidemill.scalar("same_" ++ name, Same(T).same, .{"x"});
    tidemill.scalar("length_char", Length(tidemill.Char(5)).of, .{"x"});
    tidemill.scalar("length_varchar", Length(tidemill.Varchar(300)).of, .{"x"});
    tidemill.scalar("length_binary", Length(tidemill.Binary(3)).of, .{"x"});
    tidemill.scalar("length_varbinary", Length(tidemill.Varbinary(20)).of, .{"x"});
}
fn Length(comptime T: type) type {
    return struct { fn of(x: T) i32 { return @intCast(if (@hasField(T, "text")) x.text.len else x.bytes.len); } };
}
`,
  go: `package main

import "NAME/tidemill"

${values
  .map(({ name, type }) => {
    const go: Readonly<Record<string, string>> = {
      b: 'bool',
      i8: 'int8',
      i16: 'int16',
      i32: 'int32',
      i64: 'int64',
      f32: 'float32',
      f64: 'float64',
      day: 'int32',
      clock: 'int32',
      d38: 'tidemill.Wide',
      s: 'string',
      y: '[]byte',
    };
    const named = /^(DATE|TIME|TIMESTAMP|DECIMAL)/.test(type)
      ? `//tidemill:type x ${type}\n//tidemill:type result ${type}\n`
      : '';
    return `//tidemill:scalar same_${name}\n${named}func Same_${name}(x *${go[name] ?? 'int64'}) *${go[name] ?? 'int64'} { return x }\n`;
  })
  .join('\n')}
${lengths
  .map(({ name, type }) => {
    const go = name.endsWith('char') ? 'string' : '[]byte';
    return `//tidemill:scalar length_${name}\n//tidemill:type x ${type}\nfunc Length_${name}(x ${go}) int32 { return int32(len(x)) }\n`;
  })
  .join('\n')}
func main() {}
`,
};

const place = workplaceForTests('values');

test.for([
  ...Object.keys(sources),
  'cpp',
])('every type goes through a function in %s and comes back, NULL too', async (name, context) => {
  place.needs(name, context);
  const project = `same_${name}`;
  const language = findLanguage(name);
  await place.cli(['udf', 'new', project, '--lang', name]);
  const file = name === 'rust' ? 'src/lib.rs' : `${project}${language.endings[0]}`;
  writeFileSync(join(place.folder, project, file), (sources[name] ?? sources['c']!).replaceAll('NAME', project));
  const built = await place.cli(['udf', 'build', project, '--no-bench']);
  expect(built).toMatchObject({ code: 0, stderr: '' });
  const names = [...values.map(each => `same_${each.name}`), ...lengths.map(each => `length_${each.name}`)];
  const functions = names.map(each => `CREATE FUNCTION ${each} USING '${project}/${project}.wasm';`);
  const selects = values.flatMap(({ name: short, type, values: list }) =>
    [...list, 'NULL'].map(value => {
      const cast = `CAST(${value} AS ${type})`;
      return `SELECT '${short}' AS kind, CAST(x AS STRING) AS given, same_${short}(x) IS NOT DISTINCT FROM x AS same FROM (VALUES (1, ${cast}), (2, ${cast})) AS t(id, x)`;
    }),
  );
  for (const { name: short, type, value, bytes } of lengths)
    selects.push(
      `SELECT '${type}' AS kind, CAST(length_${short}(x) AS STRING) AS given, length_${short}(x) = ${bytes} AS same FROM (VALUES (1, CAST(${value} AS ${type})), (2, CAST(${value} AS ${type}))) AS t(id, x)`,
    );
  const { code, stdout, stderr } = await place.cli([
    'run',
    '--output',
    'json',
    '-c',
    `${functions.join('\n')}\n${selects.join('\nUNION ALL\n')}`,
  ]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const rows = stdout.trim().split('\n');
  expect(rows.filter(row => !row.includes('"same":true'))).toEqual([]);
  expect(rows.length).toBe(2 * selects.length);
});
