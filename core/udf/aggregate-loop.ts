import { limits } from '../common/limits.ts';
import type {
  FunctionBuilder,
  FunctionReference,
  GlobalReference,
  Local,
  MemoryReference,
  ValueType,
} from '../wasm/encoder/index.ts';
import { guarded } from '../wasm/guards.ts';
import type { ModuleEditor } from '../wasm/reader/index.ts';
import { type AggregatePart, type AggregateSignature, accumulatorStorage, stateBytesOf } from './aggregate-signature.ts';
import { textEmitter } from './batch-loop.ts';
import { type LoopTarget, type TextTarget, trapStates } from './loop-target.ts';
import { emitResultPlace } from './result-place.ts';
import { argumentColumns, framePlaces, RowEmitter } from './row-emitter.ts';

/** What the loops of an aggregate are appended for. */
export interface AggregateTarget {
  readonly signature: AggregateSignature;
  /** The module's exports; `accumulate` and `finish` are there. */
  readonly parts: Readonly<Partial<Record<AggregatePart, FunctionReference>>>;
  readonly resultHasFlag: boolean;
  /** `finish` writes its result to a place. */
  readonly byPlace: boolean;
  readonly memory: MemoryReference;
  readonly row: GlobalReference;
  readonly state: GlobalReference;
  readonly text: TextTarget | undefined;
  /** i32: where blocks are worked on in the module's memory; 0 as long as there is no place. */
  readonly area: GlobalReference;
}

/** The loops: those of `retract` are in the one of `accumulate`. */
export type AggregateLoop = Exclude<AggregatePart, 'retract'>;
export const aggregateLoop = (name: string, part: AggregateLoop): string => `tidemill.${part}:${name}`;

/** Bytes between two blocks in the module's memory. */
export const blockStride = (signature: AggregateSignature): number => (stateBytesOf(signature) + 15) & ~15;

const isSmall = (signature: AggregateSignature): boolean =>
  signature.stateBytes !== undefined && stateBytesOf(signature) <= limits.udfStateSmallBytesMax;

/** How many blocks are in the module's memory at once at most: a power of two, at least 2. */
export function blocksMax(signature: AggregateSignature): number {
  if (isSmall(signature)) return 2;
  const fit = Math.floor(limits.udfStateAreaBytesMax / blockStride(signature));
  return Math.min(limits.groupRowsPerPass, 1 << Math.max(1, 31 - Math.clz32(fit)));
}

/**
 * Appends to the module, for one aggregate whose accumulators lie in the engine's memory at `base` behind the address of a group's row:
 * - `accumulate(from, to, order, rows, weights, frame, base, tags, shift)`: takes rows into the groups at rows[row] (0: left out), in the order
 *   order[from..to) (address 0: as they are); weights (a signed byte a row; address 0: all 1): 0 leaves out, negative ones retract. `tags`:
 *   2^(32 − shift) words of 0, for form b
 * - `merge(from, to, order, targets, selection, sources, views, base)`: takes the accumulators at sources[row] + base, or those that the views at
 *   `views` hold, into targets
 * - `finish(start, end, rows, frame, base)`: results of groups
 * - `init(out)`: a new accumulator
 */
export function appendAggregateLoops(editor: ModuleEditor, target: AggregateTarget): void {
  const { name } = target.signature;
  editor.addExport(aggregateLoop(name, 'accumulate'), appendAccumulate(editor, target));
  editor.addExport(aggregateLoop(name, 'finish'), appendFinish(editor, target));
  if (target.parts.merge) editor.addExport(aggregateLoop(name, 'merge'), appendMerge(editor, target, target.parts.merge));
  if (target.parts.init) editor.addExport(aggregateLoop(name, 'init'), appendInit(editor, target, target.parts.init));
}

