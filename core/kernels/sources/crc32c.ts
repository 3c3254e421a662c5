// CRC-32C (Castagnoli). Source: RFC 3720 appendix B.4 (the polynomial); Kounavis and Berry, "A Systematic Approach to Building High Performance
// Software-based CRC Generators" (several tables at a time); parts of a message are combined as zlib's crc32_combine does: a checksum moved over
// `laneBytes` zeros is linear in its bits.

const LANE_BYTES: usize = 1024;
const TABLES = memory.data(16 * 256 * 4, 8);
/** What a checksum becomes behind LANE_BYTES zeros, by each of its four bytes. */
const MOVES = memory.data(4 * 256 * 4, 8);
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
  for (let bit: u32 = 0; bit < 32; bit++) {
    let crc: u32 = 1 << bit;
    for (let zero: usize = 0; zero < LANE_BYTES; zero++) crc = (crc >>> 8) ^ load<u32>(TABLES + (<usize>(crc & 255) << 2));
    const power: usize = <usize>(1 << (bit & 7)), place = MOVES + (<usize>(bit >>> 3) << 10);
    for (let value: usize = 0; value < 256; value++)
      if ((value & power) != 0) store<u32>(place + (value << 2), load<u32>(place + (value << 2)) ^ crc);
  }
  tablesReady = true;
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

// @ts-ignore: decorator
@inline
function moved(crc: u32): u32 {
  return load<u32>(MOVES + (<usize>(crc & 255) << 2))
    ^ load<u32>(MOVES + (<usize>((crc >>> 8) & 255) << 2), 1 << 10)
    ^ load<u32>(MOVES + (<usize>((crc >>> 16) & 255) << 2), 2 << 10)
    ^ load<u32>(MOVES + (<usize>(crc >>> 24) << 2), 3 << 10);
}

/** CRC-32C of `bytes` bytes at `from`. Two lanes side by side: what one of them waits for does not hold back the other. */
export function crc32c(from: usize, bytes: u32): u32 {
  if (!tablesReady) makeTables();
  let crc: u32 = 0xffffffff;
  let at = from;
  const end = from + <usize>bytes;
  while (at + 2 * LANE_BYTES <= end) {
    let second: u32 = 0;
    for (let stop = at + LANE_BYTES; at < stop; at += 16) {
      crc = sixteen(crc, at);
      second = sixteen(second, at + LANE_BYTES);
    }
    crc = moved(crc) ^ second;
    at += LANE_BYTES;
  }
  for (; at + 16 <= end; at += 16) crc = sixteen(crc, at);
  for (; at < end; at++) crc = (crc >>> 8) ^ entry(0, (crc ^ <u32>load<u8>(at)) & 255);
  return ~crc;
}
