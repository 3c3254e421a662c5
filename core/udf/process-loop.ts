import type { FunctionReference, GlobalReference, Local } from '../wasm/encoder/index.ts';
import type { ModuleEditor } from '../wasm/reader/index.ts';
import { BlockEmitter, type BlockGlobals } from './block-emitter.ts';
import { exportNames, type LoopTarget } from './loop-target.ts';
import { contextFlags, contextPlaces, processFrame } from './process-frame.ts';
import { canSwitchPartitions, StateSwitch } from './process-partitions.ts';
import { type ProcessSignature, processArguments } from './process-signature.ts';
import { argumentColumns, framePlaces, RowEmitter } from './row-emitter.ts';
import { isText } from './signature.ts';
import { TextEmitter } from './text-emitter.ts';

export interface ProcessTarget extends LoopTarget {
  readonly process: Omit<ProcessSignature, 'hasTimer'>;
  readonly next: FunctionReference | undefined;
  readonly timer: FunctionReference | undefined;
  readonly block: BlockGlobals;
  readonly fuel: GlobalReference;
  /** i32: address of the context in the module's memory. */
  readonly context: GlobalReference;
}

/**
 * Appends to the module, for a process function:
 * - `process(to, frame, capacity)`: gives it the rows order[next … to) of one partition and copies the rows it makes, until `capacity` rows are
 *   made, all rows were given, or it wants a timer or a state cleared, which is the host's work;
 * - `partitions(to, frame, capacity, rows, offset, now)`, where no state has text: the same with rows of any partitions in the order of the batch, whose states lie
 *   `offset` bytes behind rows[row] and are written at `now` ms. Returns how often nothing was left of a partition's states;
 * - `timer(begins, frame, capacity)`: the same for a timer that is due.
 */
export function appendProcessLoops(editor: ModuleEditor, target: ProcessTarget): void {
  const { name } = target.process;
  editor.addExport(exportNames.process(name), appendRows(editor, target, false));
  if (canSwitchPartitions(target.process.states))
    editor.addExport(exportNames.partitions(name), appendRows(editor, target, true));
  if (target.timer !== undefined) editor.addExport(exportNames.timer(name), appendTimer(editor, target, target.timer));
}

function appendRows(editor: ModuleEditor, target: ProcessTarget, switches: boolean): FunctionReference {
  const { memory, block, context } = target;
  const guest = target.text!.guest;
  const signature = processArguments(target.process);
  const frameOf = processFrame(target.process);
  const f = switches
    ? editor.addFunction(exportNames.partitions(signature.name), ['i32', 'i32', 'i32', 'i32', 'i32', 'i64'], ['i32'])
    : editor.addFunction(exportNames.process(signature.name), ['i32', 'i32', 'i32'], []);
  const [to, frame, capacity] = f.parameters as unknown as readonly [Local, Local, Local];
  const place = framePlaces(f, frame, memory);
  const columns = argumentColumns(signature, place);
  const order = place(frameOf.order);
  const weights = place(frameOf.weights);
  const times = place(frameOf.times);
  const units = f.newLocal('i64');
  f.get(frame).i32.load(frameOf.units, 4, memory).i64.extendI32U().set(units);
  const heap = f.newLocal('i32');
  f.get(frame).i32.const(frameOf.heap).i32.add().set(heap);
  const row = f.newLocal('i32');
  const loop: LoopTarget = { ...target, signature };
  const text = signature.arguments.some(isText) ? new TextEmitter(f, loop, target.text!, heap) : undefined;
  const call = new RowEmitter(f, loop, row, columns, row, row, text);
  const blocks = blockEmitter(f, target, loop, frame, heap);
  const time = f.newLocal('i64');
  const states = canSwitchPartitions(target.process.states)
    ? new StateSwitch(f, { memory, guest, context }, target.process.states)
    : undefined;
  const partition = switches ? partitionCode(f, target, states!, row) : undefined;
  f.get(target.row).set(row);
  partition?.resume();
  f.block(exit => {
    f.loop(again => {
      f.get(block.made).get(capacity).i32.geU().brIf(exit);
      drain(f, target, blocks, row, again);
      f.get(context).i32.load(contextPlaces.requestCount, 4, guest);
      if (partition === undefined) f.get(context).i32.load(contextPlaces.cleared, 4, guest).i32.or();
      f.brIf(exit);
      partition?.clear();
      f.get(block.next).get(to).i32.geU().brIf(exit);
      if (partition !== undefined) f.get(block.next).set(row);
      else f.get(order).get(block.next).i32.const(2).i32.shl().i32.add().i32.load(0, 4, memory).set(row);
      f.get(row).set(target.row);
      f.get(block.next).i32.const(1).i32.add().set(block.next);
      partition?.enter();
      f.get(times).if(() => {
        f.get(times).get(row).i32.const(3).i32.shl().i32.add().i64.load(0, 8, memory).set(time);
        // rounded down, before 1970 too
        f.get(context).get(time).get(units).i64.divS();
        f.get(time).get(units).i64.remS().i64.const(63).i64.shrS().i64.add();
        f.i64.store(contextPlaces.time, 8, guest);
      });
      f.get(context).get(frame).i32.load(frameOf.flags, 4, memory);
      if (states !== undefined) {
        // so that it does not depend on where batches end
        f.i32.const(~contextFlags.fresh).i32.and();
        states.pushFresh();
        f.i32.const(Math.log2(contextFlags.fresh)).i32.shl().i32.or();
      }
      f.i32.store(contextPlaces.flags, 4, guest);
      if (states === undefined) {
        f.get(frame).get(frame).i32.load(frameOf.flags, 4, memory).i32.const(~contextFlags.fresh).i32.and();
        f.i32.store(frameOf.flags, 4, memory);
      }
      f.get(context);
      f.get(weights).if(
        'i32',
        () => f.get(weights).get(row).i32.add().i32.load8S(0, 1, memory),
        () => f.i32.const(1),
      );
      f.i32.store(contextPlaces.weight, 4, guest);
      call.invoke(() => f.get(context));
      blocks.open(target.next);
      f.br(again);
    });
  });
  if (partition !== undefined) {
    partition.leave();
    f.get(partition.emptied);
  }
  return f;
}

