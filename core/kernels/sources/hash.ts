// The hash of a key, version 1: one round per 64-bit word of the key row (core/columnar/key-layout.ts), then a finish to 32 bits.
// core/codegen/hash.ts emits the same function; a change is a new version, because key groups of saved state depend on it.
const K1: u64 = 0x9e3779b97f4a7c15;
const K2: u64 = 0xc2b2ae3d27d4eb4f;

/** One more word. A key's hash starts with 0. */
// @ts-ignore: decorator
@inline
export function hashRound(hash: u64, word: u64): u64 {
  const mixed = rotl<u64>(hash, 31) ^ word;
  return (mixed ^ (mixed >> 32)) * K1;
}

/** 32 well-mixed bits: key groups take the top ones, table slots the low ones. */
// @ts-ignore: decorator
@inline
export function hashFinish(hash: u64): u32 {
  return <u32>(((hash ^ (hash >> 32)) * K2) >> 32);
}

/** The second word of a view longer than 12 bytes is its content, hashed; at least 8 bytes long, so that the tail is one overlapping load. */
export function hash_bytes(address: usize, length: u32): u64 {
  let hash: u64 = <u64>length * K2;
  const last = address + length - 8;
  for (let p = address; p < last; p += 8) {
    hash = (rotl<u64>(hash, 29) ^ load<u64>(p)) * K1;
    hash ^= hash >> 32;
  }
  hash = (rotl<u64>(hash, 29) ^ load<u64>(last)) * K1;
  return hash ^ (hash >> 32);
}

/** The view at `address` as its two words in `hash`. */
// @ts-ignore: decorator
@inline
export function hashView(hash: u64, address: usize): u64 {
  const first = load<u64>(address);
  const length = <u32>first;
  return hashRound(hashRound(hash, first), length > 12 ? hash_bytes(load<u32>(address, 8), length) : load<u64>(address, 8));
}

/** The hash of one key row; bit i of `views` says that word i starts a view (so a key row has at most 64 words). */
// @ts-ignore: decorator
@inline
export function hashKeyRow(row: usize, words: u32, views: u64): u32 {
  let hash: u64 = 0;
  for (let i: u32 = 0; i < words; i++) {
    const address = row + (<usize>i << 3);
    if ((views >> i) & 1) {
      hash = hashView(hash, address);
      i++;
    } else hash = hashRound(hash, load<u64>(address));
  }
  return hashFinish(hash);
}

/** Hashes `count` key rows of `words` words into u32s at `out`; for rows that did not come through generated code. */
export function hash_key_rows(rows: usize, count: u32, words: u32, views: u64, out: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(out + (<usize>i << 2), hashKeyRow(rows + <usize>i * (words << 3), words, views));
}
