import { TidemillError } from '../../common/errors.ts';

const damaged = (): TidemillError => new TidemillError('bad-file', 'a Snappy block is damaged', { domain: 'external' });

/** Up to so many bytes a loop costs less than a call. */
const shortBytes = 48;

/**
 * Bytes of a Snappy block. Source: google/snappy, format_description.txt.
 * @throws TidemillError `bad-file` when it is damaged or longer than `bytesMax`.
 */
export function snappyDecompress(source: Uint8Array, bytesMax: number): Uint8Array {
  const { length, behind } = snappyLength(source, bytesMax);
  let at = behind;
  const target = new Uint8Array(length);
  let to = 0;
  while (at < source.length) {
    const tag = source[at++]!;
    if ((tag & 3) === 0) {
      let run = tag >> 2;
      if (run >= 60) {
        const bytes = run - 59;
        run = 0;
        for (let index = 0; index < bytes; index++) run += (source[at + index] ?? 0) * 2 ** (8 * index);
        at += bytes;
      }
      run++;
      if (at + run > source.length || to + run > length) throw damaged();
      if (run <= shortBytes) for (let index = 0; index < run; index++) target[to + index] = source[at + index]!;
      else target.set(source.subarray(at, at + run), to);
      at += run;
      to += run;
      continue;
    }
    let run: number;
    let back: number;
    if ((tag & 3) === 1) {
      run = ((tag >> 2) & 7) + 4;
      back = ((tag >> 5) << 8) | (source[at++] ?? 0);
    } else {
      run = (tag >> 2) + 1;
      const bytes = (tag & 3) === 2 ? 2 : 4;
      back = 0;
      for (let index = 0; index < bytes; index++) back += (source[at + index] ?? 0) * 2 ** (8 * index);
      at += bytes;
    }
    if (at > source.length || back === 0 || back > to || to + run > length) throw damaged();
    if (back >= run && run > shortBytes) target.copyWithin(to, to - back, to - back + run);
    else for (let index = 0; index < run; index++) target[to + index] = target[to + index - back]!;
    to += run;
  }
  if (to !== length) throw damaged();
  return target;
}

/** Bytes a block unpacks to, and where what is packed begins. @throws TidemillError `bad-file`. */
export function snappyLength(source: Uint8Array, bytesMax: number): { readonly length: number; readonly behind: number } {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = source[at++];
    if (byte === undefined || shift > 28) throw damaged();
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  // A copy of three bytes makes 64 at most.
  if (length > bytesMax || length > (source.length - at) * 64 + 64) throw damaged();
  return { length, behind: at };
}

const hashBits = 14;
/** Copies reach back within pieces of this size only, so that two bytes name a place. */
const pieceBytes = 1 << 16;

/** A Snappy block: repeated stretches of four bytes and more become copies. */
export function snappyCompress(source: Uint8Array): Uint8Array {
  const target = new Uint8Array(32 + source.length + Math.ceil(source.length / 6));
  let to = 0;
  for (let rest = source.length; ; rest = Math.floor(rest / 128)) {
    target[to++] = rest > 127 ? (rest & 127) | 128 : rest;
    if (rest <= 127) break;
  }
  const places = new Int32Array(1 << hashBits);
  const word = (at: number): number => source[at]! | (source[at + 1]! << 8) | (source[at + 2]! << 16) | (source[at + 3]! << 24);
  const literal = (from: number, end: number): void => {
    const run = end - from - 1;
    if (run < 0) return;
    if (run < 60) target[to++] = run << 2;
    else if (run < 256) {
      target[to++] = 60 << 2;
      target[to++] = run;
    } else {
      target[to++] = 61 << 2;
      target[to++] = run & 255;
      target[to++] = run >> 8;
    }
    if (run < shortBytes) for (let at = from; at < end; at++) target[to++] = source[at]!;
    else {
      target.set(source.subarray(from, end), to);
      to += end - from;
    }
  };
  for (let base = 0; base < source.length; base += pieceBytes) {
    const end = Math.min(base + pieceBytes, source.length);
    places.fill(-1);
    let from = base;
    let at = base;
    while (at + 4 <= end) {
      const here = word(at);
      const slot = Math.imul(here, 0x1e35a7bd) >>> (32 - hashBits);
      const before = places[slot]!;
      places[slot] = at;
      if (before < 0 || word(before) !== here) {
        // The longer nothing repeats, the fewer places are looked at.
        at += 1 + ((at - from) >> 5);
        continue;
      }
      literal(from, at);
      let run = 4;
      while (at + run < end && source[at + run] === source[before + run]) run++;
      const back = at - before;
      for (let left = run; left > 0; ) {
        const taken = Math.min(left, 64);
        target[to++] = ((taken - 1) << 2) | 2;
        target[to++] = back & 255;
        target[to++] = back >> 8;
        left -= taken;
      }
      at += run;
      from = at;
    }
    literal(from, end);
  }
  return target.subarray(0, to);
}
