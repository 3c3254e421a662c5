import { storageBytes, storageOf } from '../columnar/types.ts';
import { limits } from '../common/limits.ts';
import { guarded } from '../wasm/guards.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { type ComponentColumn, fromComponent } from './component-columns.ts';
import { badComponentResult } from './component-rows.ts';
import type { GuestRoom, StatePayload, StateRecords } from './process-states.ts';
import { isText } from './signature.ts';
import { recordBytes, slotOffsets } from './table-signature.ts';
import type { TextKernels } from './text-check.ts';

/** A field of a state: where it is in the records of a partition. */
interface FieldPlace {
  readonly field: StatePayload['states'][number]['state']['columns'][number];
  /** Of the record, among those of the partition's states; of the slot in the record; and the field's number. */
  readonly record: number;
  readonly slot: number;
  readonly number: number;
}

/** Records of partitions side by side, and their text, outside of any module. */
class Image implements GuestRoom {
  #bytes = new Uint8Array(4096);
  #end = 0;

  get buffer(): ArrayBuffer {
    return this.#bytes.buffer;
  }
  /** Begins anew, with so many bytes in front of the text. */
  reset(bytes: number): void {
    this.#end = 0;
    this.room(bytes);
  }
  /** Room that stays until the image begins anew. */
  room(bytes: number): number {
    const at = this.#end;
    this.#end += (bytes + 7) & ~7;
    if (this.#end > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#end);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}

/**
 * States of a process table function as columns, a row a partition, on their way between the engine's rows and a component.
 *
 * @example
 * const columns = states.load(payloads, isExpired);
 * states.take(answer.states, payloads.length);
 * states.store(0, payloads[0], nowMs, heap);
 */
export class ComponentStates {
  readonly #name: string;
  readonly #records: StateRecords;
  readonly #memory: TaskMemory;
  readonly #kernels: TextKernels;
  readonly #fields: readonly FieldPlace[];
  readonly #stride: number;
  readonly #image = new Image();

  constructor(functionName: string, payload: StatePayload, records: StateRecords, memory: TaskMemory, kernels: TextKernels) {
    this.#name = functionName;
    this.#records = records;
    this.#memory = memory;
    this.#kernels = kernels;
    let record = 0;
    this.#fields = payload.states.flatMap(({ state: { columns } }) => {
      const at = record;
      record += recordBytes(columns);
      return slotOffsets(columns).map((slot, number) => ({ field: columns[number]!, record: at, slot, number }));
    });
    this.#stride = record;
  }

  /** The states at these payloads; those that `isExpired` begin anew. */
  load(payloads: readonly number[], isExpired: (state: number, writtenMs: number) => boolean): readonly ComponentColumn[] {
    this.#image.reset(payloads.length * this.#stride);
    for (const [index, payload] of payloads.entries()) this.#records.load(payload, this.#image, index * this.#stride, isExpired);
    const bytes = new Uint8Array(this.#image.buffer);
    return this.#fields.map(place => this.#columnOf(place, bytes, payloads.length));
  }

  #columnOf({ field, record, slot, number }: FieldPlace, bytes: Uint8Array, count: number): ComponentColumn {
    const words = new DataView(bytes.buffer);
    const validity = new Uint8Array(field.type.nullable ? (count + 7) >>> 3 : 0);
    const text = isText(field.type);
    const size = text ? 4 : storageBytes(storageOf(field.type));
    const data = new Uint8Array(size * (text ? count + 1 : count));
    const ends = new DataView(data.buffer);
    const parts: Uint8Array[] = [];
    let end = 0;
    for (let index = 0; index < count; index++) {
      const base = index * this.#stride + record;
      const isNull = validity.length > 0 && (bytes[base + (number >>> 3)]! & (1 << (number & 7))) !== 0;
      if (!isNull && validity.length > 0) validity[index >>> 3]! |= 1 << (index & 7);
      if (text) {
        const length = isNull ? 0 : words.getUint32(base + slot + 4, true);
        const address = words.getUint32(base + slot, true);
        if (length > 0) parts.push(bytes.subarray(address, address + length));
        end += length;
        ends.setInt32(4 * index + 4, end, true);
      } else if (!isNull) data.set(bytes.subarray(base + slot, base + slot + size), index * size);
    }
    const joined = new Uint8Array(end);
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return { validity, data, text: joined };
  }

  /** Takes the states of so many partitions from a component. @throws TidemillError `udf-result` where they do not fit their types. */
  take(given: readonly ComponentColumn[], count: number): void {
    if (guarded('component-columns') && given.length !== this.#fields.length)
      throw badComponentResult(this.#name, `returned ${given.length} columns of states, not ${this.#fields.length}`);
    const { arena } = this.#memory;
    const mark = arena.mark();
    const stride = this.#stride;
    this.#image.reset(count * stride);
    new Uint8Array(this.#image.buffer).fill(0, 0, count * stride);
    const rows = Int32Array.from({ length: count }, (_, index) => index);
    for (const [index, place] of this.#fields.entries()) {
      const { type } = place.field;
      const nullable = type.nullable;
      const bitmap = ((count + 63) >>> 6) * 8;
      const validity = nullable ? arena.allocate(bitmap) : 0;
      if (nullable) this.#memory.u8.fill(255, validity, validity + bitmap);
      const data = arena.allocateZeroed(Math.max(count * storageBytes(storageOf(type)), 8));
      const wrong = fromComponent(this.#memory, this.#kernels, type, given[index]!, rows, count, { data, validity });
      if (wrong !== undefined) throw badComponentResult(this.#name, `${wrong} (of its states)`);
      this.#fill(place, data, validity, count);
    }
    arena.release(mark);
  }

  #fill({ field, record, slot, number }: FieldPlace, data: number, validity: number, count: number): void {
    const { u8 } = this.#memory;
    const storage = storageOf(field.type);
    const size = storageBytes(storage);
    for (let index = 0; index < count; index++) {
      const base = index * this.#stride + record;
      const bytes = new Uint8Array(this.#image.buffer);
      const isNull = validity !== 0 && (u8[validity + (index >>> 3)]! & (1 << (index & 7))) === 0;
      if (isNull) bytes[base + (number >>> 3)]! |= 1 << (number & 7);
      else if (isText(field.type)) this.#fillText(base + slot, data + 16 * index);
      else {
        const from = data + index * size;
        bytes.set(u8.subarray(from, from + size), base + slot);
        // integers of a record have 32 bits at least
        const signed = (storage === 'i8' && field.type.kind !== 'BOOLEAN') || storage === 'i16';
        if (signed && u8[from + size - 1]! >= 128) bytes.fill(255, base + slot + size, base + slot + 4);
      }
    }
  }

  #fillText(slot: number, view: number): void {
    const { u8, u32 } = this.#memory;
    const length = u32[view >>> 2]!;
    const address = length === 0 ? 0 : this.#image.room(length);
    const from = length <= limits.stringInlineBytes ? view + 4 : u32[(view + 8) >>> 2]!;
    const words = new DataView(this.#image.buffer);
    if (length > 0) new Uint8Array(this.#image.buffer).set(u8.subarray(from, from + length), address);
    words.setUint32(slot, address, true);
    words.setUint32(slot + 4, length, true);
  }

  /** Writes what was taken of a partition to its payload; as {@link StateRecords.store}. */
  store(index: number, payload: number, nowMs: number, heap: (bytes: number) => number): ReturnType<StateRecords['store']> {
    return this.#records.store(payload, this.#image.buffer, index * this.#stride, nowMs, 0, heap);
  }
}
