import { aggregateSource } from '../aggregate-modules.ts';
import { batchModules } from '../batch-modules.ts';
import { processModules } from '../process-modules.ts';
import { assemblyScript } from '../support.ts';
import { tableModules } from '../table-modules.ts';
import type { ConformanceModule } from './modules.ts';

const long = 'a text that is longer than twelve bytes';

const batches: ConformanceModule = {
  name: 'batches',
  about: 'functions over columns: NULLs in and out, text, BOOLEAN as bits, columns that lie',
  bytes: () => assemblyScript(batchModules),
  calls: [
    {
      function: 'weighed',
      columns: [
        [1.5, null, 2, -4, 8],
        [2, 3, null, 1, 10],
      ],
      result: [3, null, null, null, 80],
    },
    {
      function: 'reversed',
      columns: [
        ['abc', '', null, long, 'one'],
        [true, true, true, true, null],
      ],
      result: ['cba', '', 'NULL', [...long].reverse().join(''), 'one'],
    },
    {
      function: 'positive',
      columns: [[1, 0, -1, 2, 3, 4, -5, 6, 7]],
      result: [true, false, false, true, true, true, false, true, true],
    },
    ...[1, 2, 3, 4, 7, 8, 9, 10].map(how => ({ function: 'wrong', columns: [[how, 0]], error: 'udf-result' })),
    { function: 'wrong', columns: [[5, 0]], error: 'udf-trap' },
    { function: 'wrong', columns: [[6, 0]], error: 'udf-fuel' },
    { function: 'wrong', columns: [[5, 0, null]], onTrap: 'null', result: [null, null, null] },
  ],
};

const aggregates: ConformanceModule = {
  name: 'aggregates',
  about: 'accumulators as values and as blocks, rows taken in and out, groups merged, text as argument and result, NULLs by flag',
  bytes: () => assemblyScript(aggregateSource),
  calls: [
    { function: 'add', columns: [[1n, 2n, null, 1n << 60n]], groups: [0, 1, 0, 1], result: [1n, (1n << 60n) + 2n] },
    {
      function: 'add',
      columns: [[5n, 7n, 5n, 9n]],
      groups: [0, 0, 0, 1],
      weights: [1, 1, -1, -1],
      merges: [[0, 1]],
      result: [-2n, -9n],
    },
    { function: 'bits', columns: [[1, 2, 4, 2]], groups: [0, 0, 1, 0], result: [1, 4] },
    {
      function: 'geometric',
      columns: [[2, 8, 3]],
      groups: [0, 0, 1],
      merges: [[2, 1]],
      result: [4, 3.0000000000000004, 3.0000000000000004],
    },
    {
      function: 'top_two',
      columns: [[3n, 9n, 5n, 7n]],
      groups: [0, 0, 0, 1],
      merges: [
        [2, 1],
        [1, 0],
      ],
      result: ['9>5', '9>7', '7'],
    },
    { function: 'top_two', columns: [[null]], groups: [0], result: [null] },
    { function: 'distinct_about', columns: [['a', 'b', long, 'a', '', long]], groups: [0, 0, 0, 0, 0, 0], result: [4n] },
    { function: 'nulls_of', columns: [[1n, null, null]], groups: [0, 0, 1], weights: [1, 1, -1], result: [1n, -1n] },
  ],
};

const tables: ConformanceModule = {
  name: 'tables',
  about: 'no row, several, blocks one after another; text that lies in the argument; LEFT JOIN',
  bytes: () => assemblyScript(tableModules),
  calls: [
    {
      function: 'split',
      columns: [['a bc', '', null, ` ${'x'.repeat(41)}`]],
      rows: [
        [0, 'a', 1],
        [0, 'bc', 2],
        [3, 'x'.repeat(41), null],
      ],
    },
    {
      function: 'split',
      columns: [['', 'a', null]],
      outer: true,
      rows: [
        [0, null, null],
        [1, 'a', 1],
        [2, null, null],
      ],
    },
    {
      function: 'series',
      columns: [
        [-120n, 7n],
        [129n, 6n],
      ],
      rows: Array.from({ length: 250 }, (_, index) => [0, BigInt(index - 120)]),
    },
  ],
};

const processes: ConformanceModule = {
  name: 'processes',
  about: 'states, text in them, timers with a name and without, blocks, partitions',
  bytes: () => assemblyScript(processModules),
  calls: [
    {
      function: 'counted',
      columns: [['ann', long, 'bob', null, 'eve']],
      partitions: [1, 2, 1, 1, 2],
      rows: [
        [1, 1n, null],
        [1, 2n, 'ann'],
        [1, 3n, 'bob'],
        [2, 1n, null],
        [2, 2n, long],
      ],
    },
    {
      function: 'sessions',
      columns: [
        [1.5, 2, 4, null, 8],
        [100n, 100n, 100n, 100n, 100n],
      ],
      partitions: [1, 2, 1, 1, 2],
      times: [1000, 1010, 1090, 1300, 1400],
      watermarks: [
        [3, 1100],
        [5, 10_000],
      ],
      rows: [
        [1, 1000n, 1090n, 2n, 5.5, 1300n],
        [2, 1010n, 1010n, 1n, 2, 1400n],
        [1, 1300n, 1300n, 1n, 0, 1400n],
        [2, 1400n, 1400n, 1n, 8, 1500n],
      ],
    },
    {
      function: 'alarms',
      columns: [
        [1, 1, 1, 1, 2, 3, 1],
        [10n, 20n, 10n, 20n, 5n, 0n, 1n],
      ],
      partitions: [1, 1, 2, 2, 1, 2, 2],
      times: [100, 100, 100, 100, 105, 107, 108],
      watermarks: [[7, 500]],
      rows: [
        [2, 109n, 109n],
        [1, 120n, 120n],
      ],
    },
    {
      function: 'repeated',
      columns: [[2, 0, 12]],
      partitions: [7, 8, 7],
      times: [100, 100, 50],
      watermarks: [
        [3, 99],
        [3, 102],
      ],
      rows: [
        ...[2, 1].map(k => [7, 'abcdefghijklmnopqrst', k, 100n]),
        ...[12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map(k => [7, 'abcdefghijklmnopqrst', k, 50n]),
        [7, 'abc', 62, 62n],
        [8, 'abc', 100, 100n],
        [7, 'abc', 102, 102n],
      ],
    },
  ],
};

export const kindModules: readonly ConformanceModule[] = [batches, aggregates, tables, processes];
