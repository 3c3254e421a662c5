// CRC-32C (Castagnoli), eight bytes a step. Source: RFC 3720 appendix B.4 (the polynomial); Kostadinov/Intel "slicing-by-8".

const TABLES = memory.data(8 * 256 * 4, 8);
let tablesReady = false;

function makeTables(): void {
  for (let value: u32 = 0; value < 256; value++) {
    let crc = value;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
    store<u32>(TABLES + (<usize>value << 2), crc);
  }
  for (let value: usize = 0; value < 256; value++) {
    let crc = load<u32>(TABLES + (value << 2));
    for (let table: usize = 1; table < 8; table++) {
      crc = (crc >>> 8) ^ load<u32>(TABLES + (<usize>(crc & 255) << 2));
      store<u32>(TABLES + (table << 10) + (value << 2), crc);
    }
  }
  tablesReady = true;
}

// @ts-ignore: decorator
@inline
function table(number: usize, word: u32, shift: u32): u32 {
  return load<u32>(TABLES + (number << 10) + (<usize>((word >>> shift) & 255) << 2));
}

/** CRC-32C of `bytes` bytes at `from`. */
export function crc32c(from: usize, bytes: u32): u32 {
  if (!tablesReady) makeTables();
  let crc: u32 = 0xffffffff;
  let at = from;
  const end = from + <usize>bytes;
  for (; at + 8 <= end; at += 8) {
    const low = crc ^ load<u32>(at), high = load<u32>(at, 4);
    crc = table(7, low, 0) ^ table(6, low, 8) ^ table(5, low, 16) ^ table(4, low, 24)
      ^ table(3, high, 0) ^ table(2, high, 8) ^ table(1, high, 16) ^ table(0, high, 24);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ table(0, crc ^ <u32>load<u8>(at), 0);
  return ~crc;
}
