// Columns appended to an exchange buffer row by row number, and taken out again: dst[i] = src[index[i]]; index 0 stands for 0, 1, 2, …

export function copy_bytes(src: usize, dst: usize, bytes: usize): void {
  memory.copy(dst, src, bytes);
}

/** Bits dst[at + i] = src[index[i]]; src 0 stands for all ones. Bits before `at` are kept, those behind the last in its byte are zeroed. */
export function append_bits(count: u32, index: usize, src: usize, dst: usize, at: u32): void {
  if (count == 0) return;
  let place = dst + (at >> 3);
  let filled = at & 7;
  let byte: u32 = filled != 0 ? <u32>load<u8>(place) & ((1 << filled) - 1) : 0;
  for (let i: u32 = 0; i < count; i++) {
    let bit: u32 = 1;
    if (src != 0) {
      const row = index != 0 ? load<u32>(index + (<usize>i << 2)) : i;
      bit = (<u32>load<u8>(src + (row >> 3)) >> (row & 7)) & 1;
    }
    byte |= bit << filled;
    if (++filled == 8) {
      store<u8>(place++, <u8>byte);
      byte = 0;
      filled = 0;
    }
  }
  if (filled != 0) store<u8>(place, <u8>byte);
}

/** Bytes of the views' values that do not lie inside the views. */
export function long_view_bytes(count: u32, index: usize, src: usize): u32 {
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = index != 0 ? load<u32>(index + (<usize>i << 2)) : i;
    const length = load<u32>(src + (<usize>row << 4));
    if (length > 12) bytes += length;
  }
  return bytes;
}

/** Views to dst, their long values to heap + used on; a view's address becomes the offset in the heap. Returns the bytes used. */
export function append_views(count: u32, index: usize, src: usize, dst: usize, heap: usize, used: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const row = index != 0 ? load<u32>(index + (<usize>i << 2)) : i;
    const from = src + (<usize>row << 4);
    const to = dst + (<usize>i << 4);
    v128.store(to, v128.load(from));
    const length = load<u32>(from);
    if (length > 12) {
      memory.copy(heap + used, load<u32>(from, 8), length);
      store<u32>(to, used, 8);
      used += length;
    }
  }
  return used;
}

/** Offsets in a heap back to addresses. */
export function rebase_views(count: u32, views: usize, heap: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const place = views + (<usize>i << 4);
    if (load<u32>(place) > 12) store<u32>(place, load<u32>(place, 8) + <u32>heap, 8);
  }
}

/** Offsets of the lists that are kept, count + 1 of them, from 0; returns the number of their elements. */
export function append_offsets(count: u32, index: usize, src: usize, dst: usize): u32 {
  let total: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = index != 0 ? load<u32>(index + (<usize>i << 2)) : i;
    store<u32>(dst + (<usize>i << 2), total);
    total += load<u32>(src + (<usize>row << 2), 4) - load<u32>(src + (<usize>row << 2));
  }
  store<u32>(dst + (<usize>count << 2), total);
  return total;
}

/** Row numbers of those elements. */
export function list_elements(count: u32, index: usize, src: usize, dst: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = index != 0 ? load<u32>(index + (<usize>i << 2)) : i;
    const end = load<u32>(src + (<usize>row << 2), 4);
    for (let element = load<u32>(src + (<usize>row << 2)); element < end; element++) {
      store<u32>(dst, element);
      dst += 4;
    }
  }
}

/** The consumer of a row: its key group (the top `bits` of its hash) in contiguous ranges of about groups / targets. */
// @ts-ignore: decorator
@inline
function targetOf(hash: u32, bits: u32, targets: u32): u32 {
  return ((hash >> (32 - bits)) * targets) >> bits;
}

/** Row numbers by consumer, in order: those of consumer t from out + t * stride on; how many to counts (u32 each). */
export function route_rows(count: u32, hashes: usize, bits: u32, targets: u32, out: usize, stride: u32, counts: usize): void {
  if (targets == 2) {
    // both places are written and one is kept: no branch, and no counter in memory
    let first = out;
    let second = out + stride;
    for (let i: u32 = 0; i < count; i++) {
      const target = targetOf(load<u32>(hashes + (<usize>i << 2)), bits, 2);
      store<u32>(first, i);
      store<u32>(second, i);
      first += (1 - target) << 2;
      second += target << 2;
    }
    store<u32>(counts, <u32>(first - out) >> 2);
    store<u32>(counts, <u32>(second - out - stride) >> 2, 4);
    return;
  }
  memory.fill(counts, 0, <usize>targets << 2);
  for (let i: u32 = 0; i < count; i++) {
    const target = targetOf(load<u32>(hashes + (<usize>i << 2)), bits, targets);
    const place = counts + (<usize>target << 2);
    const filled = load<u32>(place);
    store<u32>(out + target * stride + (<usize>filled << 2), i);
    store<u32>(place, filled + 1);
  }
}