/** What the loop does where the next row is of another partition than the last one. */
function partitionCode(f: Builder, { memory, block, context, text }: ProcessTarget, states: StateSwitch, row: Local) {
  const [, , , rows, offset, now] = f.parameters as unknown as readonly Local[];
  /** Address of the states that are in the context; 0: none are. */
  const current = f.newLocal('i32');
  const next = f.newLocal('i32');
  const emptied = f.newLocal('i32');
  const placeOfRow = (): void => {
    f.get(rows!).get(row).i32.const(2).i32.shl().i32.add().i32.load(0, 4, memory).get(offset!).i32.add();
  };
  const isOpen = (): Builder => f.get(block.left).get(block.more).i32.or();
  const storeCurrent = (): void => states.store(current, now!, emptied);
  return {
    emptied,
    /** Goes on with a row whose block is not used up. */
    resume(): void {
      isOpen();
      f.if(() => {
        placeOfRow();
        f.set(current);
      });
    },
    /** States that the function wants cleared are so for the next row. */
    clear(): void {
      f.get(context).i32.load(contextPlaces.cleared, 4, text!.guest);
      f.if(() => {
        f.get(current);
        f.if(() => {
          storeCurrent();
          states.load(current);
        });
      });
    },
    enter(): void {
      placeOfRow();
      f.tee(next).get(current).i32.ne();
      f.if(() => {
        f.get(current);
        f.if(storeCurrent);
        f.get(next).set(current);
        states.load(current);
      });
    },
    leave(): void {
      isOpen().i32.eqz();
      f.if(() => {
        f.get(current);
        f.if(storeCurrent);
      });
    },
  };
}

function appendTimer(editor: ModuleEditor, target: ProcessTarget, timer: FunctionReference): FunctionReference {
  const { block, context } = target;
  const f = editor.addFunction(exportNames.timer(target.process.name), ['i32', 'i32', 'i32'], []);
  const [begins, frame, capacity] = f.parameters;
  const heap = f.newLocal('i32');
  f.get(frame).i32.const(processFrame(target.process).heap).i32.add().set(heap);
  const row = f.newLocal('i32');
  f.get(target.row).set(row);
  const blocks = blockEmitter(f, target, { ...target, signature: processArguments(target.process) }, frame, heap);
  f.get(begins);
  f.if(() => {
    f.get(context).call(timer);
    blocks.open(target.next);
  });
  f.block(exit => {
    f.loop(again => {
      f.get(block.made).get(capacity).i32.geU().brIf(exit);
      drain(f, target, blocks, row, again);
    });
  });
  return f;
}

type Builder = ReturnType<ModuleEditor['addFunction']>;

/** Copies what is left of the block, one record a round, and asks for the next one. */
function drain(
  f: Builder,
  { block, next }: ProcessTarget,
  blocks: BlockEmitter,
  row: Local,
  again: Parameters<Builder['br']>[0],
): void {
  f.get(block.left);
  f.if(() => {
    blocks.copy(row);
    f.br(again);
  });
  if (next === undefined) return;
  f.get(block.more);
  f.if(() => {
    f.call(next);
    blocks.open(next);
    f.br(again);
  });
}

function blockEmitter(f: Builder, target: ProcessTarget, loop: LoopTarget, frame: Local, heap: Local): BlockEmitter {
  const frameOf = processFrame(target.process);
  const place = (offset: number): Local => {
    const local = f.newLocal('i32');
    f.get(frame).i32.load(offset, 4, target.memory).set(local);
    return local;
  };
  const output = {
    rows: place(frameOf.picks),
    columns: target.process.columns.map((_, index) => ({
      data: place(frameOf.column(index)),
      validity: place(frameOf.column(index) + 4),
    })),
  };
  return new BlockEmitter(f, loop, { ...target.block, fuel: target.fuel }, target.process.columns, output, heap);
}
