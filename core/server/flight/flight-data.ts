import type { ArrowMessage } from '../../columnar/arrow-message.ts';
import { varintBytes } from './protobuf.ts';

/** What gRPC asks of a serialized message: how long it is, and to be copied behind its own five bytes. */
interface Copied {
  readonly byteLength: number;
  copy(target: Uint8Array, at: number): number;
}

const headerTag = Uint8Array.of((2 << 3) | 2);
const appMetadataTag = Uint8Array.of((3 << 3) | 2);
const bodyTag = varintBytes((1000 << 3) | 2);

/** What gRPC puts before a message: whether it is compressed, and its length. */
const frameBytes = 5;
const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0);

/**
 * A FlightData whose body goes from where it lies into gRPC's buffer in one copy. It poses as the Buffer that gRPC copies from: made when it is
 * written, on the same turn, so that a batch in task memory is still there.
 */
export function flightData(message: ArrowMessage, appMetadata?: Uint8Array): Buffer {
  const before = appMetadata === undefined ? [] : [appMetadataTag, varintBytes(appMetadata.length), appMetadata];
  // an empty body is a body too: readers look for it
  before.push(bodyTag, varintBytes(message.bodyBytes));
  const beforeBytes = sizeOf(before);
  // zeros behind the flatbuffer, so that the body begins where words do: task memory is copied byte by byte to other places
  let zeros = 0;
  const lead = (): Uint8Array[] => [headerTag, varintBytes(message.header.length + zeros), message.header, new Uint8Array(zeros)];
  while (((frameBytes + sizeOf(lead()) + beforeBytes) & 7) !== 0) zeros++;
  const parts = [...lead(), ...before];
  const prefixBytes = sizeOf(parts);
  const copied: Copied = {
    byteLength: prefixBytes + message.bodyBytes,
    copy(target, at) {
      let place = at;
      for (const part of parts) {
        target.set(part, place);
        place += part.length;
      }
      message.writeBody(target, place);
      return prefixBytes + message.bodyBytes;
    },
  };
  return copied as unknown as Buffer;
}

/** The first message of a stream: its schema. */
export function schemaData(header: Uint8Array, appMetadata?: Uint8Array): Buffer {
  return flightData({ header, bodyBytes: 0, writeBody: () => undefined }, appMetadata);
}

/** A message without rows. */
export function metadataData(appMetadata: Uint8Array): Buffer {
  return Buffer.concat([appMetadataTag, varintBytes(appMetadata.length), appMetadata]);
}
