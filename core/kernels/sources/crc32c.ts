// CRC-32C (Castagnoli). Source: RFC 3720 appendix B.4 (the polynomial); Kounavis and Berry, "A Systematic Approach to Building High Performance
// Software-based CRC Generators" (several tables at a time). Long messages are folded: a checksum is linear in the message's bits, so that 128 bytes
// are worth as much as 128 others in the place of those behind them, to which they are added. Which these are is looked up by nibbles, sixteen bytes at
// a time: the 128 bytes are 32 lanes of four bytes, 32 apart, and what a lane becomes depends on that lane only. (16 apart would not do: not every
// checksum is one of such a lane.)

const STRIDE: usize = 128, LANES: usize = 32;
/** From so many bytes on they are folded. */
const FOLDED_MIN: u32 = 512;
const TABLES = memory.data(16 * 256 * 4, 8);
/** For each byte of a lane, its low and its high nibble, and each byte of what the lane becomes: what that nibble's 16 values add. */
const FOLDS = memory.data(4 * 2 * 4 * 16, 16);
/** What is left of a folded message. While the folds are found: equations, a row a bit of the checksum, a bit for each bit of a lane. */
const FOLDED = memory.data(128, 16);
const WANTED = memory.data(128, 8);
let tablesReady = false;

function makeTables(): void {
  for (let value: u32 = 0; value < 256; value++) {
    let crc = value;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
    store<u32>(TABLES + (<usize>value << 2), crc);
  }
  for (let value: usize = 0; value < 256; value++) {
    let crc = load<u32>(TABLES + (value << 2));
    for (let table: usize = 1; table < 16; table++) {
      crc = (crc >>> 8) ^ load<u32>(TABLES + (<usize>(crc & 255) << 2));
      store<u32>(TABLES + (table << 10) + (value << 2), crc);
    }
  }
  makeFolds();
  tablesReady = true;
}

function behindZeros(crc: u32, zeros: usize): u32 {
  for (; zeros > 0; zeros--) crc = (crc >>> 8) ^ load<u32>(TABLES + (<usize>(crc & 255) << 2));
  return crc;
}

/** Finds, by elimination, the lane that has the checksum of another one with a stride of zeros behind it: its bits are sums of the other's. */
function makeFolds(): void {
  memory.fill(FOLDED, 0, 128);
  memory.fill(WANTED, 0, 128);
  for (let bit: u32 = 0; bit < 32; bit++) {
    const crc = behindZeros(entry(0, 1 << (bit & 7)), STRIDE - 1 - <usize>(bit >>> 3) * LANES);
    const later = behindZeros(crc, STRIDE);
    for (let row: u32 = 0; row < 32; row++) {
      const at = <usize>row << 2;
      store<u32>(FOLDED + at, load<u32>(FOLDED + at) | (((crc >>> row) & 1) << bit));
      store<u32>(WANTED + at, load<u32>(WANTED + at) | (((later >>> row) & 1) << bit));
    }
  }
  for (let bit: u32 = 0; bit < 32; bit++) {
    const own = <usize>bit << 2;
    let pivot = own;
    while (((load<u32>(FOLDED + pivot) >>> bit) & 1) == 0) pivot += 4;
    swap(FOLDED + pivot, FOLDED + own);
    swap(WANTED + pivot, WANTED + own);
    for (let at: usize = 0; at < 128; at += 4) {
      if (at == own || ((load<u32>(FOLDED + at) >>> bit) & 1) == 0) continue;
      store<u32>(FOLDED + at, load<u32>(FOLDED + at) ^ load<u32>(FOLDED + own));
      store<u32>(WANTED + at, load<u32>(WANTED + at) ^ load<u32>(WANTED + own));
    }
  }
  for (let table: u32 = 0; table < 32; table++) {
    for (let nibble: u32 = 0; nibble < 16; nibble++) {
      const bits = nibble << ((table >>> 2) << 2);
      let byte: u32 = 0;
      for (let bit: u32 = 0; bit < 8; bit++)
        byte |= (popcnt<u32>(load<u32>(WANTED + (<usize>((table & 3) * 8 + bit) << 2)) & bits) & 1) << bit;
      store<u8>(FOLDS + <usize>((table << 4) + nibble), <u8>byte);
    }
  }
}

function swap(one: usize, other: usize): void {
  const before = load<u32>(one);
  store<u32>(one, load<u32>(other));
  store<u32>(other, before);
}

// @ts-ignore: decorator
@inline
function entry(number: usize, byte: u32): u32 {
  return load<u32>((<usize>byte << 2) + (TABLES + (number << 10)));
}

/** What four bytes add, the first by table `number` + 3. */
// @ts-ignore: decorator
@inline
function four(number: usize, word: u32): u32 {
  return entry(number + 3, word & 255) ^ entry(number + 2, (word >>> 8) & 255) ^ entry(number + 1, (word >>> 16) & 255) ^ entry(number, word >>> 24);
}

/** The checksum behind sixteen bytes more. */
// @ts-ignore: decorator
@inline
function sixteen(crc: u32, at: usize): u32 {
  return four(12, crc ^ load<u32>(at)) ^ four(8, load<u32>(at, 4)) ^ four(4, load<u32>(at, 8)) ^ four(0, load<u32>(at, 12));
}

