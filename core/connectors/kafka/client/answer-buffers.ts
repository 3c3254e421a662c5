import { limits } from '../../../common/limits.ts';

const free = new Map<number, Buffer[]>();
const lent = new WeakMap<ArrayBufferLike, Buffer>();
let keptBytes = 0;

/** A buffer of at least so many bytes, for an answer or a record batch: one that was given back, where there is one, because new memory is slower than what is warm. */
export function borrowBuffer(bytes: number): Buffer {
  if (bytes < limits.kafkaAnswerBytesMin) return Buffer.allocUnsafeSlow(bytes);
  const sizeBytes = 2 ** Math.ceil(Math.log2(bytes));
  const waiting = free.get(sizeBytes)?.pop();
  if (waiting !== undefined) keptBytes -= sizeBytes;
  const buffer = waiting ?? Buffer.allocUnsafeSlow(sizeBytes);
  lent.set(buffer.buffer, buffer);
  return buffer;
}

/** Gives back the buffer that a part belongs to: nothing may read it any more. Others than borrowed ones are left alone. */
export function returnBuffer(part: Buffer): void {
  const buffer = lent.get(part.buffer);
  if (buffer === undefined || keptBytes + buffer.length > limits.kafkaAnswerBytesKept) return;
  lent.delete(part.buffer);
  keptBytes += buffer.length;
  const list = free.get(buffer.length);
  if (list === undefined) free.set(buffer.length, [buffer]);
  else list.push(buffer);
}
