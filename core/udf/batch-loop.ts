import { internalError } from '../common/errors.ts';
import type { FunctionBuilder, FunctionReference, Local } from '../wasm/encoder/index.ts';
import type { ModuleEditor } from '../wasm/reader/index.ts';
import { exportNames, heapOffset, type LoopTarget } from './loop-target.ts';
import { emitResultPlace } from './result-place.ts';
import { argumentColumns, framePlaces, RowEmitter } from './row-emitter.ts';
import { argumentHasFlag, usesText } from './signature.ts';
import { TextEmitter } from './text-emitter.ts';

/**
 * Appends to the module, for one function:
 * - `prepare(rows, frame)`: writes the result's validity, if it has one: the AND of the arguments whose NULLs are not passed on;
 * - `loop(start, end, selection, frame)`: calls the function for rows start … end − 1 whose validity bit is set and whose selection byte is
 *   not 0 (address 0: all are selected). Other rows get zero bytes. The row is stored before each call. A function that cannot trap and
 *   changes nothing is called for all rows, which is faster than to choose.
 */
export function appendBatchLoop(editor: ModuleEditor, loop: LoopTarget): void {
  const { name } = loop.signature;
  editor.addExport(exportNames.prepare(name), appendPrepare(editor, loop));
  editor.addExport(exportNames.loop(name), appendLoop(editor, loop));
}

export function appendPrepare(editor: ModuleEditor, { signature, memory }: LoopTarget): FunctionReference {
  const count = signature.arguments.length;
  const f = editor.addFunction(exportNames.prepare(signature.name), ['i32', 'i32'], []);
  const [rows, frame] = f.parameters;
  const output = f.newLocal('i32');
  const offset = f.newLocal('i32');
  const end = f.newLocal('i32');
  const word = f.newLocal('i64');
  f.get(frame)
    .i32.load(8 * count + 4, 4, memory)
    .tee(output)
    .i32.eqz();
  f.if(() => f.return());
  const inputs = signature.arguments.flatMap((_, index) => {
    if (argumentHasFlag(signature, index)) return [];
    const validity = f.newLocal('i32');
    f.get(frame)
      .i32.load(8 * index + 4, 4, memory)
      .set(validity);
    return [validity];
  });
  f.get(rows).i32.const(63).i32.add().i32.const(6).i32.shrU().i32.const(3).i32.shl().set(end);
  f.while(
    () => f.get(offset).get(end).i32.ltU(),
    () => {
      f.i64.const(-1).set(word);
      for (const validity of inputs) {
        f.get(validity).if(() => {
          f.get(word).get(validity).get(offset).i32.add().i64.load(0, 8, memory).i64.and().set(word);
        });
      }
      f.get(output).get(offset).i32.add().get(word).i64.store(0, 8, memory);
      f.get(offset).i32.const(8).i32.add().set(offset);
    },
  );
  return f;
}

function appendLoop(editor: ModuleEditor, loop: LoopTarget): FunctionReference {
  const { signature, memory } = loop;
  const count = signature.arguments.length;
  const f = editor.addFunction(exportNames.loop(signature.name), ['i32', 'i32', 'i32', 'i32'], []);
  const [row, end, selection, frame] = f.parameters;
  const place = framePlaces(f, frame, memory);
  const columns = argumentColumns(signature, place);
  const result = place(8 * count);
  const validity = place(8 * count + 4);
  const emit = new RowEmitter(f, loop, row, columns, result, validity, textEmitter(f, loop, frame));
  // Out of range traps if the result is NOT NULL, and a row that is NULL or not selected can hold anything.
  const unconditional =
    loop.total &&
    loop.byPlace !== true &&
    !usesText(signature) &&
    !(signature.result.kind === 'DECIMAL' && !signature.result.nullable);
  f.get(row).get(end).i32.geU();
  f.if(() => f.return());
  if (loop.byPlace === true) emitResultPlace(f, loop);
  if (unconditional) rounds(f, row, end, () => emit.call());
  else {
    f.get(validity).get(selection).i32.or();
    f.if(
      () => chosenRows(f, loop, { row, end, selection, validity }, emit),
      () => rounds(f, row, end, () => emit.call()),
    );
  }
  return f;
}

