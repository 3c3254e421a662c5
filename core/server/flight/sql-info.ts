import {
  Field as ArrowField,
  Schema as ArrowSchema,
  Bool,
  type Data,
  type DataType,
  DenseUnion,
  Int32,
  Int64,
  List,
  Map_,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Struct,
  Uint32,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { ArrowMessage } from '../../columnar/arrow-message.ts';
import { limits } from '../../common/limits.ts';
import { version } from '../../common/version.ts';
import { aggregateFunctions, scalarFunctions } from '../../functions/index.ts';
import { reservedWords } from '../../sql/parser/keywords.ts';
import type { ResultStream } from './result-stream.ts';

/** Numbers that are not a SQL bigint are bit masks or enumerations. */
type InfoValue = string | boolean | number | bigint | readonly string[];

const functionNames = (): string[] =>
  [...scalarFunctions.values(), ...aggregateFunctions.values()].flatMap(({ spellings }) => spellings).sort();

/** What Flight SQL asks of a server, by its numbers. Source: arrow.apache.org, "Flight SQL", SqlInfo. */
const infos: ReadonlyMap<number, () => InfoValue> = new Map<number, () => InfoValue>([
  // name, version, version of Arrow's format, read-only, SQL, Substrait, transactions, cancel, bulk ingestion and its transactions
  [0, () => 'Tidemill'],
  [1, () => version],
  [2, () => '1.5'],
  [3, () => false],
  [4, () => true],
  [5, () => false],
  [8, () => 0],
  [9, () => true],
  [10, () => true],
  [11, () => false],
  // prepared statements and transactions stay as long as their session
  [100, () => limits.flightSessionIdleMs],
  [101, () => 0],
  // DDL of catalogs, schemas and tables; names are as they are written, 4: case-sensitive, as quoted ones
  [500, () => true],
  [501, () => true],
  [502, () => true],
  [503, () => 0],
  [504, () => '`'],
  [505, () => 0],
  [506, () => false],
  // NULL is less than all others
  [507, () => 1],
  [508, () => [...reservedWords].sort()],
  [509, () => functionNames()],
  [510, () => functionNames()],
  [511, () => functionNames()],
  [512, () => functionNames()],
  [513, () => '\\'],
  [514, () => '$'],
  [515, () => true],
  [516, () => true],
  [518, () => true],
  [519, () => false],
  [520, () => true],
  [521, () => true],
  // both kinds of GROUP BY
  [522, () => 3],
  [523, () => true],
  [524, () => true],
  // grammars and levels as bit masks: the minimum and core grammar, ANSI 92 entry level
  [525, () => 3],
  [526, () => 1],
  [527, () => false],
  // all outer joins
  [528, () => 2],
  [529, () => 'database'],
  [530, () => 'procedure'],
  [531, () => 'catalog'],
  [532, () => true],
  // databases and catalogs may stand in statements about tables
  [533, () => 0],
  [534, () => 0],
  [535, () => 0],
  [536, () => false],
  [537, () => false],
  // subqueries in comparisons, EXISTS, IN; correlated ones; UNION and UNION ALL
  [538, () => 7],
  [539, () => true],
  [540, () => 3],
  // no limit is 0
  ...Array.from({ length: 21 }, (_, index): [number, () => InfoValue] => [541 + index, () => (index === 15 ? false : 0n)]),
  // no transactions
  [562, () => 0n],
  [563, () => false],
  [564, () => 0],
  [565, () => false],
  [566, () => false],
  [567, () => 2],
  [572, () => false],
  [573, () => false],
  [574, () => false],
  [575, () => false],
  [576, () => false],
]);

const strings = new List(new ArrowField('string_data', new Utf8(), true));
const intMap = (): DataType =>
  new Map_(
    new ArrowField(
      'entries',
      new Struct<{ key: Int32; value: DataType }>([
        new ArrowField('key', new Int32(), false),
        new ArrowField('value', new List(new ArrowField('$data$', new Int32(), true)), true),
      ]) as unknown as Struct<{ key: DataType; value: DataType }>,
      false,
    ),
  );
const members: readonly (readonly [name: string, type: DataType])[] = [
  ['string_value', new Utf8()],
  ['bool_value', new Bool()],
  ['bigint_value', new Int64()],
  ['int32_bitmask', new Int32()],
  ['string_list', strings],
  ['int32_to_int32_list_map', intMap()],
];
const union = new DenseUnion(
  members.map((_, index) => index),
  members.map(([name, type]) => new ArrowField(name, type, true)),
);
const schema = new ArrowSchema([new ArrowField('info_name', new Uint32(), false), new ArrowField('value', union, false)]);

function memberOf(value: InfoValue): number {
  if (typeof value === 'string') return 0;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'bigint') return 2;
  return typeof value === 'number' ? 3 : 4;
}

/** The answers to some questions about the server, or to all that it knows. */
export function sqlInfoStream(wanted: readonly number[]): ResultStream {
  return {
    schema,
    async *messages() {
      const numbers = wanted.length === 0 ? [...infos.keys()] : wanted.filter(number => infos.has(number));
      if (numbers.length > 0) yield messageOf(numbers);
    },
  };
}

function messageOf(numbers: readonly number[]): ArrowMessage {
  const values = numbers.map(number => infos.get(number)!());
  const byMember: InfoValue[][] = members.map(() => []);
  const typeIds = new Int8Array(numbers.length);
  const valueOffsets = new Int32Array(numbers.length);
  for (const [row, value] of values.entries()) {
    const member = memberOf(value);
    typeIds[row] = member;
    valueOffsets[row] = byMember[member]!.length;
    byMember[member]!.push(value);
  }
  const children = members.map(([, type], index) => dataOf(byMember[index]!, type));
  const length = numbers.length;
  const value = makeData({ type: union, length, typeIds, valueOffsets, children });
  const names = makeData({ type: new Uint32(), length, data: Uint32Array.from(numbers) });
  const batch = new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length, children: [names, value] as Data[] }),
  );
  return ipcMessageOf(batch);
}

const dataOf = (values: readonly InfoValue[], type: DataType): Data => vectorFromArray(values as unknown[], type).data[0]!;

/** A record batch of apache-arrow as a message: of its IPC stream, the part behind the schema. */
function ipcMessageOf(batch: RecordBatch): ArrowMessage {
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, batch.schema);
  writer.write(batch);
  writer.finish();
  const bytes = writer.toUint8Array(true);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const schemaEnd = 8 + view.getInt32(4, true);
  const bodyAt = schemaEnd + 8 + view.getInt32(schemaEnd + 4, true);
  // the last eight bytes say that nothing follows
  const body = bytes.subarray(bodyAt, bytes.length - 8);
  return {
    header: bytes.subarray(schemaEnd + 8, bodyAt),
    bodyBytes: body.length,
    writeBody: (target, at) => target.set(body, at),
  };
}
