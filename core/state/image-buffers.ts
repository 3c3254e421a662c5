import { limits } from '../common/limits.ts';

/**
 * Memory for a task's images, which threads share. What a checkpoint used is used again by a later one: pages that the system has to hand out first cost
 * several times as much as the copy.
 */
export class ImageBuffers {
  #free: SharedArrayBuffer[] = [];
  #taken: SharedArrayBuffer[] = [];

  take(bytes: number): Uint8Array<ArrayBuffer | SharedArrayBuffer> {
    if (bytes < limits.sharedImageBytesMin) return new Uint8Array(bytes);
    const at = this.#free.findIndex(buffer => buffer.byteLength >= bytes && buffer.byteLength <= 2 * bytes);
    const [found] = at < 0 ? [] : this.#free.splice(at, 1);
    const buffer = found ?? new SharedArrayBuffer((bytes + 0xffff) & ~0xffff);
    this.#taken.push(buffer);
    return new Uint8Array(buffer, 0, bytes);
  }

  /** Nobody reads what was taken any more. */
  recycle(): void {
    let bytes = 0;
    this.#free = [...this.#taken, ...this.#free].filter(buffer => (bytes += buffer.byteLength) <= limits.snapshotBufferBytesMax);
    this.#taken = [];
  }

  /** Somebody may still read what was taken. */
  forget(): void {
    this.#taken = [];
  }
}
