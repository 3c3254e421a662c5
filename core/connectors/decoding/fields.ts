import type { Column } from '../../columnar/batch.ts';
import { childTypes, type Schema, type SqlType, storageOf } from '../../columnar/types.ts';
import { notSupported } from '../../common/errors.ts';
import { fieldDescriptor as field, fieldKinds } from '../../kernels/decode.ts';
import type { Kernels } from '../../kernels/index.ts';
import type { TaskMemory } from '../../wasm/memory.ts';

/** A decoded field: its descriptor's place, name for errors, type, and what lies below it. */
export interface FieldNode {
  readonly path: string;
  readonly type: SqlType;
  readonly address: number;
  readonly children: readonly FieldNode[];
}

/**
 * Descriptors of a record's fields in a task's memory: what the kernels decode into and columns are made of. `root` is a ROW of `schema`.
 * Spare descriptors, for keys nobody asked for, lie behind the fields'.
 */
export class FieldTree {
  readonly root: FieldNode;
  readonly spareAddress: number;
  readonly spareCount = 64;
  readonly #memory: TaskMemory;
  readonly #address: number;
  readonly #bytes: number;
  readonly #byAddress = new Map<number, FieldNode>();
  #textAt: number;

  constructor(memory: TaskMemory, schema: Schema) {
    this.#memory = memory;
    const rowType: SqlType = { kind: 'ROW', fields: schema, nullable: false };
    const count = countFields(rowType);
    const names = longNames(rowType).reduce((sum, name) => sum + Buffer.byteLength(name) + 16, 0);
    this.#bytes = (count + this.spareCount) * field.sizeBytes + names;
    this.#address = memory.allocateSegment(this.#bytes);
    memory.u8.fill(0, this.#address, this.#address + this.#bytes);
    this.spareAddress = this.#address + count * field.sizeBytes;
    this.#textAt = this.spareAddress + this.spareCount * field.sizeBytes;
    const next = { address: this.#address + field.sizeBytes };
    this.root = this.#place(this.#address, '', rowType, next);
  }

  /** The field that a kernel names by its descriptor. */
  at(address: number): FieldNode | undefined {
    return this.#byAddress.get(address);
  }

  /** Columns over what was decoded last: valid as long as the arena and the text are. */
  columns(): Column[] {
    return this.root.children.map(child => this.#column(child));
  }

  close(): void {
    this.#memory.freeSegment(this.#address, this.#bytes);
  }

  #column(node: FieldNode): Column {
    const words = this.#memory.u32;
    const at = node.address >> 2;
    const validity = words[at + (field.nulls >> 2)] === 0 ? 0 : words[at + (field.validity >> 2)]!;
    const data = words[at + (field.data >> 2)]!;
    if (node.children.length === 0) return { type: node.type, validity, data };
    return { type: node.type, validity, data, children: node.children.map(child => this.#column(child)) };
  }

  #place(address: number, path: string, type: SqlType, next: { address: number }): FieldNode {
    const words = this.#memory.u32;
    const set = (offset: number, value: number): void => {
      words[(address + offset) >> 2] = value;
    };
    set(field.kind, fieldKindOf(type));
    set(field.nullable, type.nullable ? 1 : 0);
    if (type.kind === 'DECIMAL') {
      set(field.precision, type.precision);
      set(field.scale, type.scale);
    } else if (type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ') set(field.precision, type.precision);
    const below = childTypes(type);
    const first = next.address;
    next.address += below.length * field.sizeBytes;
    set(field.children, below.length === 0 ? 0 : first);
    set(field.childCount, below.length);
    const children = below.map((child, index) => {
      const name = type.kind === 'ROW' ? type.fields[index]!.name : (elementNames[type.kind]?.[index] ?? '');
      const at = first + index * field.sizeBytes;
      if (type.kind === 'ROW') this.#name(at, name);
      return this.#place(at, path === '' ? name : `${path}.${name}`, child, next);
    });
    const node: FieldNode = { path, type, address, children };
    this.#byAddress.set(address, node);
    return node;
  }

  #name(address: number, name: string): void {
    const { u8, u32 } = this.#memory;
    const bytes = Buffer.from(name);
    if (hasLiteral(name)) {
      u32[(address + field.literalLength) >> 2] = bytes.length + 3;
      u8.set(Buffer.from(`"${name}":`), address + field.literal);
      return;
    }
    u32[(address + field.literal) >> 2] = this.#textAt;
    u32[(address + field.literal + 4) >> 2] = bytes.length;
    u8.set(bytes, this.#textAt);
    this.#textAt += bytes.length;
  }
}

const elementNames: Readonly<Record<string, readonly string[]>> = {
  ARRAY: ['element'],
  MAP: ['key', 'value'],
  MULTISET: ['element', 'count'],
};

/** A name that stands in JSON as it is, and is short enough. */
function hasLiteral(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
  return Buffer.byteLength(name) + 3 <= field.literalBytesMax && !/["\\\u0000-\u001f]/.test(name);
}
function longNames(type: SqlType): string[] {
  const own = type.kind === 'ROW' ? type.fields.map(child => child.name).filter(name => !hasLiteral(name)) : [];
  return [...own, ...childTypes(type).flatMap(longNames)];
}
function countFields(type: SqlType): number {
  return childTypes(type).reduce((sum, child) => sum + countFields(child), 1);
}

/** The kernels' name of a type. */
export function fieldKindOf(type: SqlType): number {
  switch (type.kind) {
    case 'BOOLEAN':
      return fieldKinds.boolean;
    case 'TINYINT':
      return fieldKinds.i8;
    case 'SMALLINT':
      return fieldKinds.i16;
    case 'INT':
    case 'INTERVAL_YEAR_MONTH':
      return fieldKinds.i32;
    case 'BIGINT':
    case 'INTERVAL_DAY_TIME':
      return fieldKinds.i64;
    case 'FLOAT':
      return fieldKinds.f32;
    case 'DOUBLE':
      return fieldKinds.f64;
    case 'DECIMAL':
      return storageOf(type) === 'i64' ? fieldKinds.decimal64 : fieldKinds.decimal128;
    case 'CHAR':
    case 'VARCHAR':
      return fieldKinds.text;
    case 'BINARY':
    case 'VARBINARY':
      return fieldKinds.bytes;
    case 'DATE':
      return fieldKinds.date;
    case 'TIME':
      return fieldKinds.time;
    case 'TIMESTAMP':
      return fieldKinds.timestamp;
    case 'TIMESTAMP_LTZ':
      return fieldKinds.timestampLtz;
    case 'ARRAY':
      return fieldKinds.array;
    case 'MAP':
      return fieldKinds.map;
    case 'MULTISET':
      return fieldKinds.multiset;
    case 'ROW':
      return fieldKinds.row;
    case 'NULL':
    case 'BITMAP':
      throw notSupported(`reading a column of type ${type.kind} from a file`);
  }
}

let powers: BigUint64Array | undefined;

/** Fills in, once per memory, what the kernels make doubles with. */
const prepared = new WeakSet<TaskMemory>();
export function prepareDecoding(memory: TaskMemory, kernels: Kernels): void {
  if (prepared.has(memory)) return;
  prepared.add(memory);
  powers ??= powersOfFive();
  new BigUint64Array(memory.memory.buffer, kernels.decode_powers() >>> 0, powers.length).set(powers);
}

/** 5^q for q from −342 to 308 as 128-bit significands, high word first. Source: Lemire, "Number parsing at a gigabyte per second". */
function powersOfFive(): BigUint64Array {
  const table = new BigUint64Array(651 * 2);
  const limit = 1n << 128n;
  for (let q = -342; q <= 308; q++) {
    const power = 5n ** BigInt(Math.abs(q));
    const bits = BigInt(power.toString(2).length);
    let significand: bigint;
    if (q >= 0) significand = bits <= 128n ? power << (128n - bits) : power >> (bits - 128n);
    else {
      const exact = 1n << (bits - 1n) === power ? bits - 1n : bits;
      significand = (1n << (q >= -27 ? exact + 127n : 2n * exact + 128n)) / power + 1n;
      while (significand >= limit) significand >>= 1n;
    }
    table[(q + 342) * 2] = significand >> 64n;
    table[(q + 342) * 2 + 1] = significand & ((1n << 64n) - 1n);
  }
  return table;
}
