import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type Schema, type SqlType, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { seededRandom } from '../../core/common/environment.ts';
import { arbitraryValue, flatTypes } from '../columnar/arbitraries.ts';
import { readSplit, sourceOf, testTask } from '../support/source-reading.ts';
import { csvLine, JsonSpeller } from '../support/text-writers.ts';

const directory = mkdtempSync(join(tmpdir(), 'tidemill-text-'));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;

/** What a file with this text reads as. */
async function read(
  text: string | Uint8Array,
  schema: Schema,
  options: Record<string, string>,
  request: { rowsMax?: number; columns?: readonly string[]; parallelism?: number } = {},
): Promise<Value[][]> {
  const path = join(directory, `${++files}.txt`);
  writeFileSync(path, text);
  const source = sourceOf({ connector: 'filesystem', path, ...options }, schema, { columns: request.columns });
  const task = testTask();
  const rows: Value[][] = [];
  for (const split of await source.discover(request.parallelism ?? 1))
    rows.push(...readSplit(source, split, task, { rowsMax: request.rowsMax }).rows);
  return rows;
}

const schemaOf = (fieldTypes: readonly SqlType[]): Schema =>
  fieldTypes.map((type, index) => ({
    name: index % 4 === 3 ? `a column with quite a long name, of more than forty-eight bytes, number ${index}` : `c${index}`,
    type,
  }));
/** Text cannot hold these apart from others. */
const readsBack = (type: SqlType): boolean => !(type.kind === 'CHAR' && false);
const jsonTypes = [
  ...flatTypes.filter(readsBack),
  types.array(types.bigint()),
  types.array(types.array(types.string())),
  types.map(types.string(false), types.double()),
  types.row([
    { name: 'a', type: types.int() },
    { name: 'b', type: types.array(types.row([{ name: 'x', type: types.decimal(38, 2) }])) },
  ]),
];
const rowsOf = (allowed: readonly SqlType[], textOnly?: (value: string) => boolean) =>
  fc.array(fc.constantFrom(...allowed), { minLength: 1, maxLength: 6 }).chain(fieldTypes => {
    const schema = schemaOf(fieldTypes);
    const row = fc.tuple(
      ...schema.map(field =>
        arbitraryValue(field.type).filter(
          value => typeof value !== 'string' || (isWellFormed(value) && (textOnly?.(value) ?? true)),
        ),
      ),
    );
    return fc.tuple(fc.constant(schema), fc.array(row, { maxLength: 12 }), fc.integer(), fc.integer({ min: 1, max: 5 }));
  });
const isWellFormed = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed();

/** FLOATs go through a double, as Flink's do. */
const exact = (rows: readonly (readonly Value[])[]): unknown => rows;

