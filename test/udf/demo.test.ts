import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { assemblyScript, harness } from './support.ts';

const demo = new URL('../../core/cli/demo/', import.meta.url);

test('the committed late.wasm is what its source compiles to', async () => {
  const committed = readFileSync(new URL('late.wasm', demo));
  const fresh = await assemblyScript(readFileSync(new URL('late.as.ts', demo), 'utf8'));
  expect(Buffer.from(fresh).equals(committed), 'run node core/cli/demo/build-late.ts').toBe(true);
});

test('late(delay) is 1 above 15 minutes', () => {
  const bytes = Uint8Array.from(readFileSync(new URL('late.wasm', demo)));
  expect(harness(bytes, 'late').run([[15, 15.5, -3, null, 400]])).toEqual([0, 1, 0, null, 1]);
});
