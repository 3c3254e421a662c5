// Picks lists (ARRAY, MAP, MULTISET) by a selection: a u32 row index per picked row.

/** Offsets of the picked lists; gives the number of their elements. */
export function list_offsets(count: u32, selection: usize, offsets: usize, target: usize): u32 {
  let total: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const place = offsets + (<usize>load<u32>(selection + (i << 2)) << 2);
    store<u32>(target + (i << 2), total);
    total += load<u32>(place, 4) - load<u32>(place);
  }
  store<u32>(target + (<usize>count << 2), total);
  return total;
}

/** The selection of the elements of the picked lists. */
export function list_elements(count: u32, selection: usize, offsets: usize, target: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const place = offsets + (<usize>load<u32>(selection + (i << 2)) << 2);
    const end = load<u32>(place, 4);
    for (let j = load<u32>(place); j < end; j++) {
      store<u32>(target, j);
      target += 4;
    }
  }
}