describe('JSON', () => {
  it('reads rows of all types in any spelling', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOf(jsonTypes), async ([schema, rows, seed, rowsMax]) => {
        const speller = new JsonSpeller(seededRandom(seed), true);
        const text = rows.map(row => `${speller.row(schema, row)}\n`).join('');
        expect(await read(text, schema, { format: 'json' }, { rowsMax })).toEqual(exact(rows));
      }),
      { numRuns: 300 },
    );
  });

  it('reads doubles as JavaScript does', async () => {
    const schema: Schema = [{ name: 'd', type: types.double() }];
    const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?(e[+-]?[0-9]{1,3})?$/);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(digits, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)), { maxLength: 200 }),
        async texts => {
          const rows = await read(texts.map(text => `{"d":${text}}\n`).join(''), schema, { format: 'json' });
          expect(rows).toEqual(texts.map(text => [Number(text)]));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('reads only the columns asked for, and lines without an end', async () => {
    const schema: Schema = [
      { name: 'a', type: types.int() },
      { name: 'b', type: types.string() },
      { name: 'c', type: types.array(types.int()) },
    ];
    const text = '{"a":1,"b":"x","c":[1]}\n\n{"c":[],"a":2,"z":{"a":[9]},"b":"y"}\r\n{"b":"z"}';
    expect(await read(text, schema, { format: 'json' }, { columns: ['b', 'a'] })).toEqual([
      ['x', 1],
      ['y', 2],
      ['z', null],
    ]);
    expect(await read(text, schema, { format: 'json' }, { columns: [] })).toEqual([[], [], []]);
  });

  it('follows Jackson where a value is not quite of its type', async () => {
    const schema: Schema = [
      { name: 'i', type: types.int() },
      { name: 's', type: types.string() },
      { name: 'b', type: types.boolean() },
      { name: 'd', type: types.decimal(4, 1) },
    ];
    const text =
      '{"i":1.9,"s":{"x":[1, 2]},"b":"TRUE","d":"12.25"}\n{"i":" 7 ","s":1.50,"b":"no","d":12345}\n{"i":2e2,"s":true,"b":false,"d":-0.05}\n';
    expect(await read(text, schema, { format: 'json' })).toEqual([
      [1, '{"x":[1,2]}', true, 123n],
      [7, '1.50', false, null],
      [200, 'true', false, -1n],
    ]);
  });

  const bad: [string, string, RegExp][] = [
    ['[1]', 'object', /:2:1: expected '\{', found \[1\]/],
    ['{"a":"x"}', 'value', /:2:6: expected INT for column 'a', found "x"}/],
    ['{"a":12345678901}', 'range', /:2:6: the value does not fit INT of column 'a'/],
    ['{"a":1 "t":2}', 'end', /:2:8: expected ',' or '}', found "t":2}/],
    ['{"a":1,"t":"2024-02-30 00:00:00"}', 'date', /:2:12: expected TIMESTAMP\(3\) for column 't'/],
    ['{"a":1} x', 'trailing', /:2:9: expected the end of the line, found x/],
    ['{"s":"abc}', 'string', /the string of column 's' does not end/],
    ['{"s":"a\\x"}', 'escape', /expected one of/],
    ['{"a":01}', 'zero', /expected INT for column 'a'/],
    ['{"é":1,"a":tru}', 'column in characters', /:2:12: expected INT/],
  ];
  const badSchema: Schema = [
    { name: 'a', type: types.int() },
    { name: 's', type: types.string() },
    { name: 't', type: types.timestamp(3) },
  ];
  for (const [line, name, message] of bad) {
    it(`says where a record is wrong: ${name}`, async () => {
      const text = `{"a":1}\n${line}\n{"a":3}\n`;
      await expect(read(text, badSchema, { format: 'json' })).rejects.toMatchObject({
        code: 'bad-record',
        message: expect.stringMatching(message),
      });
      const kept = await read(text, badSchema, { format: 'json', 'json.ignore-parse-errors': 'true' });
      expect([kept[0], kept[kept.length - 1]]).toEqual([
        [1, null, null],
        [3, null, null],
      ]);
    });
  }

  it('refuses what is not UTF-8, and a missing field when asked to', async () => {
    const bytes = Buffer.concat([Buffer.from('{"s":"ok"}\n{"s":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}\n{"s":"ж"}\n')]);
    await expect(read(bytes, badSchema, { format: 'json' })).rejects.toThrow(/:2:7: the text is not valid UTF-8/);
    expect(await read(bytes, badSchema, { format: 'json', 'json.ignore-parse-errors': 'true' })).toEqual([
      [null, 'ok', null],
      [null, 'ж', null],
    ]);
    await expect(read('{"a":1}\n', badSchema, { format: 'json', 'json.fail-on-missing-field': 'true' })).rejects.toThrow(
      /no value for column 's'/,
    );
    await expect(read('{"a":null}\n', [{ name: 'a', type: types.int(false) }], { format: 'json' })).rejects.toThrow(/NOT NULL/);
  });

  it('reads ISO-8601 timestamps when told so', async () => {
    const schema: Schema = [
      { name: 't', type: types.timestamp(6) },
      { name: 'z', type: types.timestampLtz(9) },
    ];
    const text = '{"t":"2024-01-02T03:04:05.1234567","z":"2024-01-02T03:04:05.123456789Z"}\n';
    expect(await read(text, schema, { format: 'json', 'json.timestamp-format.standard': 'ISO-8601' })).toEqual([
      [1704164645123456n, 1704164645123456789n],
    ]);
    await expect(read(text, schema, { format: 'json' })).rejects.toThrow(
      expect.objectContaining({ hint: expect.stringContaining('ISO-8601') }),
    );
  });
});

