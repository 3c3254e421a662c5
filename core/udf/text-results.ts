import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { charactersOffset, trapStates } from './loop-target.ts';

/** Of a started module: where it says that a text has no place. */
interface Pending {
  readonly state: WebAssembly.Global;
  readonly pending: WebAssembly.Global;
  readonly guest: WebAssembly.Memory | undefined;
}

/**
 * Makes room for long texts, puts the one there that a loop had no place for, and writes its view. The loop checked where it lies, and goes on with the
 * next row.
 * @param heap address of the words that say where the next long text goes, where the room ends, and whether text may be beyond ASCII
 */
export function placeText(memory: TaskMemory, { state, pending, guest }: Pending, view: number, heap: number): void {
  const returned = BigInt.asUintN(64, pending.value as bigint);
  const address = Number(returned & 0xffff_ffffn);
  const bytes = Number(returned >> 32n);
  const room = Math.max(2 * bytes, limits.udfTextHeapBytesMin);
  const place = memory.arena.allocate(room);
  const { u8, u32 } = memory;
  const text = new Uint8Array(guest!.buffer, address, bytes);
  u8.set(text, place);
  if (bytes > limits.udfTextCopyInlineBytesMax || text.some(byte => byte >= 0x80)) u32[(heap + charactersOffset) >>> 2] = 1;
  const word = view >>> 2;
  u32[word] = bytes;
  u8.copyWithin(4 * word + 4, place, place + 4);
  u32[word + 2] = place;
  u32[word + 3] = 0;
  u32[heap >>> 2] = place + bytes;
  u32[(heap >>> 2) + 1] = place + room;
  state.value = trapStates.none;
}
