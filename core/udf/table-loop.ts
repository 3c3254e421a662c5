import type { FunctionReference, GlobalReference } from '../wasm/encoder/index.ts';
import type { ModuleEditor } from '../wasm/reader/index.ts';
import { appendPrepare } from './batch-loop.ts';
import { BlockEmitter, type BlockGlobals } from './block-emitter.ts';
import { exportNames, heapOffset, type LoopTarget } from './loop-target.ts';
import { argumentColumns, framePlaces, RowEmitter } from './row-emitter.ts';
import { isText } from './signature.ts';
import type { TableSignature } from './table-signature.ts';
import { TextEmitter } from './text-emitter.ts';

export interface TableTarget extends LoopTarget {
  readonly signature: TableSignature;
  readonly next: FunctionReference | undefined;
  readonly block: BlockGlobals;
  readonly fuel: GlobalReference;
}

/** Globals of a module for {@link BlockEmitter}, exported so that the host can begin a batch and go on after a trap. */
export function addBlockGlobals(editor: ModuleEditor): BlockGlobals {
  const global = (part: keyof BlockGlobals) => {
    const reference = editor.addGlobal('i32', 0);
    editor.addExport(exportNames.block(part), reference);
    return reference;
  };
  return {
    cursor: global('cursor'),
    left: global('left'),
    more: global('more'),
    made: global('made'),
    given: global('given'),
    next: global('next'),
  };
}

/** Where the frame of a function of so many arguments has the address of the rows' numbers, and behind it that of the arguments' validity. */
export const picksOffset = (argumentCount: number): number => 8 * argumentCount;
/** Where it has the addresses of data and validity of a column of the rows made. */
export const columnOffset = (argumentCount: number, index: number): number => heapOffset(argumentCount) + 8 + 8 * index;
export const tableFrameBytes = (argumentCount: number, columnCount: number): number => columnOffset(argumentCount, columnCount);

/**
 * Appends to the module, for a table function:
 * - `prepare(rows, frame)`: writes which rows are asked about, as for scalar functions;
 * - `table(rows, frame, capacity, outer)`: goes on asking the function about rows and copies the rows it makes, until `capacity` rows are made
 *   or all rows have been asked about. With `outer` a row for which there are none gives one of NULLs.
 */
export function appendTableLoop(editor: ModuleEditor, target: TableTarget): void {
  const { name } = target.signature;
  editor.addExport(exportNames.prepare(name), appendPrepare(editor, target));
  editor.addExport(exportNames.table(name), appendLoop(editor, target));
}

function appendLoop(editor: ModuleEditor, target: TableTarget): FunctionReference {
  const { signature, memory, block } = target;
  const count = signature.arguments.length;
  const f = editor.addFunction(exportNames.table(signature.name), ['i32', 'i32', 'i32', 'i32'], []);
  const [rows, frame, capacity, outer] = f.parameters;
  const place = framePlaces(f, frame, memory);
  const columns = argumentColumns(signature, place);
  const validity = place(picksOffset(count) + 4);
  const output = {
    rows: place(picksOffset(count)),
    columns: signature.columns.map((_, index) => ({
      data: place(columnOffset(count, index)),
      validity: place(columnOffset(count, index) + 4),
    })),
  };
  const heap = f.newLocal('i32');
  f.get(frame).i32.const(heapOffset(count)).i32.add().set(heap);
  const row = f.newLocal('i32');
  const text = signature.arguments.some(isText) ? new TextEmitter(f, target, target.text!, heap) : undefined;
  const call = new RowEmitter(f, target, row, columns, row, row, text);
  const blocks = new BlockEmitter(f, target, { ...block, fuel: target.fuel }, signature.columns, output, heap);
  f.get(target.row).set(row);
  f.block(exit => {
    f.loop(again => {
      f.get(block.made).get(capacity).i32.geU().brIf(exit);
      f.get(block.left);
      f.if(() => {
        blocks.copy(row);
        f.br(again);
      });
      if (target.next !== undefined) {
        const { next } = target;
        f.get(block.more);
        f.if(() => {
          f.call(next);
          blocks.open(next);
          f.br(again);
        });
      }
      f.get(block.given).i32.eqz().get(outer).i32.and();
      f.if(() => {
        f.i32.const(1).set(block.given);
        blocks.empty(row);
        f.br(again);
      });
      f.get(block.next).get(rows).i32.geU().brIf(exit);
      f.get(block.next).set(row);
      f.get(row).set(target.row);
      f.get(row).i32.const(1).i32.add().set(block.next);
      f.i32.const(0).set(block.given);
      f.get(validity);
      f.if(() => {
        f.get(validity).get(row).i32.const(3).i32.shrU().i32.add().i32.load8U(0, 1, memory);
        f.get(row).i32.const(7).i32.and().i32.shrU().i32.const(1).i32.and().i32.eqz().brIf(again);
      });
      call.invoke();
      blocks.open(target.next);
      f.br(again);
    });
  });
  return f;
}
