import { mkdirSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

/** `pick(key, salt, n)`: a number from 0 to n − 1 that depends on nothing else, so that the same scale gives the same rows everywhere. */
const pick = (key: string, salt: number, count: number | string): string =>
  `CAST(hash(${key} * 1000003 + ${salt}) % (${count}) AS BIGINT)`;
const from = (list: readonly string[], key: string, salt: number): string =>
  `[${list.map(text => `'${text}'`).join(', ')}][${pick(key, salt, list.length)} + 1]`;
const cents = (key: string, salt: number, low: number, high: number): string =>
  `CAST((${low} + ${pick(key, salt, high - low + 1)}) / 100.0 AS DECIMAL(15, 2))`;

const colors = [
  'almond',
  'blue',
  'chartreuse',
  'dodger',
  'forest',
  'green',
  'honeydew',
  'indian',
  'lavender',
  'maroon',
  'navy',
  'orchid',
  'peru',
  'rosy',
  'sienna',
  'tomato',
  'violet',
  'wheat',
];
const words = [
  'furiously',
  'special',
  'requests',
  'accounts',
  'carefully',
  'final',
  'deposits',
  'Customer',
  'Complaints',
  'quickly',
  'ironic',
  'packages',
  'sleep',
  'bold',
  'theodolites',
  'pending',
];
const types = [
  ['STANDARD', 'SMALL', 'MEDIUM', 'LARGE', 'ECONOMY', 'PROMO'],
  ['ANODIZED', 'BURNISHED', 'PLATED', 'POLISHED', 'BRUSHED'],
  ['TIN', 'NICKEL', 'BRASS', 'STEEL', 'COPPER'],
];
const containers = [
  ['SM', 'LG', 'MED', 'JUMBO', 'WRAP'],
  ['CASE', 'BOX', 'BAG', 'JAR', 'PKG', 'PACK', 'CAN', 'DRUM'],
];
const nations: readonly (readonly [string, number])[] = [
  ['ALGERIA', 0],
  ['ARGENTINA', 1],
  ['BRAZIL', 1],
  ['CANADA', 1],
  ['EGYPT', 4],
  ['ETHIOPIA', 0],
  ['FRANCE', 3],
  ['GERMANY', 3],
  ['INDIA', 2],
  ['INDONESIA', 2],
  ['IRAN', 4],
  ['IRAQ', 4],
  ['JAPAN', 2],
  ['JORDAN', 4],
  ['KENYA', 0],
  ['MOROCCO', 0],
  ['MOZAMBIQUE', 0],
  ['PERU', 1],
  ['CHINA', 2],
  ['ROMANIA', 3],
  ['SAUDI ARABIA', 4],
  ['VIETNAM', 2],
  ['RUSSIA', 3],
  ['UNITED KINGDOM', 3],
  ['UNITED STATES', 1],
];
const regions = ['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST'];

const comment = (key: string, salt: number): string =>
  [0, 1, 2, 3, 4].map(index => from(words, key, salt + index)).join(` || ' ' || `);
const phone = (nation: string, key: string): string =>
  `CAST(10 + ${nation} AS VARCHAR) || '-' || CAST(100 + ${pick(key, 1, 900)} AS VARCHAR) || '-' || CAST(1000 + ${pick(key, 2, 9000)} AS VARCHAR)`;

/** The tables in DuckDB's SQL, in an order in which each needs only those before it. */
function tables(scale: number): readonly (readonly [name: string, sql: string])[] {
  const count = (base: number): number => Math.max(Math.round(base * scale), 1);
  const [parts, suppliers, customers, orders] = [count(200_000), count(10_000), count(150_000), count(1_500_000)];
  const days = 2406;
  return [
    [
      'region',
      `SELECT CAST(i AS BIGINT) AS r_regionkey, [${regions.map(name => `'${name}'`).join(', ')}][i + 1] AS r_name, ${comment('i', 11)} AS r_comment FROM range(5) t(i)`,
    ],
    [
      'nation',
      `SELECT CAST(i AS BIGINT) AS n_nationkey, [${nations.map(([name]) => `'${name}'`).join(', ')}][i + 1] AS n_name, CAST([${nations.map(([, region]) => region).join(', ')}][i + 1] AS BIGINT) AS n_regionkey, ${comment('i', 12)} AS n_comment FROM range(25) t(i)`,
    ],
    [
      'supplier',
      `SELECT i AS s_suppkey, 'Supplier#' || lpad(CAST(i AS VARCHAR), 9, '0') AS s_name, 'street ' || ${pick('i', 21, 10_000)} AS s_address, nation AS s_nationkey, ${phone('nation', 'i')} AS s_phone, ${cents('i', 22, -99_999, 999_999)} AS s_acctbal, ${comment('i', 23)} AS s_comment FROM (SELECT i, ${pick('i', 20, 25)} AS nation FROM range(1, ${suppliers + 1}) t(i))`,
    ],
    [
      'customer',
      `SELECT i AS c_custkey, 'Customer#' || lpad(CAST(i AS VARCHAR), 9, '0') AS c_name, 'avenue ' || ${pick('i', 31, 100_000)} AS c_address, nation AS c_nationkey, ${phone('nation', 'i')} AS c_phone, ${cents('i', 32, -99_999, 999_999)} AS c_acctbal, ${from(['AUTOMOBILE', 'BUILDING', 'FURNITURE', 'MACHINERY', 'HOUSEHOLD'], 'i', 33)} AS c_mktsegment, ${comment('i', 34)} AS c_comment FROM (SELECT i, ${pick('i', 30, 25)} AS nation FROM range(1, ${customers + 1}) t(i))`,
    ],
    [
      'part',
      `SELECT i AS p_partkey, ${[0, 1, 2, 3, 4].map(index => from(colors, 'i', 40 + index)).join(` || ' ' || `)} AS p_name, 'Manufacturer#' || (brand // 5 + 1) AS p_mfgr, 'Brand#' || (brand // 5 + 1) || (brand % 5 + 1) AS p_brand, ${types.map((list, index) => from(list, 'i', 46 + index)).join(` || ' ' || `)} AS p_type, CAST(1 + ${pick('i', 49, 50)} AS INTEGER) AS p_size, ${containers.map((list, index) => from(list, 'i', 50 + index)).join(` || ' ' || `)} AS p_container, CAST((90000 + (i // 10) % 20001 + 100 * (i % 1000)) / 100.0 AS DECIMAL(15, 2)) AS p_retailprice, ${comment('i', 52)} AS p_comment FROM (SELECT i, ${pick('i', 45, 25)} AS brand FROM range(1, ${parts + 1}) t(i))`,
    ],
    [
      'partsupp',
      `SELECT p AS ps_partkey, (p + k * (${suppliers} // 4 + (p - 1) // ${suppliers})) % ${suppliers} + 1 AS ps_suppkey, CAST(1 + ${pick('p * 4 + k', 60, 9999)} AS INTEGER) AS ps_availqty, ${cents('p * 4 + k', 61, 100, 100_000)} AS ps_supplycost, ${comment('p * 4 + k', 62)} AS ps_comment FROM range(1, ${parts + 1}) a(p), range(4) b(k)`,
    ],
    [
      'lines',
      `SELECT o, n, part, (part + k * (${suppliers} // 4 + (part - 1) // ${suppliers})) % ${suppliers} + 1 AS supplier, quantity, CAST(quantity * (90000 + (part // 10) % 20001 + 100 * (part % 1000)) / 100.0 AS DECIMAL(15, 2)) AS price, ${cents('o * 8 + n', 73, 0, 10)} AS discount, ${cents('o * 8 + n', 74, 0, 8)} AS tax, ordered, ordered + CAST(1 + ${pick('o * 8 + n', 75, 121)} AS INTEGER) AS shipped, ordered + CAST(30 + ${pick('o * 8 + n', 76, 61)} AS INTEGER) AS committed, ${pick('o * 8 + n', 77, 30)} + 1 AS transit, customer FROM (SELECT o, n, customer, ordered, 1 + ${pick('o * 8 + n', 70, parts)} AS part, ${pick('o * 8 + n', 71, 4)} AS k, CASE WHEN bulk = 0 THEN 43 + ${pick('o * 8 + n', 72, 8)} ELSE 1 + ${pick('o * 8 + n', 72, 50)} END AS quantity FROM (SELECT o, CASE WHEN ${pick('o', 81, customers)} % 3 = 2 THEN ${pick('o', 81, customers)} ELSE ${pick('o', 81, customers)} + 1 END AS customer, DATE '1992-01-01' + CAST(${pick('o', 82, days)} AS INTEGER) AS ordered, ${pick('o', 83, 500)} AS bulk, CASE WHEN ${pick('o', 83, 500)} = 0 THEN 7 ELSE 1 + ${pick('o', 84, 7)} END AS lines FROM range(1, ${orders + 1}) t(o)) heads, range(1, 8) l(n) WHERE n <= lines)`,
    ],
    [
      'lineitem',
      `SELECT o AS l_orderkey, part AS l_partkey, supplier AS l_suppkey, CAST(n AS INTEGER) AS l_linenumber, CAST(quantity AS DECIMAL(15, 2)) AS l_quantity, price AS l_extendedprice, discount AS l_discount, tax AS l_tax, CASE WHEN shipped + CAST(transit AS INTEGER) > DATE '1995-06-17' THEN 'N' WHEN ${pick('o * 8 + n', 78, 2)} = 0 THEN 'R' ELSE 'A' END AS l_returnflag, CASE WHEN shipped > DATE '1995-06-17' THEN 'O' ELSE 'F' END AS l_linestatus, shipped AS l_shipdate, committed AS l_commitdate, shipped + CAST(transit AS INTEGER) AS l_receiptdate, ${from(['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'], 'o * 8 + n', 79)} AS l_shipinstruct, ${from(['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB', 'AIR REG'], 'o * 8 + n', 80)} AS l_shipmode, ${comment('o * 8 + n', 90)} AS l_comment FROM lines ORDER BY o, n`,
    ],
    [
      'orders',
      `SELECT o AS o_orderkey, any_value(customer) AS o_custkey, CASE WHEN max(shipped) <= DATE '1995-06-17' THEN 'F' WHEN min(shipped) > DATE '1995-06-17' THEN 'O' ELSE 'P' END AS o_orderstatus, CAST(sum(price * (1 + tax) * (1 - discount)) AS DECIMAL(15, 2)) AS o_totalprice, any_value(ordered) AS o_orderdate, ${from(['1-URGENT', '2-HIGH', '3-MEDIUM', '4-NOT SPECIFIED', '5-LOW'], 'o', 85)} AS o_orderpriority, 'Clerk#' || lpad(CAST(1 + ${pick('o', 86, Math.max(count(1000), 1))} AS VARCHAR), 9, '0') AS o_clerk, CAST(0 AS INTEGER) AS o_shippriority, ${comment('o', 87)} AS o_comment FROM lines GROUP BY o ORDER BY o`,
    ],
  ];
}

/**
 * Writes TPC-H's eight tables as Parquet files of about the specified sizes and distributions (scale 1: 6 million lines). The rows are our own:
 * results are compared with DuckDB's over the same files, not with the specification's.
 */
export async function generateTpch(directory: string, scale: number): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const [name, sql] of tables(scale)) {
    await connection.run(`CREATE TABLE ${name} AS ${sql}`);
    if (name !== 'lines')
      await connection.run(`COPY ${name} TO '${directory}/${name}.parquet' (FORMAT parquet, ROW_GROUP_SIZE 122880)`);
  }
  connection.closeSync();
  instance.closeSync();
}
