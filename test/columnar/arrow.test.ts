import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrowTable, batchOfArrow, type IpcFormat, readIpc, recordBatchOf, writeIpc } from '../../core/columnar/arrow.ts';
import { jsonRow } from '../../core/columnar/json-value.ts';
import { readRows } from '../../core/columnar/read-values.ts';
import { type Schema, types, typeToString } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { pythonWith } from '../support/python.ts';
import { allTypes, arbitraryType, arbitraryValue } from './arbitraries.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-arrow-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ipcOf = (schema: Schema, parts: readonly (readonly Value[][])[], format: IpcFormat): Uint8Array => {
  const memory = new TaskMemory();
  const batches = parts.map(rows => {
    memory.arena.reset();
    return recordBatchOf(memory, valuesToBatch(memory, schema, rows), schema);
  });
  return writeIpc(schema, batches, format);
};

const rowsOf = (bytes: Uint8Array, schema?: Schema): Value[][] => {
  const memory = new TaskMemory();
  const read = readIpc(bytes);
  return read.batches.flatMap(batch => {
    memory.arena.reset();
    return readRows(memory, batchOfArrow({ memory, kernels: loadKernels(memory) }, batch, schema ?? read.schema));
  });
};

const schemaOf = (chosen: typeof allTypes): Schema => chosen.map((type, index) => ({ name: `c${index}`, type }));
const everything = schemaOf(allTypes);
const someRows = (count: number, seed: number): Value[][] =>
  fc.sample(fc.tuple(...allTypes.map(arbitraryValue)), { numRuns: count, seed }) as Value[][];

describe('by ourselves', () => {
  test.each(['stream', 'file'] as const)('%s: rows of any types come back, over several batches, empty ones too', format => {
    const sample = fc.array(arbitraryType, { minLength: 1, maxLength: 4 }).chain(chosen => {
      const rows = fc.array(fc.tuple(...chosen.map(arbitraryValue)) as fc.Arbitrary<Value[]>, { maxLength: 70 });
      return fc.tuple(fc.constant(schemaOf(chosen)), fc.array(rows, { maxLength: 3 }));
    });
    fc.assert(
      fc.property(sample, ([schema, parts]) => {
        expect(rowsOf(ipcOf(schema, parts, format), schema)).toEqual(parts.flat());
      }),
      { numRuns: 60 },
    );
  });

  test('slices of a record batch', () => {
    const memory = new TaskMemory();
    const rows = someRows(100, 3);
    const records = recordBatchOf(memory, valuesToBatch(memory, everything, rows), everything);
    for (const [from, count] of [
      [0, 100],
      [13, 50],
      [64, 36],
      [99, 1],
      [100, 0],
    ] as const) {
      expect(readRows(memory, batchOfArrow({ memory, kernels: loadKernels(memory) }, records, everything, from, count))).toEqual(
        rows.slice(from, from + count),
      );
    }
  });

  test('a table for users', () => {
    const memory = new TaskMemory();
    const schema = schemaOf([types.bigint(), types.string()]);
    const table = arrowTable(schema, [
      recordBatchOf(
        memory,
        valuesToBatch(memory, schema, [
          [1n, 'a'],
          [null, null],
        ]),
        schema,
      ),
    ]);
    expect(table.numRows).toBe(2);
    expect(table.getChild('c0')?.get(0)).toBe(1n);
    expect(table.getChild('c1')?.get(1)).toBe(null);
    expect(arrowTable(schema, []).numRows).toBe(0);
  });

  test('wrong types and torn files are told', () => {
    const bytes = ipcOf(schemaOf([types.string()]), [[['a']]], 'file');
    expect(() => rowsOf(bytes, schemaOf([types.int()]))).toThrow('cannot be read as INT');
    expect(() => rowsOf(new Uint8Array(100))).toThrow('not an Arrow IPC file or stream');
    expect(() => rowsOf(bytes.subarray(0, 60))).toThrow();
  });
});

