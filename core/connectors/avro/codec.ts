import { crc32, deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { snappyCompress, snappyDecompress } from './snappy.ts';

/** How a file's blocks are compressed. */
export interface AvroCodec {
  /** Nothing is compressed. */
  readonly plain?: boolean;
  readonly compress: (bytes: Uint8Array) => Uint8Array;
  /** At most `bytesMax` come out. @throws TidemillError or a zlib error when the block is damaged. */
  readonly decompress: (bytes: Uint8Array, bytesMax: number) => Uint8Array;
}

const codecs: Readonly<Record<string, AvroCodec>> = {
  null: { plain: true, compress: bytes => bytes, decompress: bytes => bytes },
  deflate: {
    compress: bytes => deflateRawSync(bytes),
    decompress: (bytes, bytesMax) => inflateRawSync(bytes, { maxOutputLength: bytesMax }),
  },
  zstandard: {
    compress: bytes => zstdCompressSync(bytes),
    decompress: (bytes, bytesMax) => zstdDecompressSync(bytes, { maxOutputLength: bytesMax }),
  },
  snappy: {
    // The block is followed by the checksum of what it holds.
    compress(bytes) {
      const block = snappyCompress(bytes);
      const whole = Buffer.alloc(block.length + 4);
      whole.set(block);
      whole.writeUInt32BE(crc32(bytes), block.length);
      return whole;
    },
    decompress(bytes, bytesMax) {
      if (bytes.length < 4) throw new TidemillError('bad-file', 'a Snappy block is damaged', { domain: 'external' });
      const found = snappyDecompress(bytes.subarray(0, bytes.length - 4), bytesMax);
      const sum = Buffer.from(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).readUInt32BE();
      if (crc32(found) !== sum)
        throw new TidemillError('bad-file', 'a Snappy block has another checksum', { domain: 'external' });
      return found;
    },
  },
};
export const avroCodecNames: readonly string[] = Object.keys(codecs);

/** @throws TidemillError `not-supported` for bzip2, xz and names nobody knows. */
export function avroCodec(name: string): AvroCodec {
  const codec = codecs[name];
  if (codec === undefined) throw notSupported(`the Avro codec '${name}'`, undefined, `There are ${avroCodecNames.join(', ')}.`);
  return codec;
}