describe('CSV', () => {
  const csvTypes = flatTypes;
  it('reads rows of all flat types, quoted or not', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOf(csvTypes), fc.boolean(), async ([schema, rows, seed, rowsMax], quoteAll) => {
        const random = seededRandom(seed);
        const text = rows
          .map(row => `${csvLine(schema, row, 'NULL!', random, quoteAll)}${random.next32() % 2 ? '\r' : ''}\n`)
          .join('');
        // An empty record is an empty line, which is left out.
        const kept = rows.filter(row => csvLine(schema, row, 'NULL!', seededRandom(1), false) !== '');
        fc.pre(
          kept.length === rows.length &&
            rows.every(row => row.every(value => value !== 'NULL!' && !(value instanceof Uint8Array && value.length === 0))),
        );
        expect(await read(text, schema, { format: 'csv', 'csv.null-literal': 'NULL!' }, { rowsMax })).toEqual(exact(rows));
      }),
      { numRuns: 300 },
    );
  });

  it('takes an empty field as NULL unless it is text, and short records', async () => {
    const schema: Schema = [
      { name: 'i', type: types.int() },
      { name: 's', type: types.string() },
      { name: 'd', type: types.double() },
      { name: 'a', type: types.array(types.int()) },
    ];
    await expect(read('1,x,2.5,1;2\n5\n', schema, { format: 'csv' })).rejects.toThrow(/fewer fields than the table has columns/);
    const lenient = { format: 'csv', 'csv.ignore-parse-errors': 'true' };
    expect(await read('1,x,2.5,1;2\n,,,\n 7 ,"q, ""r""\nline", 1e3 ,\n5\n', schema, lenient)).toEqual([
      [1, 'x', 2.5, [1, 2]],
      [null, '', null, []],
      [7, 'q, "r"\nline', 1000, []],
      [5, null, null, null],
    ]);
  });

  it("knows Flink's options", async () => {
    const schema: Schema = [
      { name: 'a', type: types.string() },
      { name: 'b', type: types.int() },
    ];
    const options = {
      format: 'csv',
      'csv.field-delimiter': '|',
      'csv.quote-character': "'",
      'csv.allow-comments': 'true',
      'csv.escape-character': '\\',
    };
    expect(await read("# c\n'x|y'|1\na\\'b|2\n'p\\'q'|3\n", schema, options)).toEqual([
      ['x|y', 1],
      ["a'b", 2],
      ["p'q", 3],
    ]);
    expect(
      await read('a"b\t4\n', schema, { format: 'csv', 'csv.field-delimiter': '\\t', 'csv.disable-quote-character': 'true' }),
    ).toEqual([['a"b', 4]]);
    expect(await read('name,n\nx,1\n', schema, { format: 'csv', 'csv.header': 'true' })).toEqual([['x', 1]]);
  });

  const schema: Schema = [
    { name: 'a', type: types.int() },
    { name: 'b', type: types.date() },
  ];
  const bad: [string, RegExp][] = [
    ['1,2024-01-01,3', /:2:14: the record has more fields than the table has columns, found 3/],
    ['1.5,2024-01-01', /:2:1: expected INT for column 'a', found 1\.5,2024-01-01/],
    ['1,2024-13-01', /:2:3: expected DATE for column 'b'/],
    ['1,"2024-01-01"x', /:2:15: expected a delimiter or the end of the line after the closing quote/],
  ];
  for (const [line, message] of bad) {
    it(`says where a record is wrong: ${line}`, async () => {
      const text = `1,\n${line}\n3,\n`;
      await expect(read(text, schema, { format: 'csv' })).rejects.toMatchObject({
        code: 'bad-record',
        message: expect.stringMatching(message),
      });
      const kept = await read(text, schema, { format: 'csv', 'csv.ignore-parse-errors': 'true' });
      expect([kept[0], kept[kept.length - 1]]).toEqual([
        [1, null],
        [3, null],
      ]);
    });
  }
  it('says where a quoted field begins that does not end', async () => {
    await expect(read('1,\n2,"2024\n3,\n', schema, { format: 'csv' })).rejects.toThrow(
      /:2:3: the quoted field of column 'b' does not end/,
    );
  });
});

