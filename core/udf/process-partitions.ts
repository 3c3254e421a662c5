import { storageOf } from '../columnar/types.ts';
import { limits } from '../common/limits.ts';
import type { ProcessState } from '../plan/tabular-shapes.ts';
import type { FunctionBuilder, GlobalReference, Local, MemoryReference } from '../wasm/encoder/index.ts';
import { contextPlaces } from './process-frame.ts';
import { contextBytes } from './process-signature.ts';
import { statePayload } from './process-states.ts';
import { slotBytes } from './table-signature.ts';

/** Whether states can be changed for those of another partition inside of the module's loop: none of them has text. */
export const canSwitchPartitions = (states: readonly ProcessState[]): boolean =>
  states.length > 0 && statePayload(states).states.every(({ flat }) => flat);

/**
 * Code that copies states without text between the engine's rows and the records in a context, as `StateRecords` does it. A payload is, for each state, the time it
 * was last written to (i64 ms; 0: there is none) and its record.
 */
export class StateSwitch {
  readonly #f: FunctionBuilder;
  readonly #memory: MemoryReference;
  readonly #guest: MemoryReference;
  readonly #context: Local;
  readonly #states: readonly ProcessState[];
  readonly #keeps: Local;
  readonly #cleared: Local;

  constructor(
    f: FunctionBuilder,
    target: { readonly memory: MemoryReference; readonly guest: MemoryReference; readonly context: GlobalReference },
    states: readonly ProcessState[],
  ) {
    this.#f = f;
    this.#memory = target.memory;
    this.#guest = target.guest;
    this.#states = states;
    this.#context = f.newLocal('i32');
    this.#keeps = f.newLocal('i32');
    this.#cleared = f.newLocal('i32');
    f.get(target.context).set(this.#context);
  }

  /** Pushes 1 when all states are as they begin. */
  pushFresh(): void {
    const f = this.#f;
    f.i32.const(0);
    this.#each(({ state, record, slots }) => {
      this.#holdsSomething(state, record, slots);
      f.i32.or();
    });
    f.i32.eqz();
  }

  /** Writes the states at `payload` to the records. */
  load(payload: Local): void {
    const f = this.#f;
    this.#each(({ state, offset, size, record }) => {
      f.get(payload).i64.load(offset, 4, this.#memory).i64.const(0).i64.gtS();
      f.if(
        () => {
          this.#copy(
            { memory: this.#guest, base: this.#context, at: record },
            { memory: this.#memory, base: payload, at: offset + 8 },
            size,
          );
        },
        () => {
          for (let at = 0; at < size; at += 8)
            f.get(this.#context)
              .i64.const(at === 0 ? nullsOf(state) : 0n)
              .i64.store(record + at, 8, this.#guest);
        },
      );
    });
  }

  /** Writes the records to `payload`, written at `now`, but for those that are cleared, and clears no more. Adds 1 to `emptied` when nothing is left. */
  store(payload: Local, now: Local, emptied: Local): void {
    const f = this.#f;
    const some = f.newLocal('i32');
    f.i32.const(0).set(some);
    f.get(this.#context).i32.load(contextPlaces.cleared, 4, this.#guest).set(this.#cleared);
    this.#each(({ state, offset, size, record, slots, index }) => {
      this.#holdsSomething(state, record, slots);
      f.get(this.#cleared)
        .i32.const(1 << index)
        .i32.and()
        .i32.eqz()
        .i32.and()
        .set(this.#keeps);
      f.get(this.#keeps);
      f.if(
        () => {
          f.get(payload).get(now).i64.store(offset, 4, this.#memory);
          this.#copy(
            { memory: this.#memory, base: payload, at: offset + 8 },
            { memory: this.#guest, base: this.#context, at: record },
            size,
          );
          f.i32.const(1).set(some);
        },
        () => f.get(payload).i64.const(0).i64.store(offset, 4, this.#memory),
      );
    });
    f.get(this.#context).i32.const(0).i32.store(contextPlaces.cleared, 4, this.#guest);
    f.get(emptied).get(some).i32.eqz().i32.add().set(emptied);
  }

  /** 1 when a state is not as it begins: a value that is not NULL, or, where there is no NULL, not 0. */
  #holdsSomething(state: ProcessState, record: number, slots: readonly number[]): void {
    const f = this.#f;
    const mask = nullsOf(state);
    f.get(this.#context).i64.load(record, 8, this.#guest).i64.const(mask).i64.and().i64.const(mask).i64.ne();
    for (const [place, field] of state.columns.entries()) {
      if (field.type.nullable) continue;
      const narrow = !['i64', 'f64', 'i128'].includes(storageOf(field.type));
      const at = record + slots[place]!;
      f.get(this.#context);
      if (narrow) f.i32.load(at, 4, this.#guest).i64.extendI32U();
      else f.i64.load(at, 8, this.#guest);
      if (slotBytes(field) === 16)
        f.get(this.#context)
          .i64.load(at + 8, 8, this.#guest)
          .i64.or();
      f.i64.const(0).i64.ne().i32.or();
    }
  }

  #each(
    work: (place: {
      readonly state: ProcessState;
      readonly index: number;
      readonly offset: number;
      readonly size: number;
      readonly record: number;
      readonly slots: readonly number[];
    }) => void,
  ): void {
    let record = contextBytes;
    for (const [index, { state, offset, size, slots }] of statePayload(this.#states).states.entries()) {
      work({ state, index, offset, size, record, slots });
      record += size;
    }
  }

  #copy(
    to: { readonly memory: MemoryReference; readonly base: Local; readonly at: number },
    from: { readonly memory: MemoryReference; readonly base: Local; readonly at: number },
    bytes: number,
  ): void {
    const f = this.#f;
    if (bytes > limits.udfStateCopyInlineBytesMax) {
      f.get(to.base).i32.const(to.at).i32.add().get(from.base).i32.const(from.at).i32.add().i32.const(bytes);
      f.memoryCopy(to.memory, from.memory);
      return;
    }
    for (let at = 0; at < bytes; at += 8)
      f.get(to.base)
        .get(from.base)
        .i64.load(from.at + at, 4, from.memory)
        .i64.store(to.at + at, 4, to.memory);
  }
}

/** The NULL bits that a state begins with. */
const nullsOf = ({ columns }: ProcessState): bigint =>
  columns.reduce((bits, { type }, place) => (type.nullable ? bits | (1n << BigInt(place)) : bits), 0n);
