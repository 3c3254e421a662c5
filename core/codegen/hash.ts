import type { KeyLayout } from '../columnar/key-layout.ts';
import { notSupported } from '../common/errors.ts';
import type { FunctionBuilder, FunctionReference, Local } from '../wasm/encoder/index.ts';

/** Version of the key hash; key groups of saved state depend on it. */
export const keyHashVersion = 1;
const k1 = 0x9e3779b97f4a7c15n;
const k2 = 0xc2b2ae3d27d4eb4fn;
const mask64 = (1n << 64n) - 1n;

/** Words of a key row and which of them start a view, as kernels take them. At most 64 words. */
export function keyWords(layout: KeyLayout): { readonly words: number; readonly views: bigint } {
  const words = layout.strideBytes / 8;
  if (words > 64) throw notSupported(`a key of ${words} words (at most 64: two per string, one per number)`);
  let views = 0n;
  for (const field of layout.fields) if (field.form === 'view') views |= 1n << BigInt(field.offsetBytes / 8);
  return { words, views };
}

/** Emits `hash = round(hash, word)` for the i64 on the stack; clobbers `scratch`. */
export function emitHashRound(f: FunctionBuilder, hash: Local, scratch: Local): void {
  f.get(hash).i64.const(31).i64.rotl().i64.xor().tee(scratch);
  f.get(scratch).i64.const(32).i64.shrU().i64.xor().i64.const(BigInt.asIntN(64, k1)).i64.mul().set(hash);
}

/** Leaves the finished u32 of `hash` on the stack. */
export function emitHashFinish(f: FunctionBuilder, hash: Local): void {
  f.get(hash).get(hash).i64.const(32).i64.shrU().i64.xor();
  f.i64.const(BigInt.asIntN(64, k2)).i64.mul().i64.const(32).i64.shrU().i32.wrapI64();
}

/** Emits the two rounds of the view whose words are in two locals. */
export function emitHashView(
  f: FunctionBuilder,
  hash: Local,
  scratch: Local,
  low: Local,
  high: Local,
  hashBytes: FunctionReference,
): void {
  f.get(low);
  emitHashRound(f, hash, scratch);
  f.get(low).i32.wrapI64().i32.const(12).i32.gtU();
  f.if(
    'i64',
    () => {
      f.get(high).i32.wrapI64().get(low).i32.wrapI64().call(hashBytes);
    },
    () => {
      f.get(high);
    },
  );
  emitHashRound(f, hash, scratch);
}

/** The slow, plain oracle: the hash of words; a long string's second word is {@link hashBytesReference} of its bytes. */
export function hashWordsReference(words: readonly bigint[]): number {
  let hash = 0n;
  for (const word of words) {
    const mixed = (((hash << 31n) | (hash >> 33n)) & mask64) ^ (word & mask64);
    hash = ((mixed ^ (mixed >> 32n)) * k1) & mask64;
  }
  return Number((((hash ^ (hash >> 32n)) * k2) & mask64) >> 32n);
}

export function hashBytesReference(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hash = (BigInt(bytes.length) * k2) & mask64;
  const round = (offset: number): void => {
    hash = (((((hash << 29n) | (hash >> 35n)) & mask64) ^ view.getBigUint64(offset, true)) * k1) & mask64;
    hash ^= hash >> 32n;
  };
  for (let offset = 0; offset < bytes.length - 8; offset += 8) round(offset);
  round(bytes.length - 8);
  return hash;
}