function appendAccumulate(editor: ModuleEditor, target: AggregateTarget): FunctionReference {
  const { signature, memory, parts } = target;
  const { name } = signature;
  const parameters = ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'] as const;
  const f = editor.addFunction(aggregateLoop(name, 'accumulate'), parameters, []);
  const [from, to, order, rows, weights, frame, base, tags, shift] = f.parameters;
  const place = framePlaces(f, frame, memory);
  const columns = argumentColumns(signature, place);
  const state = new StateCode(f, target);
  const i = f.newLocal('i32');
  const unused = f.newLocal('i32');
  const texts = textEmitter(f, loopOf(target, parts.accumulate!), frame);
  const emitterOf = (part: FunctionReference): RowEmitter =>
    new RowEmitter(f, loopOf(target, part), i, columns, unused, unused, texts);
  const accumulate = emitterOf(parts.accumulate!);
  const retract = parts.retract && emitterOf(parts.retract);
  const group = f.newLocal('i32');
  const weight = f.newLocal('i32');
  const call = (emitter: RowEmitter): void => {
    emitter.invoke(() => state.push());
    state.pop();
  };
  const take = (): void => {
    state.locate(group, base, tags, shift);
    if (retract === undefined) {
      call(accumulate);
      return;
    }
    f.get(weight).i32.const(0).i32.gtS();
    f.if(
      () => call(accumulate),
      () => call(retract),
    );
  };
  const toGroup = (next: Parameters<FunctionBuilder['brIf']>[0]): void => {
    f.get(rows).get(i).i32.const(2).i32.shl().i32.add().i32.load(0, 4, memory).tee(group).i32.eqz().brIf(next);
  };
  state.prepare();
  f.get(order).get(weights).i32.or();
  f.if(
    () => {
      const position = f.newLocal('i32');
      f.forRange(position, from, to, next => {
        rowNumber(f, memory, order, position, i);
        toGroup(next);
        f.get(weights).if(
          'i32',
          () => f.get(weights).get(i).i32.add().i32.load8S(0, 1, memory),
          () => f.i32.const(1),
        );
        f.tee(weight).i32.eqz().brIf(next);
        take();
      });
    },
    () => {
      f.forRange(i, from, to, next => {
        toGroup(next);
        state.locate(group, base, tags, shift);
        call(accumulate);
      });
    },
  );
  state.flush(base, tags, shift);
  return f;
}

function appendMerge(editor: ModuleEditor, target: AggregateTarget, merge: FunctionReference): FunctionReference {
  const { signature, memory } = target;
  const parameters = ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'] as const;
  const f = editor.addFunction(aggregateLoop(signature.name, 'merge'), parameters, []);
  const [from, to, order, targets, selection, sources, views, base] = f.parameters;
  const state = new StateCode(f, target);
  const position = f.newLocal('i32');
  const i = f.newLocal('i32');
  const into = f.newLocal('i32');
  const source = f.newLocal('i32');
  state.prepare();
  f.forRange(position, from, to, next => {
    rowNumber(f, memory, order, position, i);
    f.get(targets).get(i).i32.const(2).i32.shl().i32.add().i32.load(0, 4, memory).tee(into).i32.eqz().brIf(next);
    f.get(selection).if(() => f.get(selection).get(i).i32.add().i32.load8U(0, 1, memory).i32.eqz().brIf(next));
    f.get(into).get(base).i32.add().set(into);
    f.get(views).if(
      'i32',
      () => {
        f.get(views).get(i).i32.const(4).i32.shl().i32.add().set(source);
        f.get(source).i32.const(4).i32.add();
        f.get(source).i32.load(8, 4, memory);
        f.get(source).i32.load(0, 4, memory).i32.const(limits.stringInlineBytes).i32.leU().select();
      },
      () => f.get(sources).get(i).i32.const(2).i32.shl().i32.add().i32.load(0, 4, memory).get(base).i32.add(),
    );
    f.set(source);
    f.get(i).set(target.row);
    state.merge(merge, into, source);
  });
  return f;
}

function appendFinish(editor: ModuleEditor, target: AggregateTarget): FunctionReference {
  const { signature, memory, parts } = target;
  const f = editor.addFunction(aggregateLoop(signature.name, 'finish'), ['i32', 'i32', 'i32', 'i32', 'i32'], []);
  const [i, end, rows, frame, base] = f.parameters;
  const [result, validity, group] = [f.newLocal('i32'), f.newLocal('i32'), f.newLocal('i32')];
  f.get(frame).i32.load(0, 4, memory).set(result);
  f.get(frame).i32.load(4, 4, memory).set(validity);
  const state = new StateCode(f, target);
  const loop = { ...loopOf(target, parts.finish!), signature: { ...signature, arguments: [] } };
  const emit = new RowEmitter(f, loop, i, [], result, validity, textEmitter(f, loop, frame));
  state.prepare();
  if (target.byPlace) emitResultPlace(f, target);
  f.while(
    () => f.get(i).get(end).i32.ltU(),
    () => {
      f.get(rows).get(i).i32.const(2).i32.shl().i32.add().i32.load(0, 4, memory).get(base).i32.add().set(group);
      state.copyIn(group);
      emit.call(() => state.push());
      f.get(i).i32.const(1).i32.add().set(i);
    },
  );
  return f;
}

function appendInit(editor: ModuleEditor, target: AggregateTarget, init: FunctionReference): FunctionReference {
  const f = editor.addFunction(aggregateLoop(target.signature.name, 'init'), ['i32'], []);
  const [out] = f.parameters;
  const state = new StateCode(f, target);
  state.prepare();
  state.init(init, out);
  return f;
}

