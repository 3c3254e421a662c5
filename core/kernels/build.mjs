// Compiles the AssemblyScript kernels to core/kernels/build/kernels.wasm; run by `npm run prepare`.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const entry = join(here, 'sources', 'index.ts');
const output = join(here, 'build', 'kernels.wasm');
if (existsSync(entry)) {
  const { default: asc } = await import('assemblyscript/asc');
  mkdirSync(dirname(output), { recursive: true });
  const { error, stderr } = await asc.main([
    entry,
    '--outFile',
    output,
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
}
