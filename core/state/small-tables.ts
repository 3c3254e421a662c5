import { internalError } from '../common/errors.ts';
import type { RecordMerge, ShardImage, StateTable, TableSpec } from './contract.ts';
import { allKeyGroups } from './key-groups.ts';

/** Numbers as they are: small tables are always written whole. */
function smallImage(rows: number, values: Float64Array): ShardImage {
  const bytes = new Uint8Array(values.slice().buffer);
  return { origin: 0, checkpointId: 0, keyGroups: allKeyGroups, rows, bytes };
}

/** The numbers of the last image of each origin. */
function latestOf(images: readonly ShardImage[]): Float64Array[] {
  const latest = new Map<number, ShardImage>();
  for (const image of images) {
    const known = latest.get(image.origin);
    if (known === undefined || known.checkpointId < image.checkpointId) latest.set(image.origin, image);
  }
  return [...latest].sort(([a], [b]) => a - b).map(([, image]) => new Float64Array(image.bytes.slice().buffer));
}

function merged(merge: RecordMerge, left: number, right: number): number {
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) ? right : left;
  switch (merge) {
    case 'greatest':
      return Math.max(left, right);
    case 'least':
      return Math.min(left, right);
    case 'sum':
      return left + right;
  }
}

/** A few named numbers: i64 as far as a double is exact (milliseconds are), f64. Fields start at NaN: never set. */
export class RecordTable implements StateTable {
  readonly spec: Extract<TableSpec, { kind: 'record' }>;
  readonly #values: Float64Array<ArrayBuffer>;

  constructor(spec: Extract<TableSpec, { kind: 'record' }>) {
    this.spec = spec;
    this.#values = new Float64Array(spec.fields.length).fill(Number.NaN);
  }

  get(field: string): number | undefined {
    const value = this.#values[this.#index(field)]!;
    return Number.isNaN(value) ? undefined : value;
  }
  set(field: string, value: number): void {
    this.#values[this.#index(field)] = value;
  }

  sizeBytes(): number {
    return this.#values.byteLength;
  }
  rowCount(): number {
    return 1;
  }
  stores(): undefined {
    return undefined;
  }
  snapshot(): readonly ShardImage[] {
    return [smallImage(1, this.#values)];
  }
  restore(images: readonly ShardImage[]): void {
    for (const values of latestOf(images)) {
      for (const [index, field] of this.spec.fields.entries()) {
        const merge = this.spec.merge?.[field] ?? 'greatest';
        this.#values[index] = merged(merge, this.#values[index]!, values[index] ?? Number.NaN);
      }
    }
  }
  close(): void {
    this.#values.fill(Number.NaN);
  }

  #index(field: string): number {
    const index = this.spec.fields.indexOf(field);
    if (index < 0) throw internalError(`record ${this.spec.name} has no field ${field}`);
    return index;
  }
}

export interface Timer {
  readonly timeMs: number;
  readonly key: number;
}

/** Timers in order of (time, key), each once. */
export class TimerTable implements StateTable {
  readonly spec: Extract<TableSpec, { kind: 'timers' }>;
  /** A binary heap. */
  #timers: Timer[] = [];
  readonly #present = new Set<string>();

  constructor(spec: Extract<TableSpec, { kind: 'timers' }>) {
    this.spec = spec;
  }

  add(timeMs: number, key = 0): void {
    const name = `${timeMs}/${key}`;
    if (this.#present.has(name)) return;
    this.#present.add(name);
    const heap = this.#timers;
    let index = heap.push({ timeMs, key }) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (before(heap[parent]!, heap[index]!)) break;
      [heap[parent], heap[index]] = [heap[index]!, heap[parent]!];
      index = parent;
    }
  }

  /** The earliest, if any. */
  next(): Timer | undefined {
    return this.#timers[0];
  }

  /** Takes the earliest out when it is due. */
  takeDue(nowMs: number): Timer | undefined {
    const first = this.#timers[0];
    if (first === undefined || first.timeMs > nowMs) return undefined;
    this.#present.delete(`${first.timeMs}/${first.key}`);
    const heap = this.#timers;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      if (left >= heap.length) break;
      const child = left + 1 < heap.length && before(heap[left + 1]!, heap[left]!) ? left + 1 : left;
      if (before(heap[index]!, heap[child]!)) break;
      [heap[child], heap[index]] = [heap[index]!, heap[child]!];
      index = child;
    }
    return first;
  }

  sizeBytes(): number {
    return this.#timers.length * 16;
  }
  rowCount(): number {
    return this.#timers.length;
  }
  stores(): undefined {
    return undefined;
  }
  snapshot(): readonly ShardImage[] {
    const sorted = [...this.#timers].sort((a, b) => a.timeMs - b.timeMs || a.key - b.key);
    return [smallImage(sorted.length, Float64Array.from(sorted.flatMap(timer => [timer.timeMs, timer.key])))];
  }
  restore(images: readonly ShardImage[]): void {
    for (const values of latestOf(images))
      for (let index = 0; index < values.length; index += 2) this.add(values[index]!, values[index + 1]!);
  }
  close(): void {
    this.#timers = [];
    this.#present.clear();
  }
}

const before = (left: Timer, right: Timer): boolean =>
  left.timeMs < right.timeMs || (left.timeMs === right.timeMs && left.key <= right.key);
