// The last row of each key, and what changes with it. Rows are those of group-table.ts.
import { heap_store_view } from "./group-table";

// The parameter block; core/kernels/normalize.ts describes it.
const COUNT: usize = 0, TOUCHED: usize = 4, BEFORE: usize = 8, LAST: usize = 12, WEIGHTS: usize = 16, PACKED: usize = 20, STRIDE: usize = 24,
  TABLE: usize = 28, ROW_BYTES: usize = 32, KEY_BYTES: usize = 36, VIEWS: usize = 40, VIEW_COUNT: usize = 44, ADDRESSES: usize = 48, SIGNS: usize = 52,
  GONE: usize = 56, GONE_COUNT: usize = 60, ALL: usize = 64;
const FLAG_NEW: u32 = 4;

/** Numbers from..0, and values of u32 in that order. */
export function reversed_rows(count: u32, rows: usize, target: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(target + (<usize>i << 2), load<u32>(rows + (<usize>(count - 1 - i) << 2)));
}

/** `views`: offsets of views in a payload, in order. */
function same(a: usize, b: usize, bytes: usize, views: usize, viewCount: u32): bool {
  let view: u32 = 0;
  for (let at: usize = 0; at < bytes; at += 8) {
    if (view < viewCount && <usize>load<u32>(views + (<usize>view << 2)) == at) {
      view++;
      const length = load<u32>(a + at);
      if (load<u64>(a + at) != load<u64>(b + at)) return false;
      if (length <= 12) {
        if (load<u64>(a + at, 8) != load<u64>(b + at, 8)) return false;
      } else if (memory.compare(<usize>load<u32>(a + at, 8), <usize>load<u32>(b + at, 8), <usize>length) != 0) return false;
      at += 8;
      continue;
    }
    if (load<u64>(a + at) != load<u64>(b + at)) return false;
  }
  return true;
}

/** Takes the last row of each touched key into the table; returns how many rows change. */
export function normalize_rows(block: usize): u32 {
  const count = load<u32>(block, COUNT), touched = <usize>load<u32>(block, TOUCHED), before = <usize>load<u32>(block, BEFORE);
  const last = <usize>load<u32>(block, LAST), weights = <usize>load<u32>(block, WEIGHTS), packed = <usize>load<u32>(block, PACKED);
  const stride = <usize>load<u32>(block, STRIDE), table = <usize>load<u32>(block, TABLE), rowBytes = <usize>load<u32>(block, ROW_BYTES);
  const keyBytes = <usize>load<u32>(block, KEY_BYTES), views = <usize>load<u32>(block, VIEWS), viewCount = load<u32>(block, VIEW_COUNT);
  const addresses = <usize>load<u32>(block, ADDRESSES), signs = <usize>load<u32>(block, SIGNS), gone = <usize>load<u32>(block, GONE);
  const all = load<u32>(block, ALL) != 0;
  let out: usize = 0;
  let goneCount: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(touched + (<usize>i << 2));
    const copy = before + <usize>i * rowBytes;
    const was = (load<u32>(copy + keyBytes, 4) & FLAG_NEW) == 0;
    const from = <usize>load<u32>(last + (<usize>i << 2));
    if (weights != 0 && load<i8>(weights + from) < 0) {
      if (was) {
        store<u32>(addresses + (out << 2), <u32>copy);
        store<i8>(signs + out++, -1);
      }
      store<u32>(gone + (<usize>goneCount << 2), i);
      goneCount++;
      continue;
    }
    const payload = row + keyBytes + 8, source = packed + from * stride;
    if (was) {
      if (!all && same(copy + keyBytes + 8, source, stride, views, viewCount)) continue;
      store<u32>(addresses + (out << 2), <u32>copy);
      store<i8>(signs + out++, -1);
    }
    let view: u32 = 0;
    for (let at: usize = 0; at < stride; at += 8) {
      if (view < viewCount && <usize>load<u32>(views + (<usize>view << 2)) == at) {
        view++;
        heap_store_view(table, payload + at, source + at);
        at += 8;
      } else store<u64>(payload + at, load<u64>(source + at));
    }
    store<u32>(addresses + (out << 2), <u32>row);
    store<i8>(signs + out++, 1);
  }
  store<u32>(block, goneCount, GONE_COUNT);
  return <u32>out;
}
