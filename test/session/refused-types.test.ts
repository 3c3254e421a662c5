import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { readModuleFile } from '../../core/cli/udf/module-file.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { open } from '../../core/index.ts';
import { udf } from '../../core/session/udf.ts';
import { signatureSection } from '../../core/udf/index.ts';
import { ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { tidemill } from '../support/command-line.ts';
import { openSession, runStatement } from '../support/run-statements.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-types-'));
afterAll(() => rmSync(folder, { recursive: true }));

const outside = [
  'INTERVAL DAY TO SECOND(3)',
  'INTERVAL YEAR TO MONTH',
  'ARRAY<INT>',
  'MAP<STRING, INT>',
  'MULTISET<INT>',
  'ROW<x INT>',
];

/** Where a type may stand in a function of each kind. */
const signatures: readonly (readonly [where: string, members: (type: string) => object])[] = [
  ['an argument', type => ({ arguments: [type], result: 'INT' })],
  ['a result', type => ({ arguments: ['INT'], result: type })],
  ['an argument of a batch', type => ({ kind: 'batch', arguments: [type], result: 'INT' })],
  ['an argument of an aggregate', type => ({ kind: 'aggregate', arguments: [type], result: 'INT', accumulators: ['INT'] })],
  ['a column of a table function', type => ({ kind: 'table', arguments: ['INT'], columns: [{ name: 'x', type }] })],
  [
    'a column that a process table function gets',
    type => ({ kind: 'process', table: { columns: [{ name: 'x', type }] }, columns: [{ name: 'y', type: 'INT' }] }),
  ],
  [
    'a state',
    type => ({
      kind: 'process',
      table: { columns: [{ name: 'x', type: 'INT' }] },
      states: [{ name: 's', columns: [{ name: 'x', type }] }],
      columns: [{ name: 'y', type: 'INT' }],
    }),
  ],
];

function fileOf(members: object): string {
  const module = new ModuleBuilder();
  module.memory({ initial: 1 });
  module.exportFunction('f', ['i32'], ['i32']).i32.const(1);
  const section = { version: 1, functions: [{ name: 'f', ...members }] };
  module.customSection(signatureSection, new TextEncoder().encode(JSON.stringify(section)));
  const file = join(folder, 'refused.wasm');
  writeFileSync(file, module.build());
  return file;
}

async function failureOf(run: () => unknown): Promise<TidemillError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof TidemillError) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

test('types that user functions cannot have are refused by CREATE FUNCTION and by check, with what to do', async () => {
  const session = openSession({ name: 'default' });
  for (const type of outside)
    for (const [where, members] of signatures) {
      const file = fileOf(members(type));
      const errors = [
        await failureOf(() => runStatement(session, `CREATE TEMPORARY FUNCTION f USING '${file}'`, folder)),
        await failureOf(() => readModuleFile(file)),
      ];
      for (const error of errors) {
        expect(error.code, `${type} as ${where}`).toBe('udf-signature');
        expect(error.message, where).toContain(`gives 'f' the type '${type}', which user functions cannot have`);
        expect(error.hint, where).toMatch(
          type.startsWith('INTERVAL') ? /milliseconds, or months, as BIGINT/ : /as their elements/,
        );
      }
    }
  await session.close();
});

test('tidemill udf check says so too', async () => {
  const file = fileOf({ arguments: ['INTERVAL DAY TO SECOND(3)'], result: 'INT' });
  const { code, stdout, stderr } = await tidemill(['udf', 'check', file], { cwd: folder });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^error\[udf-signature\]: .*'INTERVAL DAY TO SECOND\(3\)', which user functions cannot have\n.*as BIGINT/,
  );
});

test('the Table API refuses them where a function is used first, and where one is built on the spot', async () => {
  await using program = await open();
  const table = program.table('t', {
    columns: { x: 'INT', many: 'ARRAY<INT>' },
    with: { connector: 'datagen', 'number-of-rows': '1' },
  });
  const file = (type: string): URL => pathToFileURL(fileOf({ arguments: [type], result: 'INT' }));
  for (const type of ['ARRAY<INT>', 'INTERVAL DAY TO SECOND(3)']) {
    const used: (() => unknown)[] = [
      // as the module says, and as only the program says
      () => table.select(row => ({ y: udf(file(type), 'f', ['INT'], 'INT')(row.x) })),
      () => table.select(row => ({ y: udf.aggregate(file(type), 'f', ['INT'], 'INT')(row.x) })),
      () =>
        table.joinLateral(
          row => udf.table(file(type), 'f', ['INT'], { x: 'INT' })(row.x),
          (row, made) => ({ ...row, made: made.x }),
        ),
      () => udf.assemblyscript('f', { arguments: [type as 'INT'], result: 'INT' })`export function f(x: i32): i32 { return x; }`,
    ];
    for (const [index, use] of used.entries()) {
      const error = await failureOf(use);
      expect([error.code, error.message], `${type}, use ${index}`).toEqual([
        'udf-signature',
        expect.stringContaining(`'${type}', which user functions cannot have`),
      ]);
    }
  }
  const declared = udf(file('INT'), 'f', ['ARRAY<INT>'] as never, 'INT') as unknown as (many: unknown) => never;
  const error = await failureOf(() => table.select(row => ({ y: declared(row.many) })));
  expect([error.code, error.message]).toEqual([
    'udf-signature',
    expect.stringContaining('declared with other types than the module has'),
  ]);
});
