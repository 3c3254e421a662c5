import type { Batch, Column } from '../columnar/batch.ts';
import { childTypes, type Schema, type SqlType, storageBytes, storageOf } from '../columnar/types.ts';
import { limits } from '../common/limits.ts';
import type { Kernels } from '../kernels/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';

/** Header words (u32) of a buffer; then two words per column in preorder: offsets of its validity (0: no NULLs) and data. */
export const bufferHeader = { rows: 0, weights: 1, watermarks: 2, heap: 3, heapBytes: 4, columns: 5 } as const;

const align = (bytes: number): number => (bytes + 63) & ~63;
const heapBytesInitial = 16384;

interface Node {
  readonly type: SqlType;
  readonly width: number;
  /** Of its two header words. */
  readonly word: number;
  /** Reserved from the start for columns with a value per row; 0 for what lies below lists, which is placed when it is appended. */
  readonly validity: number;
  readonly data: number;
  readonly children: readonly Node[];
  hasNulls: boolean;
}

/** Places of a schema's columns in a buffer, the same for every buffer of a channel. */
export class BufferLayout {
  readonly rowsMax: number;
  readonly fixedBytes: number;
  readonly weights: number;
  readonly watermarks: number;
  readonly hasLists: boolean;
  readonly hasHeap: boolean;
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
    const rowBytes = schema.reduce((sum, field) => sum + fixedRowBytes(field.type), 9);
    const most = Math.floor((limits.channelBufferBytesMax - 4096) / rowBytes);
    this.rowsMax = Math.max(64, Math.min(limits.channelRowsMax, most & ~63));
    const probe = this.#place();
    this.fixedBytes = probe.end;
    this.weights = probe.weights;
    this.watermarks = probe.watermarks;
    this.hasLists = schema.some(field => holds(field.type, 'list'));
    this.hasHeap = this.hasLists || schema.some(field => holds(field.type, 'view'));
  }

  columns(): Node[] {
    return this.#place().nodes;
  }

  #place() {
    let word: number = bufferHeader.columns;
    const count = (type: SqlType): number => 1 + childTypes(type).reduce((sum, child) => sum + count(child), 0);
    let end = align(4 * (word + 2 * this.#schema.reduce((sum, field) => sum + count(field.type), 0)));
    const take = (bytes: number): number => {
      const offset = end;
      end = align(end + bytes);
      return offset;
    };
    const rows = this.rowsMax;
    const weights = take(rows);
    const watermarks = take(8 * rows);
    const nodeOf = (type: SqlType, perRow: boolean): Node => {
      const storage = storageOf(type);
      const width = storageBytes(storage);
      const ownWord = word;
      word += 2;
      const validity = perRow && type.nullable ? take(rows / 8 + 8) : 0;
      const data = perRow && width > 0 ? take(width * (rows + 1)) : 0;
      const children = childTypes(type).map(child => nodeOf(child, perRow && storage === 'struct'));
      return { type, width, word: ownWord, validity, data, children, hasNulls: false };
    };
    const nodes = this.#schema.map(field => nodeOf(field.type, true));
    return { nodes, weights, watermarks, end };
  }
}

/**
 * Rows of one channel, gathered until there are enough to send: columns of reserved places, and a heap at the end for long strings and the
 * elements of lists. All places in it are relative to its start, so it can be moved when the heap grows, and copied to another memory.
 */
export class GatherBuffer {
  readonly #memory: TaskMemory;
  readonly #kernels: Kernels;
  readonly #layout: BufferLayout;
  readonly #columns: Node[];
  #bytes: number;
  #heapUsed = 0;
  #weights = false;
  #watermarks = false;
  address: number;
  rows = 0;