describe('with pyarrow', () => {
  let python: (script: string, ...args: string[]) => string;
  beforeAll(() => {
    python = pythonWith('pyarrow');
  }, 300_000);

  const dump = `
import sys, json, base64, math, datetime, decimal, pyarrow as pa, pyarrow.ipc
def scalar(s):
    t = s.type
    if not s.is_valid: return None
    if pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t): return [scalar(x) for x in s.values]
    if pa.types.is_map(t): return [[scalar(x['key']), scalar(x['value'])] for x in s.values]
    if pa.types.is_struct(t): return [scalar(s[i]) for i in range(t.num_fields)]
    if pa.types.is_timestamp(t) or pa.types.is_time32(t) or pa.types.is_date32(t) or pa.types.is_duration(t): return str(s.value)
    if pa.types.is_interval(t):
        v = s.as_py(); return [v.months, v.days, v.nanoseconds]
    if pa.types.is_decimal(t): return format(s.as_py(), 'f')
    if pa.types.is_binary(t): return base64.b64encode(s.as_py()).decode()
    if pa.types.is_floating(t):
        v = s.as_py()
        return v.hex() if math.isfinite(v) else str(v)
    if pa.types.is_int64(t): return str(s.as_py())
    return s.as_py()
with open(sys.argv[1], 'rb') as f:
    table = (pa.ipc.open_file if sys.argv[2] == 'file' else pa.ipc.open_stream)(f).read_all()
table.validate(full=True)
print(json.dumps([str(f.type) for f in table.schema]))
columns = [[scalar(x) for chunk in c.chunks for x in chunk] for c in table.columns]
for row in zip(*columns): print(json.dumps(row))
`;

  const copy = `
import sys, pyarrow as pa, pyarrow.ipc, pyarrow.compute
with open(sys.argv[1], 'rb') as f: table = pa.ipc.open_file(f).read_all()
def widen(t):
    if pa.types.is_string(t): return pa.string_view() if sys.argv[3] == 'view' else pa.large_string()
    if pa.types.is_binary(t): return pa.binary_view() if sys.argv[3] == 'view' else pa.large_binary()
    return t
if sys.argv[3] != 'same': table = table.cast(pa.schema([pa.field(f.name, widen(f.type), f.nullable) for f in table.schema]))
if sys.argv[3] == 'sliced': table = table.slice(3, 50)
options = pa.ipc.IpcWriteOptions(compression='zstd' if sys.argv[3] == 'zstd' else None)
with pa.ipc.new_stream(sys.argv[2], table.schema, options=options) as w:
    for batch in table.to_batches(max_chunksize=17): w.write_batch(batch)
`;

  test.each(['stream', 'file'] as const)('pyarrow reads what we write as a %s', format => {
    const rows = someRows(80, 11);
    const path = join(folder, `ours.${format}`);
    writeFileSync(path, ipcOf(everything, [rows.slice(0, 50), [], rows.slice(50)], format));
    const [types, ...lines] = python(dump, path, format).trim().split('\n');
    expect(JSON.parse(types!).slice(0, 24)).toEqual(arrowNames);
    expect(lines.length).toBe(80);
    lines.forEach((line, row) => {
      expect(JSON.parse(line)).toEqual(rows[row]!.map((value, index) => asPython(value, everything[index]!.type)));
    });
  });

  test.each(['same', 'sliced', 'zstd', 'large', 'view'])('what pyarrow writes again comes back: %s', how => {
    const rows = someRows(80, 12);
    const schema = how === 'view' || how === 'large' ? everything.slice(0, 24) : everything;
    const path = join(folder, 'first.arrow');
    writeFileSync(path, ipcOf(schema, [rows.map(row => row.slice(0, schema.length))], 'file'));
    python(copy, path, `${path}.again`, how);
    const back = rowsOf(readFileSync(`${path}.again`), schema);
    const wanted = rows.map(row => row.slice(0, schema.length));
    expect(back).toEqual(how === 'sliced' ? wanted.slice(3, 53) : wanted);
  });

  test('types that only others write: inferred and read', () => {
    const path = join(folder, 'others.arrow');
    python(
      `
import sys, datetime, decimal, pyarrow as pa, pyarrow.ipc
d = decimal.Decimal
columns = [
  ('u8', pa.array([255, None], pa.uint8())), ('u16', pa.array([65535, None], pa.uint16())), ('u32', pa.array([4294967295, None], pa.uint32())),
  ('u64', pa.array([18446744073709551615, None], pa.uint64())),
  ('d32', pa.array([d('-1.5'), None], pa.decimal32(5, 1))), ('d64', pa.array([d('-12345678901.5'), None], pa.decimal64(15, 1))),
  ('d256', pa.array([d('-1234567890123456789.25'), None], pa.decimal256(30, 2))),
  ('s', pa.array([-1, None], pa.timestamp('s'))), ('ms', pa.array([-1, None], pa.timestamp('ms', 'Europe/Berlin'))),
  ('date64', pa.array([datetime.date(2026, 1, 31), None], pa.date64())),
  ('t_s', pa.array([86399, None], pa.time32('s'))), ('t_us', pa.array([86399999999, None], pa.time64('us'))), ('t_ns', pa.array([1000000, None], pa.time64('ns'))),
  ('dur', pa.array([-1500, None], pa.duration('us'))),
  ('fixed', pa.array([b'abc', None], pa.binary(3))), ('fixed_list', pa.array([[1, 2], None], pa.list_(pa.int32(), 2))),
  ('large_list', pa.array([[1, None], None], pa.large_list(pa.int8()))),
  ('dictionary', pa.array(['a text longer than twelve', None], pa.string()).dictionary_encode()),
  ('null', pa.nulls(2)),
]
table = pa.table([a for _, a in columns], names=[n for n, _ in columns])
with pa.ipc.new_file(sys.argv[1], table.schema) as w: w.write_table(table)
`,
      path,
    );
    const bytes = readFileSync(path);
    expect(readIpc(bytes).schema.map(field => `${field.name} ${typeToString(field.type)}`)).toEqual([
      'u8 SMALLINT',
      'u16 INT',
      'u32 BIGINT',
      'u64 DECIMAL(20, 0)',
      'd32 DECIMAL(5, 1)',
      'd64 DECIMAL(15, 1)',
      'd256 DECIMAL(30, 2)',
      's TIMESTAMP(0)',
      'ms TIMESTAMP_LTZ(3)',
      'date64 DATE',
      't_s TIME',
      't_us TIME',
      't_ns TIME',
      'dur INTERVAL DAY TO SECOND',
      'fixed BINARY(3)',
      'fixed_list ARRAY<INT>',
      'large_list ARRAY<TINYINT>',
      'dictionary STRING',
      'null NULL',
    ]);
    const [first, second] = rowsOf(bytes);
    expect(jsonRow(readIpc(bytes).schema, first!)).toBe(
      '{"u8":255,"u16":65535,"u32":4294967295,"u64":18446744073709551615,"d32":-1.5,"d64":-12345678901.5,"d256":-1234567890123456789.25,' +
        '"s":"1969-12-31 23:59:59","ms":"1969-12-31 23:59:59.999Z","date64":"2026-01-31","t_s":"23:59:59","t_us":"23:59:59.999","t_ns":"00:00:00.001",' +
        '"dur":"-0 00:00:00.002","fixed":"YWJj","fixed_list":[1,2],"large_list":[1,null],"dictionary":"a text longer than twelve","null":null}',
    );
    expect(second).toEqual(new Array(19).fill(null));
  });
});

