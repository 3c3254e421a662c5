// Compiles what compiled Python functions call into src/tidemill/_compile/*.wasm. Run by `npm run -s python:prepare`.
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const here = new URL('.', import.meta.url);
for (const name of ['core', 'math']) {
  const files = new Map();
  for (const each of ['core', 'math']) files.set(`${each}.as.ts`, await readFile(new URL(`${each}.as.ts`, here), 'utf8'));
  const { error, stderr } = await asc.main(
    [`${name}.as.ts`, '--outFile', 'out.wasm', '-O3', '--converge', '--runtime', 'stub', '--noAssert'],
    {
      readFile: path => files.get(path) ?? null,
      writeFile: (path, bytes) => {
        if (path === 'out.wasm') writeFileSync(new URL(`../src/tidemill/_compile/${name}.wasm`, here), bytes);
      },
      listFiles: () => [],
    },
  );
  if (error !== null) throw new Error(`${name}.as.ts does not compile\n${stderr}`);
}
