import { expect, test } from 'vitest';
import { assemblyScript, failure, harness } from './support.ts';

const natural = `
  // @sql worth(price DOUBLE NOT NULL, channel STRING) RETURNS DOUBLE NOT NULL NULLS CALL
  export function worth(price: f64, channel: string | null): f64 {
    if (price < 0) throw new Error('negative price ' + price.toString());
    return channel == 'direct' ? price : price * 2;
  }
  // @sql shout(text STRING) RETURNS STRING
  export function shout(text: string): string | null {
    return text == 'nothing' ? null : text.toUpperCase();
  }`;

test('functions of AssemblyScript take and give string', async () => {
  const bytes = await assemblyScript(natural);
  const worth = harness(bytes, 'worth');
  expect(
    worth.run([
      [10, 10, 3],
      ['direct', null, 'straße'],
    ]),
  ).toEqual([10, 20, 6]);
  expect(
    failure(() =>
      worth.run([
        [1, -1],
        [null, null],
      ]),
    ).message,
  ).toMatch(/^'worth' trapped: abort 'negative price -1\.0' at \d+:\d+, in row 1 of the batch$/);
  const shout = harness(bytes, 'shout');
  expect(shout.run([['tide', 'a longer text, grüße 🦉', 'nothing', null, '']])).toEqual([
    'TIDE',
    'A LONGER TEXT, GRÜSSE 🦉',
    null,
    null,
    '',
  ]);
  for (let round = 0; round < 20; round++)
    expect(shout.run([Array.from({ length: 500 }, (_, row) => `row ${row} `.repeat(20))])[499]).toBe('ROW 499 '.repeat(20));
});

test('parameters must be those of the signature', async () => {
  const build = async (line: string, code: string) => assemblyScript(`// @sql ${line}\nexport function ${code}`);
  await expect(build('f(a STRING) RETURNS STRING', 'f(a: string, b: i32): string { return a; }')).rejects.toMatchObject({
    code: 'udf-signature',
  });
  await expect(build('f(a INT) RETURNS STRING', 'f(a: string): string { return a; }')).rejects.toMatchObject({
    code: 'udf-signature',
  });
});
