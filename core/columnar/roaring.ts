/**
 * Sets of 32-bit numbers as bytes: the portable form of Roaring bitmaps, with the smallest of the three kinds of container for each 2^16 numbers, so
 * that equal sets are equal bytes. Source: the RoaringFormatSpec of the RoaringBitmap project, version with and without runs.
 */

const cookieWithRuns = 12347;
const cookieWithoutRuns = 12346;
const arrayMax = 4096;
const bitsetBytes = 8192;
/** With runs, and fewer containers than this, there is no table of offsets. */
const offsetsFrom = 4;

interface Container {
  readonly key: number;
  /** Places of its numbers in the sorted list. */
  readonly from: number;
  readonly to: number;
  readonly runs: number;
  readonly kind: 'array' | 'bitset' | 'runs';
  readonly bytes: number;
}

/**
 * The bytes of a set of numbers, which may stand in any order and more than once; they are taken modulo 2^32.
 *
 * @example
 * roaringOf([3, 1, 3]) // 3a30000001000000000001001000000001000300
 */
export function roaringOf(numbers: readonly number[] | Uint32Array): Uint8Array {
  return encode(Uint32Array.from(numbers, number => number >>> 0).sort());
}

function encode(sorted: Uint32Array): Uint8Array {
  const numbers = sorted.filter((number, index) => index === 0 || number !== sorted[index - 1]);
  const containers = containersOf(numbers);
  const withRuns = containers.some(container => container.kind === 'runs');
  const hasOffsets = !withRuns || containers.length >= offsetsFrom;
  const flagBytes = withRuns ? (containers.length + 7) >> 3 : 4;
  const headBytes = 4 + flagBytes + containers.length * (hasOffsets ? 8 : 4);
  const bytes = new Uint8Array(containers.reduce((sum, container) => sum + container.bytes, headBytes));
  const view = new DataView(bytes.buffer);
  if (withRuns) {
    view.setUint32(0, cookieWithRuns | ((containers.length - 1) << 16), true);
    for (const [index, container] of containers.entries())
      if (container.kind === 'runs') bytes[4 + (index >> 3)]! |= 1 << (index & 7);
  } else {
    view.setUint32(0, cookieWithoutRuns, true);
    view.setUint32(4, containers.length, true);
  }
  let at = headBytes;
  for (const [index, container] of containers.entries()) {
    const description = 4 + flagBytes + index * 4;
    view.setUint16(description, container.key, true);
    view.setUint16(description + 2, container.to - container.from - 1, true);
    if (hasOffsets) view.setUint32(4 + flagBytes + containers.length * 4 + index * 4, at, true);
    writeContainer(view, at, numbers, container);
    at += container.bytes;
  }
  return bytes;
}

function containersOf(numbers: Uint32Array): readonly Container[] {
  const containers: Container[] = [];
  for (let from = 0; from < numbers.length; ) {
    const key = numbers[from]! >>> 16;
    let to = from + 1;
    let runs = 1;
    for (; to < numbers.length && numbers[to]! >>> 16 === key; to++) if (numbers[to] !== numbers[to - 1]! + 1) runs++;
    const plain = to - from <= arrayMax ? 'array' : 'bitset';
    const plainBytes = plain === 'array' ? (to - from) * 2 : bitsetBytes;
    const runBytes = 2 + runs * 4;
    const kind = runBytes < plainBytes ? 'runs' : plain;
    containers.push({ key, from, to, runs, kind, bytes: Math.min(plainBytes, runBytes) });
    from = to;
  }
  return containers;
}

function writeContainer(view: DataView, at: number, numbers: Uint32Array, { kind, from, to, runs }: Container): void {
  switch (kind) {
    case 'array':
      for (let index = from; index < to; index++) view.setUint16(at + (index - from) * 2, numbers[index]! & 0xffff, true);
      return;
    case 'bitset':
      for (let index = from; index < to; index++) {
        const low = numbers[index]! & 0xffff;
        view.setUint8(at + (low >> 3), view.getUint8(at + (low >> 3)) | (1 << (low & 7)));
      }
      return;
    case 'runs': {
      view.setUint16(at, runs, true);
      let run = at + 2;
      for (let index = from; index < to; ) {
        const start = index++;
        while (index < to && numbers[index] === numbers[index - 1]! + 1) index++;
        view.setUint16(run, numbers[start]! & 0xffff, true);
        view.setUint16(run + 2, index - start - 1, true);
        run += 4;
      }
    }
  }
}

/**
 * The numbers of a set in rising order, as unsigned numbers; undefined where the bytes are none.
 *
 * @example
 * roaringNumbers(roaringOf([3, -1])) // Uint32Array [3, 4294967295]
 */
export function roaringNumbers(bytes: Uint8Array): Uint32Array | undefined {
  try {
    return decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    // a read beyond the end
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function decode(view: DataView): Uint32Array | undefined {
  const cookie = view.getUint32(0, true);
  const withRuns = (cookie & 0xffff) === cookieWithRuns;
  if (!withRuns && cookie !== cookieWithoutRuns) return undefined;
  const count = withRuns ? (cookie >>> 16) + 1 : view.getUint32(4, true);
  if (count > 0x10000) return undefined;
  const flagBytes = withRuns ? (count + 7) >> 3 : 4;
  const hasOffsets = !withRuns || count >= offsetsFrom;
  let at = 4 + flagBytes + count * (hasOffsets ? 8 : 4);
  const numbers: number[] = [];
  for (let index = 0; index < count; index++) {
    const description = 4 + flagBytes + index * 4;
    const high = view.getUint16(description, true) * 0x10000;
    const cardinality = view.getUint16(description + 2, true) + 1;
    if (withRuns && (view.getUint8(4 + (index >> 3)) & (1 << (index & 7))) !== 0) {
      const runs = view.getUint16(at, true);
      at += 2;
      for (let run = 0; run < runs; run++, at += 4) {
        const start = view.getUint16(at, true);
        const length = view.getUint16(at + 2, true);
        for (let low = start; low <= start + length; low++) numbers.push(high + low);
      }
    } else if (cardinality <= arrayMax) {
      for (let place = 0; place < cardinality; place++, at += 2) numbers.push(high + view.getUint16(at, true));
    } else {
      for (let low = 0; low < 0x10000; low++)
        if ((view.getUint8(at + (low >> 3)) & (1 << (low & 7))) !== 0) numbers.push(high + low);
      at += bitsetBytes;
    }
  }
  return Uint32Array.from(numbers).sort();
}

/** As Flink writes it: `{1,2,4294967295}`. */
export const roaringText = (bytes: Uint8Array): string => `{${(roaringNumbers(bytes) ?? []).join(',')}}`;

/** A set of two sets: numbers for which `keeps` says so of whether they are in the left, and in the right. */
export function combineRoaring(
  left: Uint8Array,
  right: Uint8Array,
  keeps: (inLeft: boolean, inRight: boolean) => boolean,
): Uint8Array {
  const [a, b] = [roaringNumbers(left) ?? new Uint32Array(), roaringNumbers(right) ?? new Uint32Array()];
  const kept: number[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const number = j >= b.length || (i < a.length && a[i]! <= b[j]!) ? a[i]! : b[j]!;
    const [inLeft, inRight] = [a[i] === number, b[j] === number];
    if (keeps(inLeft, inRight)) kept.push(number);
    if (inLeft) i++;
    if (inRight) j++;
  }
  return roaringOf(kept);
}
