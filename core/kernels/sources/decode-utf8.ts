/** Whether text is UTF-8: the place of the first byte that is not, or `end`. Readable for 64 bytes past the end. */
export function utf8_validate(p: usize, end: usize): usize {
  while (p < end) {
    // Mostly ASCII: four vectors at a time.
    while (p + 64 <= end) {
      const any = v128.or(v128.or(v128.load(p), v128.load(p, 16)), v128.or(v128.load(p, 32), v128.load(p, 48)));
      if (i8x16.bitmask(any)) break;
      p += 64;
    }
    const stop = min(p + 64, end);
    while (p < stop) {
      const c = <u32>load<u8>(p);
      if (c < 0x80) {
        p++;
        continue;
      }
      const d = <u32>load<u8>(p, 1);
      if (c < 0xe0) {
        if (c < 0xc2 || p + 2 > end || (d & 0xc0) != 0x80) return p;
        p += 2;
      } else if (c < 0xf0) {
        const e = <u32>load<u8>(p, 2);
        if (p + 3 > end || (d & 0xc0) != 0x80 || (e & 0xc0) != 0x80) return p;
        if ((c == 0xe0 && d < 0xa0) || (c == 0xed && d > 0x9f)) return p;
        p += 3;
      } else {
        const e = <u32>load<u8>(p, 2), f = <u32>load<u8>(p, 3);
        if (c > 0xf4 || p + 4 > end || (d & 0xc0) != 0x80 || (e & 0xc0) != 0x80 || (f & 0xc0) != 0x80) return p;
        if ((c == 0xf0 && d < 0x90) || (c == 0xf4 && d > 0x8f)) return p;
        p += 4;
      }
    }
  }
  return end;
}