/** The checksum behind [from, end), with tables only. */
function plain(crc: u32, from: usize, end: usize): u32 {
  let at = from;
  for (; at + 16 <= end; at += 16) crc = sixteen(crc, at);
  for (; at < end; at++) crc = (crc >>> 8) ^ entry(0, (crc ^ <u32>load<u8>(at)) & 255);
  return crc;
}

/** With what nibbles add by a table. */
// @ts-ignore: decorator
@inline
function add(sum: v128, table: usize, nibbles: v128): v128 {
  return v128.xor(sum, i8x16.relaxed_swizzle(v128.load(FOLDS + (table << 4)), nibbles));
}

/** CRC-32C of `bytes` bytes at `from`. */
export function crc32c(from: usize, bytes: u32): u32 {
  if (!tablesReady) makeTables();
  const end = from + <usize>bytes;
  if (bytes < FOLDED_MIN) return ~plain(0xffffffff, from, end);
  const low = i8x16.splat(15);
  let a0 = v128.xor(v128.load(from), i32x4(-1, 0, 0, 0)), a1 = v128.load(from, 32), a2 = v128.load(from, 64), a3 = v128.load(from, 96);
  let b0 = v128.load(from, 16), b1 = v128.load(from, 48), b2 = v128.load(from, 80), b3 = v128.load(from, 112);
  let at = from + STRIDE;
  for (; at + STRIDE <= end; at += STRIDE) {
    let c0 = v128.load(at), c1 = v128.load(at, 32), c2 = v128.load(at, 64), c3 = v128.load(at, 96);
    let d0 = v128.load(at, 16), d1 = v128.load(at, 48), d2 = v128.load(at, 80), d3 = v128.load(at, 112);
    let x = v128.and(a0, low), y = v128.and(b0, low);
    c0 = add(c0, 0, x); d0 = add(d0, 0, y); c1 = add(c1, 1, x); d1 = add(d1, 1, y);
    c2 = add(c2, 2, x); d2 = add(d2, 2, y); c3 = add(c3, 3, x); d3 = add(d3, 3, y);
    x = v128.and(i16x8.shr_u(a0, 4), low); y = v128.and(i16x8.shr_u(b0, 4), low);
    c0 = add(c0, 4, x); d0 = add(d0, 4, y); c1 = add(c1, 5, x); d1 = add(d1, 5, y);
    c2 = add(c2, 6, x); d2 = add(d2, 6, y); c3 = add(c3, 7, x); d3 = add(d3, 7, y);
    x = v128.and(a1, low); y = v128.and(b1, low);
    c0 = add(c0, 8, x); d0 = add(d0, 8, y); c1 = add(c1, 9, x); d1 = add(d1, 9, y);
    c2 = add(c2, 10, x); d2 = add(d2, 10, y); c3 = add(c3, 11, x); d3 = add(d3, 11, y);
    x = v128.and(i16x8.shr_u(a1, 4), low); y = v128.and(i16x8.shr_u(b1, 4), low);
    c0 = add(c0, 12, x); d0 = add(d0, 12, y); c1 = add(c1, 13, x); d1 = add(d1, 13, y);
    c2 = add(c2, 14, x); d2 = add(d2, 14, y); c3 = add(c3, 15, x); d3 = add(d3, 15, y);
    x = v128.and(a2, low); y = v128.and(b2, low);
    c0 = add(c0, 16, x); d0 = add(d0, 16, y); c1 = add(c1, 17, x); d1 = add(d1, 17, y);
    c2 = add(c2, 18, x); d2 = add(d2, 18, y); c3 = add(c3, 19, x); d3 = add(d3, 19, y);
    x = v128.and(i16x8.shr_u(a2, 4), low); y = v128.and(i16x8.shr_u(b2, 4), low);
    c0 = add(c0, 20, x); d0 = add(d0, 20, y); c1 = add(c1, 21, x); d1 = add(d1, 21, y);
    c2 = add(c2, 22, x); d2 = add(d2, 22, y); c3 = add(c3, 23, x); d3 = add(d3, 23, y);
    x = v128.and(a3, low); y = v128.and(b3, low);
    c0 = add(c0, 24, x); d0 = add(d0, 24, y); c1 = add(c1, 25, x); d1 = add(d1, 25, y);
    c2 = add(c2, 26, x); d2 = add(d2, 26, y); c3 = add(c3, 27, x); d3 = add(d3, 27, y);
    x = v128.and(i16x8.shr_u(a3, 4), low); y = v128.and(i16x8.shr_u(b3, 4), low);
    a0 = add(c0, 28, x); b0 = add(d0, 28, y); a1 = add(c1, 29, x); b1 = add(d1, 29, y);
    a2 = add(c2, 30, x); b2 = add(d2, 30, y); a3 = add(c3, 31, x); b3 = add(d3, 31, y);
  }
  v128.store(FOLDED, a0); v128.store(FOLDED, a1, 32); v128.store(FOLDED, a2, 64); v128.store(FOLDED, a3, 96);
  v128.store(FOLDED, b0, 16); v128.store(FOLDED, b1, 48); v128.store(FOLDED, b2, 80); v128.store(FOLDED, b3, 112);
  return ~plain(plain(0, FOLDED, FOLDED + STRIDE), at, end);
}
