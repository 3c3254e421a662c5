import { type Batch, batchOf, type Column } from '../../columnar/batch.ts';
import { type SqlType, storageBytes, storageOf, type TimestampType, timestampUnitsPerSecond } from '../../columnar/types.ts';
import { nexmarkBlock } from '../../kernels/nexmark.ts';
import type { ReadContext, ReadResult, ScanRequest, Split, SplitPosition, SplitReader } from '../contract.ts';
import { Pace } from '../pace.ts';
import type { NexmarkSettings } from './settings.ts';
import { type EventKind, eventFields, type FieldPlace, type TableShape } from './shape.ts';
import { acquireTables, releaseTables } from './tables.ts';

const block = nexmarkBlock;
const fieldsAt: Readonly<Record<EventKind, number>> = { person: block.person, auction: block.auction, bid: block.bid };
const validAt: Readonly<Record<EventKind, number>> = {
  person: block.personValid,
  auction: block.auctionValid,
  bid: block.bidValid,
};
const modes: Readonly<Record<EventKind | 'nested', number>> = { nested: 0, person: 1, auction: 2, bid: 3 };

/** Reads the events start, start + step, … of a generator straight into columns; strings are views into the generator's tables. */
export class NexmarkReader implements SplitReader {
  readonly #context: ReadContext;
  readonly #settings: NexmarkSettings;
  readonly #shape: TableShape;
  readonly #request: ScanRequest;
  readonly #step: number;
  readonly #pace: Pace | undefined;
  readonly #tables: number;
  readonly #block: number;
  #next: number;
  #rows: number;
  /** Zeros that stand for fields nobody reads: their bitmap is all NULL. */
  #zeros = { address: 0, rows: 0 };
  #closed = false;

  constructor(
    request: ScanRequest,
    settings: NexmarkSettings,
    shape: TableShape,
    split: Split,
    position: SplitPosition | undefined,
    context: ReadContext,
  ) {
    this.#request = request;
    this.#settings = settings;
    this.#shape = shape;
    this.#context = context;
    this.#step = Number(split.data.step);
    this.#next = Number(position?.next ?? split.data.start);
    this.#rows = Number(position?.rows ?? 0);
    this.#pace = settings.rowsPerSecond === undefined ? undefined : new Pace(settings.rowsPerSecond / this.#step);
    this.#tables = acquireTables(context.memory, context.kernels, settings.seed);
    this.#block = context.memory.allocateSegment(block.sizeBytes);
  }

