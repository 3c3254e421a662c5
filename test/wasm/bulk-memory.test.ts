import { expect, test } from 'vitest';
import { seededRandom } from '../../core/common/environment.ts';
import { ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { ModuleEditor, readModule } from '../../core/wasm/reader/index.ts';

const pageBytes = 65536;
const fuelAtStart = 1_000_000n;

interface Metered {
  readonly memory: WebAssembly.Memory;
  readonly fuel: WebAssembly.Global;
  copy(to: number, from: number, bytes: number): void;
  fill(to: number, byte: number, bytes: number): void;
}

/** A module's memory.copy and memory.fill as they run when it is metered. */
function metered(): Metered {
  const module = new ModuleBuilder();
  module.export('memory', module.memory({ initial: 1 }));
  const copy = module.exportFunction('copy', ['i32', 'i32', 'i32']);
  copy.get(copy.parameters[0]).get(copy.parameters[1]).get(copy.parameters[2]).memoryCopy();
  const fill = module.exportFunction('fill', ['i32', 'i32', 'i32']);
  fill.get(fill.parameters[0]).get(fill.parameters[1]).get(fill.parameters[2]).memoryFill();
  const editor = new ModuleEditor(readModule(module.build()));
  const fuel = editor.addGlobal('i64', fuelAtStart);
  editor.addExport('fuel', fuel);
  editor.keepExports();
  editor.meter(fuel, editor.addGlobal('i32', 0), { freeCostMax: 100, memoryGrowCost: 1, passCostMax: Number.POSITIVE_INFINITY });
  return new WebAssembly.Instance(new WebAssembly.Module(editor.build())).exports as unknown as Metered;
}

test('memory.copy and memory.fill of every short length, apart and over one another, as on a plain array', () => {
  const { memory, copy, fill } = metered();
  const bytes = new Uint8Array(memory.buffer, 0, 512);
  const random = seededRandom(7);
  const plain = new Uint8Array(512);
  for (let length = 0; length <= 80; length++)
    for (const distance of [-81, -length, -17, -9, -7, -3, -1, 0, 1, 2, 5, 8, 15, 16, 33, length, 90]) {
      for (let at = 0; at < plain.length; at++) plain[at] = random.next32();
      bytes.set(plain);
      copy(200 + distance, 200, length);
      plain.copyWithin(200 + distance, 200, 200 + length);
      if (Buffer.compare(bytes, plain) !== 0) expect([length, distance, ...bytes]).toEqual([length, distance, ...plain]);
      // only the lowest byte counts
      fill(300 + distance, 0xabcd00 + length, length);
      plain.fill(length, 300 + distance, 300 + distance + length);
      if (Buffer.compare(bytes, plain) !== 0) expect([length, distance, ...bytes]).toEqual([length, distance, ...plain]);
    }
});

test('what lies outside traps, up to the last byte', () => {
  const { copy, fill } = metered();
  for (const length of [0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 32, 33, 64, 65, 300]) {
    copy(pageBytes - length, 0, length);
    copy(0, pageBytes - length, length);
    fill(pageBytes - length, 1, length);
    // with no bytes a place behind the end is outside as well
    for (const past of [1, 2, Math.max(1, length), 1000]) {
      expect(() => copy(pageBytes - length + past, 0, length)).toThrow(WebAssembly.RuntimeError);
      expect(() => copy(0, pageBytes - length + past, length)).toThrow(WebAssembly.RuntimeError);
      expect(() => fill(pageBytes - length + past, 1, length)).toThrow(WebAssembly.RuntimeError);
    }
    expect(() => copy(-1, 0, length)).toThrow(WebAssembly.RuntimeError);
    if (length > 0) expect(() => copy(0, -length, length)).toThrow(WebAssembly.RuntimeError);
    expect(() => fill(-4, 0, length)).toThrow(WebAssembly.RuntimeError);
  }
});

test('they cost a unit for 16 bytes, and end where the fuel does', () => {
  const { fuel, copy, fill } = metered();
  const cost = (run: () => void): bigint => {
    fuel.value = fuelAtStart;
    run();
    return fuelAtStart - (fuel.value as bigint);
  };
  const empty = cost(() => copy(0, 100, 0));
  expect(cost(() => copy(0, 100, 15))).toBe(empty);
  expect(cost(() => copy(0, 100, 48))).toBe(empty + 3n);
  expect(cost(() => copy(0, 10_000, 10_000))).toBe(empty + 625n);
  expect(cost(() => fill(0, 1, 64))).toBe(empty + 4n);
  fuel.value = 10n;
  expect(() => copy(0, 1000, 1000)).toThrow(WebAssembly.RuntimeError);
  expect(fuel.value as bigint).toBeLessThan(0n);
});
