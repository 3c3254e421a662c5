import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readColumn } from '../../core/columnar/read-values.ts';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { limits } from '../../core/common/limits.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { ScalarUdf } from '../../core/udf/index.ts';
import { adaptedVersion, loadKeptUdf } from '../../core/udf/kept-modules.ts';
import { adaptModule } from '../../core/udf/load-udf.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { projectRoot } from '../support/source-files.ts';
import { assemblyScript, failure } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-kept-'));
afterAll(() => rmSync(folder, { recursive: true }));

const source = (factor: number): string => `
// @sql twice(x DOUBLE) RETURNS DOUBLE
export function twice(x: f64): f64 { return ${factor} * x; }
export function refused(): void { unreachable(); }`;

const load = (bytes: Uint8Array<ArrayBuffer>, place = folder) => loadKeptUdf(bytes, 'twice.wasm', place);

function called(bytes: Uint8Array<ArrayBuffer>, place = folder): unknown[] {
  const memory = new TaskMemory({ pagesInitial: 16 });
  const udf = new ScalarUdf(load(bytes, place), 'twice', memory, { kernels: loadKernels(memory) });
  return readColumn(memory, udf.call(2, [columnOf(memory, types.double(), [1, null])], 0), 2);
}

test('a module is rewritten once, and what was kept gives the same', async () => {
  const bytes = await assemblyScript(source(2));
  const first = load(bytes);
  expect(called(bytes)).toEqual([2, null]);
  const again = load(bytes);
  expect({ ...again, module: undefined }).toEqual({ ...first, module: undefined });
  expect(readdirSync(folder)).toHaveLength(1);
  expect(called(await assemblyScript(source(3)))).toEqual([3, null]);
  expect(readdirSync(folder)).toHaveLength(2);
});

test('what is damaged is made anew', async () => {
  const place = join(folder, 'damaged');
  const bytes = await assemblyScript(source(2));
  called(bytes, place);
  const [name] = readdirSync(place);
  const file = join(place, name!);
  const content = readFileSync(file);
  for (const damaged of [content.subarray(0, 40), Buffer.from(content).fill(7, content.length - 9), Buffer.alloc(0)]) {
    writeFileSync(file, damaged);
    expect(called(bytes, place)).toEqual([2, null]);
    expect(readFileSync(file)).toEqual(content);
  }
});

test('nothing is kept of what is refused, and a folder that cannot be written does no harm', async () => {
  const place = join(folder, 'refused');
  expect(failure(() => load(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 9]), place)).code).toBe('udf-invalid');
  writeFileSync(place, '');
  expect(called(await assemblyScript(source(2)), place)).toEqual([2, null]);
});

test('the older half goes when there are too many', async () => {
  const place = join(folder, 'many');
  called(await assemblyScript(source(2)), place);
  const [kept] = readdirSync(place);
  utimesSync(join(place, kept!), 1, 1);
  for (let index = 0; index < limits.udfModulesKeptMax; index++) writeFileSync(join(place, `${index}.module`), '');
  called(await assemblyScript(source(5)), place);
  expect(readdirSync(place)).toHaveLength(limits.udfModulesKeptMax / 2);
  expect(readdirSync(place)).not.toContain(kept);
});

test('what is made of the conformance modules is what belongs to this version', () => {
  const modules = join(projectRoot, 'udf-sdk', 'abi', 'conformance');
  const hash = createHash('sha256');
  for (const file of readdirSync(modules).sort())
    if (file.endsWith('.wasm')) hash.update(adaptModule(new Uint8Array(readFileSync(join(modules, file))), { name: file }).bytes);
  // another hash: raise adaptedVersion, so that nobody runs what was kept before, and write both here
  expect([adaptedVersion, hash.digest('hex')]).toEqual([2, '414f912ed28739737a48343bc5d5872ba33cbefd3691c7bd2f80d436b6094206']);
});