const loopOf = (target: AggregateTarget, part: FunctionReference): LoopTarget => ({
  ...target,
  target: part,
  total: false,
  byPlace: part === target.parts.finish && target.byPlace,
});

function rowNumber(f: FunctionBuilder, memory: MemoryReference, order: Local, position: Local, out: Local): void {
  f.get(order).if(
    'i32',
    () => f.get(order).get(position).i32.const(2).i32.shl().i32.add().i32.load(0, 4, memory),
    () => f.get(position),
  );
  f.set(out);
}

/** Emits the way of accumulators between the engine's memory and the module's functions. */
class StateCode {
  readonly #f: FunctionBuilder;
  readonly #target: AggregateTarget;
  /** Form a: the values' types; undefined in form b. */
  readonly #values: readonly ('i32' | 'i64' | 'f32' | 'f64')[] | undefined;
  readonly #stride: number;
  /** Blocks that are copied for each row, which is faster than to look where they are. */
  readonly #isSmall: boolean;
  /** Of a small block: where it is in the engine's memory. */
  readonly #place: Local;
  /** Address of the group's accumulator in the engine's memory (form a), or of its block in the module's (form b). */
  readonly #address: Local;
  /** Variables by the place of a value, for what a function returned. */
  readonly #returned: readonly Local[];

  constructor(f: FunctionBuilder, target: AggregateTarget) {
    this.#f = f;
    this.#target = target;
    this.#values = target.signature.accumulators?.map(accumulatorStorage);
    this.#stride = blockStride(target.signature);
    this.#isSmall = isSmall(target.signature);
    this.#address = f.newLocal('i32');
    this.#place = f.newLocal('i32');
    this.#returned = (this.#values ?? []).map(type => f.newLocal(type satisfies ValueType));
  }