/** For a function that takes or makes text; `heap` begins behind the frame's arguments and result. */
export function textEmitter(f: FunctionBuilder, loop: LoopTarget, frame: Local): TextEmitter | undefined {
  const { signature, text } = loop;
  if (!usesText(signature)) return undefined;
  if (text === undefined) throw internalError(`'${signature.name}' takes text and has no memory`);
  const heap = f.newLocal('i32');
  f.get(frame).i32.const(heapOffset(signature.arguments.length)).i32.add().set(heap);
  return new TextEmitter(f, loop, text, heap, true);
}

/** Runs `body` for row … end − 1; there is at least one row. */
function rounds(f: FunctionBuilder, row: Local, end: Local, body: () => void): void {
  f.loop(again => {
    body();
    f.get(row).i32.const(1).i32.add().tee(row).get(end).i32.ltU().brIf(again);
  });
}

interface Chosen {
  readonly row: Local;
  readonly end: Local;
  readonly selection: Local;
  readonly validity: Local;
}

/**
 * Takes 64 rows at a time, as a word of bits: all set is a plain loop, else set bits are visited one by one, which mispredicts less than a
 * branch per row.
 */
function chosenRows(
  f: FunctionBuilder,
  { memory }: LoopTarget,
  { row, end, selection, validity }: Chosen,
  emit: RowEmitter,
): void {
  const first = f.newLocal('i32');
  const stop = f.newLocal('i32');
  const range = f.newLocal('i64');
  const word = f.newLocal('i64');
  f.loop(again => {
    f.get(row).i32.const(-64).i32.and().tee(first).i32.const(64).i32.add().tee(stop);
    f.get(end).get(stop).get(end).i32.ltU().select().set(stop);
    // The rows of this word that are between start and end.
    f.i64.const(-1).get(row).i64.extendI32U().i64.shl();
    f.i64.const(-1).get(first).i32.const(64).i32.add().get(stop).i32.sub().i64.extendI32U().i64.shrU();
    f.i64.and().tee(range).set(word);
    f.get(validity).if(() => {
      f.get(word).get(validity).get(first).i32.const(3).i32.shrU().i32.add().i64.load(0, 8, memory).i64.and().set(word);
    });
    f.get(selection).if(() => {
      f.get(word);
      for (let part = 0; part < 4; part++) {
        f.get(selection)
          .get(first)
          .i32.add()
          .v128.load(16 * part, 1, memory)
          .v128.const([])
          .i8x16.ne()
          .i8x16.bitmask();
        f.i64.extendI32U();
        if (part > 0)
          f.i64
            .const(16 * part)
            .i64.shl()
            .i64.or();
      }
      f.i64.and().set(word);
    });
    f.get(word).get(range).i64.eq();
    f.if(
      () => rounds(f, row, stop, () => emit.call()),
      () => {
        f.get(range).get(word).i64.xor().set(range);
        setBits(f, word, first, row, () => emit.call());
        setBits(f, range, first, row, () => emit.storeZero());
      },
    );
    f.get(stop).tee(row).get(end).i32.ltU().brIf(again);
  });
}

/** Runs `body` with row = first + the place of each set bit, and leaves the word 0. */
function setBits(f: FunctionBuilder, word: Local, first: Local, row: Local, body: () => void): void {
  f.while(
    () => f.get(word).i64.eqz().i32.eqz(),
    () => {
      f.get(word).i64.ctz().i32.wrapI64().get(first).i32.add().set(row);
      body();
      f.get(word).get(word).i64.const(1).i64.sub().i64.and().set(word);
    },
  );
}