  tryRead(rowsMax: number): ReadResult {
    const { end } = this.#settings;
    const left = (this.#request.limit ?? Number.POSITIVE_INFINITY) - this.#rows;
    if (left <= 0) return { kind: 'end' };
    if (this.#next >= end) return { kind: this.#settings.keepAlive ? 'idle' : 'end' };
    let rows = Math.min(rowsMax, left, Math.ceil((end - this.#next) / this.#step));
    if (this.#pace !== undefined) rows = Math.min(rows, this.#pace.due(this.#context.epochMs()));
    if (rows <= 0) return { kind: 'idle' };
    const before = this.#next;
    const batch = this.#generate(rows);
    this.#pace?.take((this.#next - before) / this.#step);
    this.#rows += batch.length;
    return batch.length === 0 ? this.tryRead(rowsMax) : { kind: 'batch', batch };
  }

  position(): SplitPosition {
    return { next: this.#next, rows: this.#rows };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { memory } = this.#context;
    releaseTables(memory, this.#settings.seed);
    memory.freeSegment(this.#block, block.sizeBytes);
    if (this.#zeros.rows > 0) memory.freeSegment(this.#zeros.address, this.#zeros.rows * 16);
  }

  #generate(rows: number): Batch {
    const { memory } = this.#context;
    const settings = this.#settings;
    const words = new Uint32Array(block.sizeBytes / 4);
    const set = (at: number, value: number): void => {
      words[at >> 2] = value;
    };
    set(block.step, this.#step);
    set(block.rows, rows);
    set(block.seed, settings.seed);
    set(block.tables, this.#tables);
    set(block.mode, modes[this.#shape.flat ?? 'nested']);
    set(block.total, settings.persons + settings.auctions + settings.bids);
    set(block.persons, settings.persons);
    set(block.auctions, settings.auctions);
    set(block.hotAuctions, settings.hotAuctions);
    set(block.hotBidders, settings.hotBidders);
    set(block.hotSellers, settings.hotSellers);
    set(block.personBytes, settings.personBytes);
    set(block.auctionBytes, settings.auctionBytes);
    set(block.bidBytes, settings.bidBytes);
    set(block.timeNumerator, settings.timeNumerator);
    set(block.timeDenominator, settings.timeDenominator);
    const wanted = settings.materializeAll ? this.#shape.columns.map((_, index) => index) : this.#request.columns;
    const made = new Map<number, Column>();
    for (const index of wanted) {
      const used = settings.materializeAll ? undefined : this.#request.usedFields?.[this.#request.columns.indexOf(index)];
      made.set(index, this.#column(index, rows, used, set));
    }
    const numbers = new Float64Array(words.buffer);
    numbers[block.next >> 3] = this.#next;
    numbers[block.end >> 3] = settings.end;
    memory.u32.set(words, this.#block >> 2);
    const length = this.#context.kernels.nexmark_events(this.#block) >>> 0;
    this.#next = memory.f64[(this.#block + block.next) >> 3]!;
    return batchOf(
      length,
      this.#request.columns.map(index => made.get(index)!),
    );
  }

  #column(index: number, rows: number, used: readonly number[] | undefined, set: (at: number, value: number) => void): Column {
    const shape = this.#shape.columns[index]!;
    const { type } = this.#request.source.schema[index]!;
    const { arena } = this.#context.memory;
    switch (shape.kind) {
      case 'event-type': {
        const data = arena.allocate(rows * 4);
        set(block.eventType, data);
        return { type, validity: 0, data };
      }
      case 'field':
        return { type, validity: 0, data: this.#field(shape.place, type, rows, false, set) };
      case 'row': {
        const validity = arena.allocateZeroed(((rows + 63) >> 6) * 8);
        set(validAt[shape.event], validity);
        if (type.kind !== 'ROW') throw new Error('unreachable: a row shape has a ROW type');
        const children = type.fields.map((field, child): Column => {
          if (used !== undefined && !used.includes(child)) return this.#unread(field.type, rows);
          const data = this.#field(shape.fields[child]!, field.type, rows, shape.event !== 'bid', set);
          return { type: field.type, validity, data };
        });
        return { type, validity, data: 0, children };
      }
    }
  }

  /** Bids clear their own cells of other events; rows of the rare events are cleared as a whole. */
  #field(place: FieldPlace, type: SqlType, rows: number, cleared: boolean, set: (at: number, value: number) => void): number {
    const { arena } = this.#context.memory;
    const bytes = rows * storageBytes(storageOf(type));
    const data = cleared && storageOf(type) === 'view' ? arena.allocateZeroed(bytes) : arena.allocate(bytes);
    set(fieldsAt[place.kind] + place.field * 4, data);
    const name = eventFields[place.kind][place.field]![0];
    if (type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ') set(factorAt(place.kind, name), unitsPerMs(type));
    return data;
  }

  #unread(type: SqlType, rows: number): Column {
    if (this.#zeros.rows < rows) {
      const { memory } = this.#context;
      if (this.#zeros.rows > 0) memory.freeSegment(this.#zeros.address, this.#zeros.rows * 16);
      this.#zeros = { address: memory.allocateSegment(rows * 16), rows };
      memory.u8.fill(0, this.#zeros.address, this.#zeros.address + rows * 16);
    }
    return { type, validity: this.#zeros.address, data: this.#zeros.address };
  }
}

function factorAt(kind: EventKind, name: string): number {
  if (name === 'expires') return block.expiresFactor;
  return { person: block.personFactor, auction: block.auctionFactor, bid: block.bidFactor }[kind];
}

const unitsPerMs = (type: TimestampType): number => timestampUnitsPerSecond(type.precision) / 1000;
