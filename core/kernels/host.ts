import type { TaskMemory } from '../wasm/memory.ts';

const inlineBytes = 12;

/** What kernels leave to JavaScript, because it is rare and JavaScript knows it: Unicode case, shortest and nearest floating point texts. */
export function hostImports(memory: TaskMemory) {
  const textOf = (address: number, length: number): string =>
    Buffer.from(memory.u8.slice(address, address + length)).toString('utf8');
  return {
    /** Writes the upper (1) or lower case of a view as a view at `out`. */
    textCase(view: number, upper: number, out: number): void {
      const place = view >>> 0;
      const length = memory.u32[place >>> 2]!;
      const text = textOf(length <= inlineBytes ? place + 4 : memory.u32[(place + 8) >>> 2]!, length);
      const bytes = Buffer.from(upper === 1 ? text.toUpperCase() : text.toLowerCase(), 'utf8');
      const target = bytes.length <= inlineBytes ? (out >>> 0) + 4 : memory.arena.allocate(bytes.length);
      const { u8, u32 } = memory;
      u8.fill(0, out >>> 0, (out >>> 0) + 16);
      u32[out >>> 2] = bytes.length;
      u8.set(bytes, target);
      if (bytes.length <= inlineBytes) return;
      u8.set(bytes.subarray(0, 4), (out >>> 0) + 4);
      u32[(out + 8) >>> 2] = target;
    },
    /** Writes the shortest decimal text of a finite number, as JavaScript has it; gives its length, at most 32. */
    shortestText(value: number, single: number, address: number): number {
      const text = single === 1 ? shortestSingle(value) : String(value);
      memory.u8.set(Buffer.from(text, 'latin1'), address >>> 0);
      return text.length;
    },
    /** The double nearest to a decimal text. */
    nearestDouble(address: number, length: number): number {
      return Number(textOf(address >>> 0, length));
    },
  };
}

function shortestSingle(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}