const arrowNames = [
  ...[
    'bool',
    'int8',
    'int16',
    'int32',
    'int64',
    'float',
    'double',
    'decimal128(9, 2)',
    'decimal128(18, 4)',
    'decimal128(38, 10)',
  ],
  ...[
    'string',
    'string',
    'string',
    'binary',
    'binary',
    'date32[day]',
    'time32[ms]',
    'timestamp[us]',
    'timestamp[us]',
    'timestamp[ns]',
  ],
  ...['timestamp[us, tz=UTC]', 'timestamp[ns, tz=UTC]', 'month_day_nano_interval', 'duration[ms]'],
];

/** A value as the script above prints what it read. */
function asPython(value: Value, type: Schema[number]['type']): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
    case 'INTERVAL_DAY_TIME':
    case 'BIGINT':
      return String(value);
    case 'INTERVAL_YEAR_MONTH':
      return [value, 0, 0];
    case 'FLOAT':
    case 'DOUBLE':
      return pythonHex(value as number);
    case 'DECIMAL':
      return JSON.parse(`"${jsonRow([{ name: 'x', type }], [value]).slice(5, -1)}"`);
    case 'BINARY':
    case 'VARBINARY':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'ARRAY':
      return (value as Value[]).map(item => asPython(item, type.element));
    case 'MAP':
      return (value as Value[][]).map(([key, item]) => [asPython(key!, type.key), asPython(item!, type.value)]);
    case 'MULTISET':
      return (value as Value[][]).map(([key, count]) => [asPython(key!, type.element), count]);
    case 'ROW':
      return type.fields.map((field, index) => asPython((value as Value[])[index]!, field.type));
    default:
      return value;
  }
}

/** float.hex() of Python. */
function pythonHex(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const sign = bits >> 63n === 1n ? '-' : '';
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  if (exponent === 0 && fraction === 0n) return `${sign}0x0.0p+0`;
  const power = exponent === 0 ? -1022 : exponent - 1023;
  return `${sign}0x${exponent === 0 ? 0 : 1}.${fraction.toString(16).padStart(13, '0')}p${power < 0 ? '' : '+'}${power}`;
}
