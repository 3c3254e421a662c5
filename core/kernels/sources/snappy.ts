// Snappy blocks. Source: google/snappy, format_description.txt.

/**
 * Unpacks [from, end), behind the length at its beginning, to exactly `length` bytes at `target`, which has 16 bytes of room behind them.
 * 0: the block is damaged.
 */
export function snappy_decompress(from: usize, end: usize, target: usize, length: u32): i32 {
  let p = from, out = target;
  const last = target + <usize>length;
  while (p < end) {
    const tag = <u32>load<u8>(p++);
    if ((tag & 3) == 0) {
      let run = <u64>(tag >> 2);
      if (run >= 60) {
        const bytes = <u32>run - 59;
        if (p + <usize>bytes > end) return 0;
        run = 0;
        for (let i: u32 = 0; i < bytes; i++) run |= <u64>load<u8>(p + <usize>i) << (<u64>i << 3);
        p += <usize>bytes;
      }
      run++;
      if (run > <u64>(end - p) || run > <u64>(last - out)) return 0;
      memory.copy(out, p, <usize>run);
      p += <usize>run;
      out += <usize>run;
      continue;
    }
    let run: u32, back: usize;
    if ((tag & 3) == 1) {
      if (p >= end) return 0;
      run = ((tag >> 2) & 7) + 4;
      back = (<usize>(tag >> 5) << 8) | <usize>load<u8>(p++);
    } else {
      run = (tag >> 2) + 1;
      const wide = (tag & 3) == 3;
      if (p + (wide ? 4 : 2) > end) return 0;
      back = wide ? <usize>load<u32>(p) : <usize>load<u16>(p);
      p += wide ? 4 : 2;
    }
    if (back == 0 || back > out - target || <usize>run > last - out) return 0;
    const stop = out + <usize>run;
    // What a copy of eight bytes writes too much is written over, or lies behind the end.
    if (back >= 8) for (let at = out; at < stop; at += 8) store<u64>(at, load<u64>(at - back));
    else for (let at = out; at < stop; at++) store<u8>(at, load<u8>(at - back));
    out = stop;
  }
  return out == last ? 1 : 0;
}