describe('raw', () => {
  it('reads lines as text or bytes', async () => {
    expect(await read('a,b\n\n"c"\n', [{ name: 'l', type: types.string() }], { format: 'raw' })).toEqual([
      ['a,b'],
      [''],
      ['"c"'],
    ]);
    const bytes = Buffer.from([0xff, 0x61, 10, 0x62]);
    expect(await read(bytes, [{ name: 'l', type: types.bytes() }], { format: 'raw' })).toEqual([
      [new Uint8Array([0xff, 0x61])],
      [new Uint8Array([0x62])],
    ]);
  });
});

describe('large files', () => {
  const schema: Schema = [
    { name: 'n', type: types.int(false) },
    { name: 's', type: types.string() },
  ];
  const count = 60_000;
  const text = (n: number): string => (n % 20_000 === 777 ? 'long '.repeat(400_000 + n) : `row ${n} `.repeat(1 + (n % 40)));
  const body = Array.from({ length: count }, (_, n) => `{"n":${n},"s":"${text(n)}"}\n`).join('');

  it('reads records longer than a chunk, in several splits, each line once', async () => {
    for (const parallelism of [1, 3]) {
      const rows = await read(body, schema, { format: 'json' }, { parallelism });
      expect(rows.length).toBe(count);
      expect(rows.every(([n, s], index) => n === index && s === text(index))).toBe(true);
    }
  });
});

