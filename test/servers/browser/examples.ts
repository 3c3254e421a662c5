import type { Case } from '../../udf/conformance/cases.ts';

/** Five functions as users write them. */
export const exampleSources: Readonly<Record<string, string>> = {
  'late.wasm': `
    // @sql late(delay DOUBLE) RETURNS BOOLEAN
    export function late(delay: f64): bool { return delay > 15; }`,
  'risk.wasm': `
    // @sql risk(price DOUBLE, channel STRING) RETURNS DOUBLE
    export function risk(price: f64, channel: i32, bytes: i32): f64 {
      let weight = 1.0;
      for (let i = 0; i < bytes; i++) weight += <f64>load<u8>(channel + i) / 255;
      return Math.sqrt(price) * weight;
    }`,
  'slug.wasm': `
    // @sql slug(title STRING) RETURNS STRING
    export function slug(title: i32, bytes: i32): u64 {
      let text = String.UTF8.decodeUnsafe(title, bytes).toLowerCase().split(' ').join('-');
      let made = String.UTF8.encode(text);
      return (<u64>made.byteLength << 32) | <u32>changetype<usize>(made);
    }`,
  'primes.wasm': `
    // @sql primes(limit INT) RETURNS INT
    export function primes(limit: i32): i32 {
      const sieve = new Array<bool>(limit + 1); let count = 0;
      for (let i = 2; i <= limit; i++) { if (sieve[i]) continue; count++; for (let j = i * 2; j <= limit; j += i) sieve[j] = true; }
      return count;
    }`,
  'interest.wasm': `
    // @sql interest(amount DECIMAL(12, 2), percent DECIMAL(5, 2), years INT) RETURNS DECIMAL(15, 2)
    export function interest(amount: i64, percent: i64, years: i32): i64 {
      for (let year = 0; year < years; year++) amount += (amount * percent + 5000) / 10000;
      return amount;
    }`,
};

const example = (module: string, columns: Case['columns'], result: Case['columns'][number]): Case => ({
  module: `${module}.wasm`,
  function: module,
  columns,
  result,
});

export const exampleCases: readonly Case[] = [
  example('late', [[16, 15, null]], [true, false, null]),
  example(
    'risk',
    [
      [4, 9, 16],
      ['', 'ÿ', null],
    ],
    [2, 7.541176470588235, null],
  ),
  example('slug', [['The Tide Mill', '', 'ÄÖÜ und Rauch']], ['the-tide-mill', '', 'äöü-und-rauch']),
  example('primes', [[10, 100, 10_000]], [4, 25, 1229]),
  example(
    'interest',
    [
      ['10000', '1', null],
      ['250', '500', '1'],
      [2, 1, 1],
    ],
    ['10506', '1', null],
  ),
];

/** The SDK's template of a kind, as a function `made`. */
export const templateSource = (text: string): string => text.replaceAll('__NAME__', 'made');

const template = (kind: string, columns: Case['columns'], others: Partial<Case> = {}): Case => ({
  module: `${kind}.wasm`,
  function: 'made',
  columns,
  ...others,
});

/** What every kind's template is asked: its results are those of Node. */
export const templateCases: readonly Case[] = [
  template('scalar', [
    [1, 2.5, 0],
    ['direct', 'mail', null],
  ]),
  template(
    'aggregate',
    [
      [1, 5, 2, 7],
      ['1', '3', '2', null],
    ],
    { groups: [0, 0, 1, 1], weights: [1, 1, 1, -1], merges: [[0, 1]] },
  ),
  template('batch', [
    [1.5, 2, 4],
    ['3', null, '0'],
  ]),
  template('table', [['the tide  mill', '', null]]),
  template(
    'process',
    [
      [1, 2, 4],
      ['100', '100', '100'],
    ],
    { partitions: [1, 1, 2], times: [1000, 1050, 1060], watermarks: [[3, 2000]] },
  ),
];

/** Kinds whose templates are put together as one component. */
export const componentKinds = ['scalar', 'aggregate', 'table', 'process'] as const;

export const componentCases: readonly Case[] = ['component-javascript.wasm', 'component-python.wasm'].flatMap(
  (module): Case[] => [
    {
      module,
      function: 'own_scalar',
      columns: [
        [10, 10, 2.5],
        ['direct', null, 'ÄÖÜ'],
      ],
      result: [10, 20, 5],
    },
    { module, function: 'own_scalar', columns: [[-1], [null]], error: 'udf-error' },
    {
      module,
      function: 'own_aggregate',
      columns: [
        [1, 5, 7, 1],
        ['3', '1', '2', '0'],
      ],
      groups: [0, 0, 1, 2],
      merges: [[1, 0]],
      result: [2, 22 / 6, null],
    },
    {
      module,
      function: 'own_table',
      columns: [['a tide', '', null, 'Mühle']],
      rows: [
        [0, 'a', 1],
        [0, 'tide', 4],
        [3, 'Mühle', 5],
      ],
    },
    {
      module,
      function: 'own_process',
      columns: [
        [10, 1, 5, 7],
        ['500', '500', '500', '500'],
      ],
      partitions: [1, 2, 1, 1],
      times: [1000, 1100, 1400, 3000],
      watermarks: [[3, 1700]],
      rows: [
        [2, 1, '1', '1600'],
        [1, 15, '2', '3000'],
        [1, 7, '1', '3500'],
      ],
    },
  ],
);
