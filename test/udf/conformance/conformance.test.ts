import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../support/source-files.ts';
import { type Case, caseValue, expectedOf, outcomeOf, readCases } from './cases.ts';
import { conformanceModules } from './modules.ts';

const folder = join(projectRoot, 'udf-sdk', 'abi', 'conformance');
const update = process.env['UPDATE_EXPECTED'] !== undefined;

/** The file any host reads: a case a line. */
function written(): string {
  const cases = conformanceModules.flatMap(({ name, calls }) =>
    calls.map(
      ({ columns, result, rows, ...others }): Case => ({
        module: `${name}.wasm`,
        ...others,
        columns: columns.map(column => column.map(caseValue)),
        ...(result && { result: result.map(caseValue) }),
        ...(rows && { rows: rows.map(row => row.map(caseValue)) }),
      }),
    ),
  );
  return cases.map(entry => `${JSON.stringify(entry)}\n`).join('');
}

describe.each(conformanceModules.map(module => [module.name, module] as const))('%s.wasm', (name, module) => {
  const path = join(folder, `${name}.wasm`);
  test('is what it is made from', async () => {
    const bytes = await module.bytes();
    if (update) writeFileSync(path, bytes);
    expect(Buffer.from(bytes).equals(readFileSync(path))).toBe(true);
  });

  test.each(module.calls.map((call, index) => [`${index + 1}: ${call.function}`, index] as const))('%s', (_title, index) => {
    expect(existsSync(path)).toBe(true);
    const cases = readCases(written()).filter(entry => entry.module === `${name}.wasm`);
    const entry = cases[index]!;
    expect(outcomeOf(new Uint8Array(readFileSync(path)), entry)).toEqual(expectedOf(entry));
  });
});

test('cases.jsonl says the same', () => {
  const path = join(folder, 'cases.jsonl');
  if (update) writeFileSync(path, written());
  expect(readFileSync(path, 'utf8')).toBe(written());
});