  /** Form b: makes room in the module's memory for all blocks that may be there at once. */
  prepare(): void {
    if (this.#values !== undefined) return;
    const f = this.#f;
    const { area, text, state } = this.#target;
    const bytes = this.#stride * blocksMax(this.#target.signature) + 16;
    f.get(area).i32.eqz();
    f.if(() => {
      const address = f.local('i32');
      f.i32.const(bytes).call(text!.allocate!).tee(address).i32.eqz();
      f.get(address).i64.extendI32U().i64.const(bytes).i64.add();
      f.memorySize(text!.guest).i64.extendI32U().i64.const(16).i64.shl().i64.gtU().i32.or();
      if (guarded('allocation-bounds')) f.if(() => f.i32.const(trapStates.badAllocation).set(state).unreachable());
      else f.drop();
      f.get(address).i32.const(15).i32.add().i32.const(-16).i32.and().set(area);
      f.release(address);
    });
  }

  /** Before a call for a group: where its accumulator is. In form b its block is there, or is copied to where it belongs. */
  locate(group: Local, base: Local, tags: Local, shift: Local): void {
    const f = this.#f;
    if (this.#values !== undefined) {
      f.get(group).get(base).i32.add().set(this.#address);
      return;
    }
    if (this.#isSmall) {
      f.get(group).get(base).i32.add().set(this.#place);
      this.copyIn(this.#place);
      return;
    }
    const { memory, area } = this.#target;
    const slot = f.local('i32');
    const tag = f.local('i32');
    f.get(group)
      .i32.const(3)
      .i32.shrU()
      .i32.const(0x9e3779b1 | 0)
      .i32.mul()
      .get(shift)
      .i32.shrU()
      .tee(slot);
    f.i32.const(2).i32.shl().get(tags).i32.add().set(tag);
    f.get(slot).i32.const(this.#stride).i32.mul().get(area).i32.add().set(this.#address);
    f.get(tag).i32.load(0, 4, memory).tee(slot).get(group).i32.ne();
    f.if(() => {
      const place = f.local('i32');
      f.get(slot).if(() => {
        f.get(slot).get(base).i32.add().set(place);
        this.#toEngine(place, this.#address);
      });
      f.get(group).get(base).i32.add().set(place);
      this.#toModule(this.#address, place);
      f.get(tag).get(group).i32.store(0, 4, memory);
      f.release(place);
    });
    f.release(slot, tag);
  }

  /** After the last call: all blocks back to their groups. */
  flush(base: Local, tags: Local, shift: Local): void {
    if (this.#values !== undefined || this.#isSmall) return;
    const f = this.#f;
    const { memory, area } = this.#target;
    const [slot, slots, place] = [f.newLocal('i32'), f.newLocal('i32'), f.newLocal('i32')];
    f.i32.const(1).i32.const(32).get(shift).i32.sub().i32.shl().set(slots);
    f.forRange(slot, 0, slots, next => {
      f.get(tags).get(slot).i32.const(2).i32.shl().i32.add().i32.load(0, 4, memory).tee(place).i32.eqz().brIf(next);
      f.get(place).get(base).i32.add().set(place);
      f.get(slot).i32.const(this.#stride).i32.mul().get(area).i32.add().set(this.#address);
      this.#toEngine(place, this.#address);
    });
  }

  /** A look at one accumulator, at `place` in the engine's memory. */
  copyIn(place: Local): void {
    if (this.#values !== undefined) {
      this.#f.get(place).set(this.#address);
      return;
    }
    this.#f.get(this.#target.area).set(this.#address);
    this.#toModule(this.#address, place);
  }

  /** What goes to a function before its arguments. */
  push(): void {
    if (this.#values === undefined) this.#f.get(this.#address);
    else this.#push(this.#address);
  }

  /** Takes what it returned, or the small block it changed. */
  pop(): void {
    if (this.#values !== undefined) this.#pop(this.#address);
    else if (this.#isSmall) this.#toEngine(this.#place, this.#address);
  }

  /** Takes the accumulator at `source` into the one at `into`; both in the engine's memory. */
  merge(merge: FunctionReference, into: Local, source: Local): void {
    const f = this.#f;
    if (this.#values !== undefined) {
      this.#push(into);
      this.#push(source);
      f.call(merge);
      this.#pop(into);
      return;
    }
    const other = f.local('i32');
    f.get(this.#target.area).tee(this.#address).i32.const(this.#stride).i32.add().set(other);
    this.#toModule(this.#address, into);
    this.#toModule(other, source);
    f.get(this.#address).get(other).call(merge);
    this.#toEngine(into, this.#address);
    f.release(other);
  }

  /** A new accumulator, to `out` in the engine's memory. */
  init(init: FunctionReference, out: Local): void {
    const f = this.#f;
    if (this.#values !== undefined) {
      f.call(init);
      this.#pop(out);
      return;
    }
    const { area, text } = this.#target;
    f.get(area).tee(this.#address).i32.const(0).i32.const(this.#stride).memoryFill(text!.guest);
    f.get(this.#address).call(init);
    this.#toEngine(out, this.#address);
  }

  #push(address: Local): void {
    const f = this.#f;
    const { memory } = this.#target;
    for (const [index, type] of this.#values!.entries()) {
      f.get(address);
      const at = 8 * index;
      if (type === 'i32') f.i32.load(at, 4, memory);
      else if (type === 'i64') f.i64.load(at, 8, memory);
      else f.f64.load(at, 8, memory);
      if (type === 'f32') f.f32.demoteF64();
    }
  }

  /** In the form of key rows: integers as 64 bits, floating point as DOUBLE. */
  #pop(address: Local): void {
    const f = this.#f;
    const { memory } = this.#target;
    for (const local of this.#returned.toReversed()) f.set(local);
    for (const [index, type] of this.#values!.entries()) {
      f.get(address).get(this.#returned[index]!);
      const at = 8 * index;
      if (type === 'i32') f.i64.extendI32S();
      if (type === 'f32') f.f64.promoteF32();
      if (type === 'i32' || type === 'i64') f.i64.store(at, 8, memory);
      else f.f64.store(at, 8, memory);
    }
  }

  #toModule(block: Local, place: Local): void {
    const { memory, text } = this.#target;
    this.#copy({ memory: text!.guest, address: block }, { memory, address: place });
  }

  #toEngine(place: Local, block: Local): void {
    const { memory, text } = this.#target;
    this.#copy({ memory, address: place }, { memory: text!.guest, address: block });
  }

  #copy(to: { memory: MemoryReference; address: Local }, from: { memory: MemoryReference; address: Local }): void {
    const f = this.#f;
    const bytes = stateBytesOf(this.#target.signature);
    if (bytes > limits.udfStateCopyInlineBytesMax) {
      f.get(to.address).get(from.address).i32.const(bytes).memoryCopy(to.memory, from.memory);
      return;
    }
    // views hold accumulators at any multiple of 4; on the way back words that the function has just written would have to leave its memory as one
    const pairs = from.memory === this.#target.memory ? bytes & ~15 : 0;
    for (let at = 0; at < pairs; at += 16)
      f.get(to.address).get(from.address).v128.load(at, 4, from.memory).v128.store(at, 4, to.memory);
    for (let at = pairs; at < bytes; at += 8)
      f.get(to.address).get(from.address).i64.load(at, 4, from.memory).i64.store(at, 4, to.memory);
  }
}
