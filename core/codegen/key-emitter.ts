import type { KeyField } from '../columnar/key-layout.ts';
import { notSupported } from '../common/errors.ts';
import type { FunctionBuilder, Local } from '../wasm/encoder/index.ts';
import type { ComputeSpec } from './contract.ts';
import { frameHead } from './frame.ts';
import { emitHashFinish, emitHashRound, emitHashView, keyWords } from './hash.ts';
import type { Operand } from './operand.ts';
import type { ModuleContext, RowEmitter } from './row-emitter.ts';

/** Emits canonical key rows and their hashes (columnar/key-layout.ts). */
export class KeyEmitter {
  readonly #context: ModuleContext;
  readonly #f: FunctionBuilder;
  readonly #key: NonNullable<ComputeSpec['key']>;
  readonly #rows: Local;
  readonly #hashes: Local;

  constructor(context: ModuleContext, f: FunctionBuilder, key: NonNullable<ComputeSpec['key']>) {
    keyWords(key.layout);
    this.#context = context;
    this.#f = f;
    this.#key = key;
    this.#rows = f.local('i32');
    this.#hashes = f.local('i32');
  }

  begin(frame: Local): void {
    this.#f.get(frame).i32.load(frameHead.keyRows).set(this.#rows);
    this.#f.get(frame).i32.load(frameHead.hashes).set(this.#hashes);
  }

  row(emitter: RowEmitter, kept: Local): void {
    const f = this.#f;
    const { layout, expressions } = this.#key;
    const address = f.local('i32');
    const hash = f.local('i64');
    const scratch = f.local('i64');
    const word = f.local('i64');
    const second = f.local('i64');
    const values = expressions.map(expression => emitter.emit(expression));
    f.get(this.#rows).get(kept).i32.const(layout.strideBytes).i32.mul().i32.add().set(address);
    f.i64.const(0).set(hash);
    const put = (offset: number, value: Local): void => {
      f.get(address).get(value).i64.store(offset);
    };
    if (layout.nullable) {
      f.i64.const(0);
      for (const [index, { valid }] of values.entries()) {
        if (valid === 'always') continue;
        emitter.pushValid(valid);
        f.i32.eqz().i64.extendI32U().i64.const(index).i64.shl().i64.or();
      }
      f.set(word);
      put(0, word);
      f.get(word);
      emitHashRound(f, hash, scratch);
    }
    for (const [index, field] of layout.fields.entries()) {
      const operand = values[index]!;
      if (field.form === 'view') {
        this.#viewWords(emitter, operand, word, second);
        put(field.offsetBytes, word);
        put(field.offsetBytes + 8, second);
        emitHashView(f, hash, scratch, word, second, this.#context.kernel('hash_bytes', ['i32', 'i32'], ['i64']));
        continue;
      }
      for (const [part, offset] of (field.form === 'wide' ? [0, 8] : [0]).entries()) {
        pushWord(emitter, field, operand, part);
        if (operand.valid !== 'always') {
          f.i64.const(0);
          emitter.pushValid(operand.valid);
          f.select();
        }
        f.set(word);
        put(field.offsetBytes + offset, word);
        f.get(word);
        emitHashRound(f, hash, scratch);
      }
    }
    if (layout.fields.length === 0 && !layout.nullable) {
      f.i64.const(0).set(word);
      put(0, word);
    }
    f.get(this.#hashes).get(kept).i32.const(2).i32.shl().i32.add();
    emitHashFinish(f, hash);
    f.i32.store();
    f.release(address, hash, scratch, word, second);
  }

  #viewWords(emitter: RowEmitter, operand: Operand, low: Local, high: Local): void {
    const f = this.#f;
    const view = f.local('i32');
    operand.push();
    if (typeof operand.valid === 'object') {
      emitter.nullOf(operand.type).push();
      f.get(operand.valid).select();
    }
    f.tee(view).i64.load(0, 4).set(low);
    f.get(view).i64.load(8, 4).set(high);
    f.release(view);
  }
}

/** Leaves a word of a fixed-width value as the key layout wants it. */
function pushWord(emitter: RowEmitter, field: KeyField, operand: Operand, part: number): void {
  const { f } = emitter;
  switch (operand.form) {
    case 'i32':
      operand.push();
      f.i64.extendI32S();
      return;
    case 'i64':
      operand.push();
      return;
    case 'i128':
      if (part === 0) operand.push();
      else operand.pushHigh();
      return;
    case 'f32':
    case 'f64': {
      const value = f.local('f64');
      operand.push();
      if (operand.form === 'f32') f.f64.promoteF32();
      f.tee(value).i64.reinterpretF64().i64.const(0x7ff8000000000000n).get(value).get(value).f64.eq().select();
      f.release(value);
      return;
    }
    default:
      throw notSupported(`a key of type ${field.type.kind}`);
  }
}
