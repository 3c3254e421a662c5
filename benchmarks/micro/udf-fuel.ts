// What fuel costs in loops: CPU nanoseconds a round with and without the checks at loop heads, least of several rounds. Prints one JSON object.
import { limits } from '../../core/common/limits.ts';
import { buildAssemblyScript } from '../../core/udf/build-assemblyscript.ts';
import { adaptModule } from '../../core/udf/load-udf.ts';
import { exportNames } from '../../core/udf/loop-target.ts';
import { withoutGuards } from '../../core/wasm/guards.ts';

const source = `
// @sql mix(n INT NOT NULL) RETURNS INT NOT NULL
export function mix(n: i32): i32 { let s = 0; for (let i = 0; i < n; i++) s = s * 31 + i; return s; }
// @sql halves(n INT NOT NULL) RETURNS DOUBLE NOT NULL
export function halves(n: i32): f64 { let s = 0.0; for (let i = 0; i < n; i++) s += <f64>i * 0.5; return s; }
// @sql bytes(n INT NOT NULL) RETURNS INT NOT NULL
export function bytes(n: i32): i32 { let s = 0; for (let i = 0; i < n; i++) s += load<u8>(i & 65535); return s; }
// @sql vowels(n INT NOT NULL) RETURNS INT NOT NULL
export function vowels(n: i32): i32 {
  let s = 0;
  for (let i = 0; i < n; i++) { const c = load<u8>(i & 65535); if (c == 97 || c == 101 || c == 105 || c == 0) s++; }
  return s;
}
// @sql collatz(n INT NOT NULL) RETURNS INT NOT NULL
export function collatz(n: i32): i32 {
  let steps = 0;
  for (let i = 1, x: u32 = 1; steps < n; steps++) x = x == 1 ? ++i : x & 1 ? 3 * x + 1 : x >> 1;
  return steps;
}`;
const rounds = 40_000_000;
const module = await buildAssemblyScript(source, { options: ['--initialMemory', '2'] });

function functions(metered: boolean): WebAssembly.Exports {
  const endless = { fuelPerBatch: Number.MAX_SAFE_INTEGER };
  const adapt = () => adaptModule(module, { name: 'fuel.wasm', limits: endless });
  const { bytes } = metered ? adapt() : withoutGuards(['fuel-loops', 'fuel-calls'], adapt);
  const guest = new WebAssembly.Memory({ initial: 16, maximum: 256 });
  const engine = new WebAssembly.Memory({ initial: 1, maximum: limits.taskMemoryPagesMax, shared: true });
  const imports = { env: { abort: () => {} }, tidemill: { guest, engine } };
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
}

const plain = functions(false);
const metered = functions(true);
const results: Record<string, unknown> = {};
let worst = 0;
for (const name of ['mix', 'halves', 'bytes', 'vowels', 'collatz']) {
  const leastNs = [plain, metered].map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < 10; round++) {
    for (const [index, exports] of [plain, metered].entries()) {
      const start = process.cpuUsage().user;
      (exports[exportNames.own(name)] as (n: number) => number)(rounds);
      leastNs[index] = Math.min(leastNs[index]!, ((process.cpuUsage().user - start) * 1000) / rounds);
    }
  }
  const [without, fuelled] = leastNs as [number, number];
  const percent = Math.round((fuelled / without - 1) * 100);
  worst = Math.max(worst, percent);
  results[name] = {
    nsPerRound: Number(without.toFixed(3)),
    meteredNsPerRound: Number(fuelled.toFixed(3)),
    percent,
  };
}

// A function without loops is not charged at all where its cost is known: its code stays as it came.
const straight = await buildAssemblyScript(`
// @sql risk(x DOUBLE NOT NULL) RETURNS DOUBLE NOT NULL
export function risk(x: f64): f64 { return x > 1.5 ? x * 0.25 + 1.0 : Math.sqrt(x) * x; }`);
const straightBytes = (): number => adaptModule(straight, { name: 'straight.wasm' }).bytes.length;
const added = straightBytes() - withoutGuards(['fuel-loops', 'fuel-calls'], straightBytes);
const goals = [
  { what: 'fuel, the worst of five tight loops', value: worst, limit: 25, unit: '%' },
  { what: 'fuel without loops: code that it adds', value: added, limit: 0, unit: 'bytes' },
];
process.stdout.write(`${JSON.stringify({ ...results, goals })}\n`);