  constructor(memory: TaskMemory, kernels: Kernels, layout: BufferLayout) {
    this.#memory = memory;
    this.#kernels = kernels;
    this.#layout = layout;
    this.#columns = layout.columns();
    this.#bytes = layout.fixedBytes + (layout.hasHeap ? heapBytesInitial : 0);
    this.address = memory.allocateSegment(this.#bytes);
  }

  get usedBytes(): number {
    return this.#layout.fixedBytes + this.#heapUsed;
  }

  /** How many of `wanted` more rows fit; lists lie in one piece, so they only fit into an empty buffer. */
  roomFor(wanted: number): number {
    if (this.rows > 0 && this.#layout.hasLists) return 0;
    return Math.min(wanted, this.#layout.rowsMax - this.rows);
  }

  /** Appends `count` rows; `index`: address of their numbers, or 0 for rows 0 to count − 1. Ask {@link roomFor} first. */
  append(batch: Batch, index: number, count: number): void {
    this.#appendWeights(batch, index, count);
    this.#appendWatermarks(batch, index, count);
    for (const [position, node] of this.#columns.entries()) this.#append(node, batch.columns[position]!, index, count, this.rows);
    this.rows += count;
  }

  /** Writes the header; the buffer is then read-only until {@link reset}. */
  seal(): void {
    const words = this.#memory.u32;
    const at = this.address >> 2;
    words[at + bufferHeader.rows] = this.rows;
    words[at + bufferHeader.weights] = this.#weights ? this.#layout.weights : 0;
    words[at + bufferHeader.watermarks] = this.#watermarks ? this.#layout.watermarks : 0;
    words[at + bufferHeader.heap] = this.#layout.fixedBytes;
    words[at + bufferHeader.heapBytes] = this.#heapUsed;
    const write = (node: Node): void => {
      // below lists the places were written when the elements were
      if (node.data !== 0 || node.validity !== 0 || node.width === 0) {
        words[at + node.word] = node.hasNulls ? node.validity : 0;
        words[at + node.word + 1] = node.data;
      }
      if (storageOf(node.type) === 'struct') for (const child of node.children) write(child);
    };
    for (const node of this.#columns) write(node);
  }

  reset(): void {
    this.rows = 0;
    this.#heapUsed = 0;
    this.#weights = false;
    this.#watermarks = false;
    const clear = (node: Node): void => {
      node.hasNulls = false;
      for (const child of node.children) clear(child);
    };
    for (const node of this.#columns) clear(node);
  }

  close(): void {
    this.#memory.freeSegment(this.address, this.#bytes);
  }

  #appendWeights(batch: Batch, index: number, count: number): void {
    if (batch.weights === 0 && !this.#weights) return;
    const start = this.address + this.#layout.weights;
    if (!this.#weights) this.#memory.i8.fill(1, start, start + this.rows);
    this.#weights = true;
    if (batch.weights === 0) this.#memory.i8.fill(1, start + this.rows, start + this.rows + count);
    else this.#values(1, batch.weights, start + this.rows, index, count);
  }

  #appendWatermarks(batch: Batch, index: number, count: number): void {
    if (batch.watermarkBefore === 0 && !this.#watermarks) return;
    const start = this.address + this.#layout.watermarks;
    // without the column no row is behind its watermark, and none is behind the least there is
    const never = (row: number, rows: number) => this.#kernels.fill_64(rows, -(1n << 63n), start + 8 * row);
    if (!this.#watermarks) never(0, this.rows);
    this.#watermarks = true;
    if (batch.watermarkBefore === 0) never(this.rows, count);
    else this.#values(8, batch.watermarkBefore, start + 8 * this.rows, index, count);
  }

  #append(node: Node, column: Column, index: number, count: number, row: number): void {
    if (node.validity !== 0 && (column.validity !== 0 || node.hasNulls)) {
      const bits = this.address + node.validity;
      if (!node.hasNulls) this.#kernels.append_bits(row, 0, 0, bits, 0);
      node.hasNulls = true;
      this.#kernels.append_bits(count, index, column.validity, bits, row);
    }
    switch (storageOf(node.type)) {
      case 'view': {
        this.#reserveHeap(this.#kernels.long_view_bytes(count, index, column.data) >>> 0);
        const views = this.address + node.data + 16 * row;
        const heap = this.address + this.#layout.fixedBytes;
        this.#heapUsed = this.#kernels.append_views(count, index, column.data, views, heap, this.#heapUsed) >>> 0;
        break;
      }
      case 'struct':
        for (const [position, child] of node.children.entries()) {
          this.#append(child, column.children![position]!, index, count, row);
        }
        break;
      case 'list': {
        const elements = this.#kernels.append_offsets(count, index, column.data, this.address + node.data) >>> 0;
        this.#appendElements(node, column, index, count, elements);
        break;
      }
      default:
        this.#values(node.width, column.data, this.address + node.data + node.width * row, index, count);
    }
  }

  /** Elements of a list's rows into the heap, each child in a piece of its own. */
  #appendElements(node: Node, column: Column, index: number, count: number, elements: number): void {
    const numbers = this.#memory.arena.allocate(4 * elements);
    this.#kernels.list_elements(count, index, column.data, numbers);
    for (const [position, child] of node.children.entries())
      this.#appendInHeap(child, column.children![position]!, numbers, elements);
  }

  #appendInHeap(node: Node, column: Column, index: number, count: number): void {
    const storage = storageOf(node.type);
    let validity = 0;
    if (column.validity !== 0) {
      validity = this.#takeHeap((count >> 3) + 8);
      this.#kernels.append_bits(count, index, column.validity, this.address + validity, 0);
    }
    const data = node.width === 0 ? 0 : this.#takeHeap(node.width * (count + 1));
    const words = this.address >> 2;
    this.#memory.u32[words + node.word] = validity;
    this.#memory.u32[words + node.word + 1] = data;
    if (storage === 'view') {
      this.#reserveHeap(this.#kernels.long_view_bytes(count, index, column.data) >>> 0);
      const heap = this.address + this.#layout.fixedBytes;
      this.#heapUsed = this.#kernels.append_views(count, index, column.data, this.address + data, heap, this.#heapUsed) >>> 0;
    } else if (storage === 'struct') {
      for (const [position, child] of node.children.entries())
        this.#appendInHeap(child, column.children![position]!, index, count);
    } else if (storage === 'list') {
      const elements = this.#kernels.append_offsets(count, index, column.data, this.address + data) >>> 0;
      this.#appendElements(node, column, index, count, elements);
    } else this.#values(node.width, column.data, this.address + data, index, count);
  }

  #values(width: number, source: number, target: number, index: number, count: number): void {
    const kernels = this.#kernels;
    if (index === 0) kernels.copy_bytes(source, target, width * count);
    else if (width === 1) kernels.gather_8(count, index, source, target);
    else if (width === 2) kernels.gather_16(count, index, source, target);
    else if (width === 4) kernels.gather_32(count, index, source, target);
    else if (width === 8) kernels.gather_64(count, index, source, target);
    else kernels.gather_128(count, index, source, target);
  }

  /** An offset of `bytes` in the heap, 16-aligned. */
  #takeHeap(bytes: number): number {
    this.#heapUsed = (this.#heapUsed + 15) & ~15;
    this.#reserveHeap(bytes);
    const offset = this.#layout.fixedBytes + this.#heapUsed;
    this.#heapUsed += bytes;
    return offset;
  }

  #reserveHeap(bytes: number): void {
    // 16 more, because a copy of whole vectors may reach past the last value
    const needed = this.#layout.fixedBytes + this.#heapUsed + bytes + 16;
    if (needed <= this.#bytes) return;
    const size = Math.max(needed, 2 * this.#bytes);
    const moved = this.#memory.allocateSegment(size);
    this.#kernels.copy_bytes(this.address, moved, this.usedBytes);
    this.#memory.freeSegment(this.address, this.#bytes);
    this.address = moved;
    this.#bytes = size;
  }
}

function fixedRowBytes(type: SqlType): number {
  const storage = storageOf(type);
  const own = storageBytes(storage) + 1 / 8;
  return storage === 'struct' ? own + childTypes(type).reduce((sum, child) => sum + fixedRowBytes(child), 0) : own;
}

function holds(type: SqlType, storage: 'list' | 'view'): boolean {
  return storageOf(type) === storage || childTypes(type).some(child => holds(child, storage));
}
