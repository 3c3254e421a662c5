import type { Kernels } from '../../kernels/index.ts';
import type { TaskMemory } from '../../wasm/memory.ts';

/** Layout of a seed's tables, as core/kernels/sources/nexmark.ts has it. */
const poolBytes = (1 << 20) + 1024;
const wordsAt = poolBytes + 65536 * 4;
const wordBytes = 16;
const viewsBytes = 2 * 10_004 * 16;
/** The longest URL has 78 bytes; the kernel writes whole words behind the last. */
const textBytes = 10_005 * 80;
const tablesBytes = wordsAt + 64 * wordBytes + viewsBytes + textBytes;

const words = [
  'Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter',
  'Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris',
  'Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne',
  'AZ,CA,ID,OR,WA,WY',
].flatMap(list => list.split(','));
const hotChannels = ['Google', 'Facebook', 'Baidu', 'Apple'];

let prices: Uint32Array | undefined;
function priceTable(): Uint32Array {
  prices ??= Uint32Array.from({ length: 65536 }, (_, index) => Math.round(10 ** ((6 * index) / 65536) * 100));
  return prices;
}

interface Tables {
  readonly address: number;
  users: number;
}
const perMemory = new WeakMap<TaskMemory, Map<number, Tables>>();

/** Address of a seed's tables in a task's memory, shared by its readers; give it back with {@link releaseTables}. */
export function acquireTables(memory: TaskMemory, kernels: Kernels, seed: number): number {
  let bySeed = perMemory.get(memory);
  if (bySeed === undefined) perMemory.set(memory, (bySeed = new Map()));
  let tables = bySeed.get(seed);
  if (tables === undefined) {
    tables = { address: memory.allocateSegment(tablesBytes), users: 0 };
    fillTables(memory, kernels, tables.address, seed);
    bySeed.set(seed, tables);
  }
  tables.users++;
  return tables.address;
}

export function releaseTables(memory: TaskMemory, seed: number): void {
  const bySeed = perMemory.get(memory);
  const tables = bySeed?.get(seed);
  if (bySeed === undefined || tables === undefined || --tables.users > 0) return;
  bySeed.delete(seed);
  memory.freeSegment(tables.address, tablesBytes);
}

function fillTables(memory: TaskMemory, kernels: Kernels, address: number, seed: number): void {
  kernels.nexmark_tables(address, seed);
  const { u8, u32 } = memory;
  u32.set(priceTable(), (address + poolBytes) >> 2);
  words.forEach((word, index) => {
    const at = address + wordsAt + index * wordBytes;
    u8[at] = word.length;
    for (let i = 0; i < word.length; i++) u8[at + 1 + i] = word.charCodeAt(i);
  });
  const channelsAt = address + wordsAt + 64 * wordBytes;
  hotChannels.forEach((channel, index) => {
    const at = channelsAt + index * 16;
    u8.fill(0, at, at + 16);
    u8[at] = channel.length;
    for (let i = 0; i < channel.length; i++) u8[at + 4 + i] = channel.charCodeAt(i);
  });
}
