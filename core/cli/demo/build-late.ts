// Compiles the demo's user function: node core/cli/demo/build-late.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { buildAssemblyScript } from '../../udf/build-assemblyscript.ts';

const source = new URL('late.as.ts', import.meta.url);
const output = new URL('late.wasm', import.meta.url);
writeFileSync(output, await buildAssemblyScript(readFileSync(source, 'utf8')));