// What Flink 2.3 gives for the same bytes, asked once; with ignore-parse-errors where a line is not quite right.
describe("as Flink's formats", () => {
  const csv: Schema = [
    { name: 'a', type: types.int() },
    { name: 's', type: types.string() },
    { name: 'x', type: types.array(types.int()) },
    { name: 'y', type: types.string() },
  ];
  const text = '1,"a;b",1;2;;3,"x"\n 2 ,b,,\n3,"q""q","1;2",\n#4,c,1,x\n\n5,\n6,"sp" ,7,y\n7,n\\,x,NULL,NULL\n';

  it('CSV: short and empty records, lists, too many fields', async () => {
    expect(await read(text, csv, { format: 'csv', 'csv.ignore-parse-errors': 'true' })).toEqual([
      [1, 'a;b', [1, 2, null, 3], 'x'],
      [2, 'b', [], ''],
      [3, 'q"q', [1, 2], ''],
      [null, 'c', [1], 'x'],
      [null, null, null, null],
      [5, '', null, null],
      [6, 'sp', [7], 'y'],
    ]);
  });

  it('CSV: comments, escapes and the text for NULL', async () => {
    const options = { 'csv.allow-comments': 'true', 'csv.escape-character': '\\', 'csv.null-literal': 'NULL' };
    expect(await read(text, csv, { format: 'csv', 'csv.ignore-parse-errors': 'true', ...options })).toEqual([
      [1, 'a;b', [1, 2, null, 3], 'x'],
      [2, 'b', [], ''],
      [3, 'q"q', [1, 2], ''],
      [5, '', null, null],
      [6, 'sp', [7], 'y'],
      [7, 'n,x', [null], null],
    ]);
  });

  it('CSV: ROWs, field by field', async () => {
    const row = types.row([
      { name: 'x', type: types.int() },
      { name: 'y', type: types.string() },
    ]);
    const schema: Schema = [
      { name: 'r', type: row },
      { name: 'n', type: types.int() },
    ];
    expect(await read('1;b,1\n,2\n;x,3\n"5;q, r",4\n', schema, { format: 'csv', 'csv.ignore-parse-errors': 'true' })).toEqual([
      [[1, 'b'], 1],
      [null, 2],
      [[null, 'x'], 3],
      [[5, 'q, r'], 4],
    ]);
  });

  it('CSV: one character between fields, escaped as in Java, and quotes or none', async () => {
    const schema: Schema = [
      { name: 'a', type: types.int() },
      { name: 'b', type: types.string() },
    ];
    expect(await read('1\u0001x\n', schema, { format: 'csv', 'csv.field-delimiter': '\\u0001' })).toEqual([[1, 'x']]);
    await expect(read('1', schema, { format: 'csv', 'csv.field-delimiter': '|#' })).rejects.toThrow(/one ASCII character/);
    await expect(
      read('1', schema, { format: 'csv', 'csv.quote-character': "'", 'csv.disable-quote-character': 'true' }),
    ).rejects.toThrow(/contradict/);
    await expect(read('1', [{ name: 'm', type: types.map(types.string(), types.int()) }], { format: 'csv' })).rejects.toThrow(
      /'m' of MAP<STRING, INT> in CSV/,
    );
  });

  it('JSON: an array is so many records, over batches and with what follows it', async () => {
    const schema: Schema = [
      { name: 'a', type: types.int() },
      { name: 'b', type: types.string() },
    ];
    const lines = ' [ {"a":1,"b":"x"} , {"a":2},{"b":"y"}] \n{"a":4}\n[]\n[{"a":5}]\n';
    for (const rowsMax of [1, 2, 100])
      expect(await read(lines, schema, { format: 'json' }, { rowsMax })).toEqual([
        [1, 'x'],
        [2, null],
        [null, 'y'],
        [4, null],
        [5, null],
      ]);
    await expect(read('[{"a":1},2]\n', schema, { format: 'json' })).rejects.toThrow(/expected '\{'/);
    await expect(read('[{"a":1}\n', schema, { format: 'json' })).rejects.toThrow(/expected ',' or '\]'/);
  });

  it('JSON: keys that come again, nested JSON as text, numbers for BOOLEAN', async () => {
    const schema: Schema = [
      { name: 'm', type: types.map(types.string(), types.int()) },
      { name: 's', type: types.string() },
      { name: 'b', type: types.boolean() },
    ];
    expect(
      await read(
        '{"m":{"a":1,"b":null,"a":2},"s":{"a": 1.50 , "b":[1, 2e3, "\\u0041\\n"]},"b":1}\n{"m":{},"s":[1.50, "x" ,null],"b":true}\n',
        schema,
        { format: 'json' },
      ),
    ).toEqual([
      [
        [
          ['a', 2],
          ['b', null],
        ],
        '{"a":1.5,"b":[1,2000.0,"A\\n"]}',
        false,
      ],
      [[], '[1.5,"x",null]', true],
    ]);
  });

  it('a cell of a record that is left out leaves no trace in the one in its place', async () => {
    const schema: Schema = [
      { name: 'd', type: types.double() },
      { name: 'i', type: types.int(false) },
    ];
    const long = '0.1234567890123456789012345678901234567890';
    expect(
      await read(`{"d":${long},"i":"x"}\n{"d":2.5,"i":1}\n`, schema, { format: 'json', 'json.ignore-parse-errors': 'true' }),
    ).toEqual([[2.5, 1]]);
    expect(await read(`${long},x\n2.5,1\n`, schema, { format: 'csv', 'csv.ignore-parse-errors': 'true' })).toEqual([[2.5, 1]]);
    expect(await read(`{"d":${long},"i":1,"d":2.5}\n`, schema, { format: 'json' })).toEqual([[2.5, 1]]);
  });
});
