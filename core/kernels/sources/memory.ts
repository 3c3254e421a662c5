// The arena's control words, as laid out in core/wasm/memory.ts.
// @ts-ignore: decorator
@external("env", "arenaRefill")
declare function arenaRefill(bytes: u32): usize;

const CURSOR: usize = 16;
const END: usize = 20;

/** `bytes` in the task's arena, 16-aligned, with 64 readable and writable bytes behind them. */
// @ts-ignore: decorator
@inline
export function arenaAllocate(bytes: u32): usize {
  const cursor = <usize>load<u32>(CURSOR);
  const next = cursor + ((<usize>bytes + 79) & ~15);
  if (cursor != 0 && next <= <usize>load<u32>(END)) {
    store<u32>(CURSOR, <u32>next);
    return cursor;
  }
  return arenaRefill(bytes);
}

/** For generated code, which cannot inline the above. */
export function arena_allocate(bytes: u32): usize {
  return arenaAllocate(bytes);
}
