// Compiles the AssemblyScript kernels to core/kernels/build/kernels.wasm; run by `npm run prepare`.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const entry = join(here, 'sources', 'index.ts');
const output = join(here, 'build', 'kernels.wasm');
// Made aside and renamed: a process that starts meanwhile finds the old file or the new one.
const made = join(here, 'build', `kernels-${process.pid}.wasm`);
if (existsSync(entry)) {
  const { default: asc } = await import('assemblyscript/asc');
  mkdirSync(dirname(output), { recursive: true });
  const { error, stderr } = await asc.main([
    entry,
    '--outFile',
    made,
    '-O3',
    '--noAssert',
    '--runtime',
    'stub',
    '--enable',
    'simd',
    '--enable',
    'relaxed-simd',
    '--enable',
    'threads',
    '--enable',
    'bulk-memory',
    '--importMemory',
    '--sharedMemory',
    '--maximumMemory',
    '65536',
    '--memoryBase',
    '1024',
    '--use',
    'abort=',
  ]);
  if (error) {
    process.stderr.write(`${stderr.toString()}\n`);
    throw error;
  }
  const { default: binaryen } = await import('binaryen');
  writeFileSync(made, inTable(binaryen, readFileSync(made)));
  renameSync(made, output);
}

/**
 * The same functions in a table instead of exports: an instance with exports makes a JavaScript function of each of the 226, which takes three
 * quarters of the time to make an instance; those of a table are made when they are asked for. Their names stand in a custom section, in order.
 */
function inTable(binaryen, bytes) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(binaryen.Features.All);
  const functions = Array.from({ length: module.getNumExports() }, (_, index) =>
    binaryen.getExportInfo(module.getExportByIndex(index)),
  ).filter(({ kind }) => kind === binaryen.ExternalFunction);
  for (const { name } of functions) module.removeExport(name);
  module.addTable('kernels', functions.length, functions.length);
  const values = functions.map(({ value }) => value);
  module.addActiveElementSegment('kernels', 'kernels', values, module.i32.const(0));
  module.addTableExport('kernels', 'kernels');
  module.addCustomSection('kernels', new TextEncoder().encode(functions.map(({ name }) => name).join('\n')));
  return module.emitBinary();
}
