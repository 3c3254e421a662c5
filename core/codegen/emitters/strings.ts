import { types } from '../../columnar/types.ts';
import { likePieces } from '../../functions/like.ts';
import type { Call, Expression } from '../../plan/expressions.ts';
import type { Operand } from '../operand.ts';
import type { Emitter, RowEmitter } from '../row-emitter.ts';
import { pushComparison } from './comparison.ts';

/** A 16-byte place of the frame for the view that a call makes. */
export const viewSlot = (e: RowEmitter): number => e.context.frame.reserve(16, 16);

interface KernelCall {
  readonly kernel: string;
  /** Leaves the arguments before `out`; how many there are. */
  readonly push: () => number;
}

/** A view made by a kernel that always gives one. */
function makesView(e: RowEmitter, call: Call, args: readonly Operand[], { kernel, push }: KernelCall): Operand {
  return e.strict(call.type, args, { guarded: true }, ([result]) => {
    const out = viewSlot(e);
    const count = push();
    e.pushFrame(out);
    e.f.call(e.context.kernel(kernel, new Array(count + 1).fill('i32')));
    e.pushFrame(out);
    e.f.set(result!);
  });
}

/** A view made by a kernel whose status 0 means NULL. */
function mayMakeView(e: RowEmitter, call: Call, args: readonly Operand[], { kernel, push }: KernelCall): Operand {
  return e.strictOrNull(call.type, args, ([result], valid) => {
    const out = viewSlot(e);
    const count = push();
    e.pushFrame(out);
    e.f.call(e.context.kernel(kernel, new Array(count + 1).fill('i32'), ['i32'])).set(valid);
    e.pushFrame(out);
    e.f.set(result!);
  });
}

/** An i32 made by a kernel. */
function makesInteger(e: RowEmitter, call: Call, args: readonly Operand[], { kernel, push }: KernelCall): Operand {
  return e.strict(call.type, args, { guarded: true }, ([result]) => {
    const count = push();
    e.f.call(e.context.kernel(kernel, new Array(count).fill('i32'), ['i32'])).set(result!);
  });
}

type Maker = typeof makesView;

/** Arguments in a given order, then numbers. */
function plain(make: Maker, kernel: string, order: readonly number[], more: readonly number[] = []): Emitter {
  return (e, call) => {
    const args = call.arguments.map(argument => e.emit(argument));
    return make(e, call, args, {
      kernel,
      push: () => {
        for (const index of order) args[index]!.push();
        for (const number of more) e.f.i32.const(number);
        return order.length + more.length;
      },
    });
  };
}

function trimmer(sides: number): Emitter {
  return (e, call) => {
    const args = call.arguments.map(argument => e.emit(argument));
    const set = args[1] ?? e.constant(' ', types.char(1, false));
    return makesView(e, call, args, {
      kernel: 'str_trim',
      push: () => {
        args[0]!.push();
        set.push();
        e.f.i32.const(sides);
        return 3;
      },
    });
  };
}

const sideNumbers: Readonly<Record<string, number>> = { LEADING: 1, TRAILING: 2, BOTH: 3 };

/** The text of a literal argument. */
export function literalText(expression: Expression | undefined): string | undefined {
  return expression?.kind === 'literal' && typeof expression.value === 'string' ? expression.value : undefined;
}

const trim: Emitter = (e, call) => {
  const [set, value] = call.arguments.slice(1).map(argument => e.emit(argument)) as [Operand, Operand];
  return makesView(e, call, [set, value], {
    kernel: 'str_trim',
    push: () => {
      value.push();
      set.push();
      e.f.i32.const(sideNumbers[literalText(call.arguments[0]) ?? 'BOTH'] ?? 3);
      return 3;
    },
  });
};

const substring: Emitter = (e, call) => {
  const args = call.arguments.map(argument => e.emit(argument));
  return mayMakeView(e, call, args, {
    kernel: 'str_substring',
    push: () => {
      args[0]!.push();
      args[1]!.push();
      if (args[2] === undefined) e.f.i32.const(0x7fffffff);
      else args[2].push();
      return 3;
    },
  });
};

/** LEFT(s, n) is the substring from 1 of at least no characters. */
const left: Emitter = (e, call) => {
  const args = call.arguments.map(argument => e.emit(argument));
  return mayMakeView(e, call, args, {
    kernel: 'str_substring',
    push: () => {
      args[0]!.push();
      e.f.i32.const(1);
      args[1]!.push();
      e.f.i32.const(0);
      args[1]!.push();
      e.f.i32.const(0).i32.gtS().select();
      return 3;
    },
  });
};

const locate: Emitter = (e, call) => {
  const args = call.arguments.map(argument => e.emit(argument));
  return makesInteger(e, call, args, {
    kernel: 'str_locate',
    push: () => {
      args[0]!.push();
      args[1]!.push();
      if (args[2] === undefined) e.f.i32.const(1);
      else args[2].push();
      return 3;
    },
  });
};

const concat: Emitter = (e, call) => {
  const args = call.arguments.map(argument => e.emit(argument));
  return e.strict(call.type, args, { guarded: true }, ([result]) => {
    const kernel = e.context.kernel('str_concat', ['i32', 'i32', 'i32']);
    e.assign([result!], args[0]!);
    for (const next of args.slice(1)) {
      const out = viewSlot(e);
      e.f.get(result!);
      next.push();
      e.pushFrame(out);
      e.f.call(kernel);
      e.pushFrame(out);
      e.f.set(result!);
    }
  });
};

/** NULLs among the parts are left out; the separator stands only between parts. */
const concatWs: Emitter = (e, call) => {
  const [separator, ...parts] = call.arguments.map(argument => e.emit(argument)) as [Operand, ...Operand[]];
  const { f } = e;
  return e.strict(call.type, [separator], { guarded: true }, ([result]) => {
    const kernel = e.context.kernel('str_concat', ['i32', 'i32', 'i32']);
    const some = f.local('i32');
    f.i32.const(0).set(some);
    e.nullOf(call.type).push();
    f.set(result!);
    for (const part of parts) {
      const [between, out] = [viewSlot(e), viewSlot(e)];
      e.whenValid(part.valid, () => {
        f.get(some).if(() => {
          f.get(result!);
          separator.push();
          e.pushFrame(between);
          f.call(kernel);
          e.pushFrame(between);
          f.set(result!);
        });
        f.get(result!);
        part.push();
        e.pushFrame(out);
        f.call(kernel);
        e.pushFrame(out);
        f.set(result!);
        f.i32.const(1).set(some);
      });
    }
  });
};

const octetLength: Emitter = (e, call) => {
  const args = call.arguments.map(argument => e.emit(argument));
  return e.strict(call.type, args, { guarded: true }, ([result]) => {
    args[0]!.push();
    e.f.i32.load().set(result!);
  });
};

/** LIKE with a pattern that is known: common shapes are comparisons, the others a small program. */
const like: Emitter = (e, call) => {
  const value = e.emit(call.arguments[0]!);
  const pieces = likePieces(literalText(call.arguments[1])!, literalText(call.arguments[2]));
  const shape = pieces.map(piece => piece.kind).join();
  const text = pieces.find(piece => piece.kind === 'text')?.text ?? '';
  const part = e.constant(text, types.string(false));
  const { f } = e;
  return e.strict(call.type, [value], { guarded: true }, ([result]) => {
    const kernels: Readonly<Record<string, string>> = {
      'text,many': 'str_starts_with',
      'many,text': 'str_ends_with',
      'many,text,many': 'str_contains',
    };
    if (shape === '' || shape === 'text') pushComparison(e, 'eq', value, part);
    else if (shape === 'many') f.i32.const(1);
    else if (kernels[shape] !== undefined) {
      value.push();
      part.push();
      f.call(e.context.kernel(kernels[shape], ['i32', 'i32'], ['i32']));
    } else {
      value.push();
      e.pushFrame(e.context.frame.bytes(likeProgram(pieces)));
      f.call(e.context.kernel('str_like', ['i32', 'i32'], ['i32']));
    }
    f.set(result!);
  });
};

/** The operations of kernels/sources/strings.ts, str_like. */
function likeProgram(pieces: ReturnType<typeof likePieces>): Uint8Array {
  const words: number[] = [];
  const word = (value: number): void =>
    void words.push(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255);
  for (const piece of pieces) {
    switch (piece.kind) {
      case 'text': {
        const bytes = new TextEncoder().encode(piece.text);
        word(1);
        word(bytes.length);
        words.push(...bytes, ...new Array<number>(-bytes.length & 3).fill(0));
        break;
      }
      case 'one':
        word(2);
        break;
      case 'many':
        word(3);
    }
  }
  word(0);
  return Uint8Array.from(words);
}

export const stringEmitters: Readonly<Record<string, Emitter>> = {
  upper: plain(makesView, 'str_upper', [0]),
  lower: plain(makesView, 'str_lower', [0]),
  reverse: plain(makesView, 'str_reverse', [0]),
  'char-length': plain(makesInteger, 'str_length', [0]),
  ascii: plain(makesInteger, 'str_first_byte', [0]),
  'octet-length': octetLength,
  concat,
  'concat-all': concat,
  'concat-ws': concatWs,
  substring,
  left,
  right: plain(makesView, 'str_right', [0, 1]),
  trim,
  ltrim: trimmer(1),
  rtrim: trimmer(2),
  btrim: trimmer(3),
  position: locate,
  locate,
  instr: plain(makesInteger, 'str_locate', [1, 0], [1]),
  replace: plain(makesView, 'str_replace', [0, 1, 2]),
  repeat: plain(makesView, 'str_repeat', [0, 1]),
  lpad: plain(mayMakeView, 'str_pad', [0, 1, 2], [1]),
  rpad: plain(mayMakeView, 'str_pad', [0, 1, 2], [0]),
  'split-index': plain(mayMakeView, 'str_split_index', [0, 1, 2]),
  'starts-with': plain(makesInteger, 'str_starts_with', [0, 1]),
  'ends-with': plain(makesInteger, 'str_ends_with', [0, 1]),
  like,
};

/** Calls that need a literal somewhere to be generated. */
export function stringCallIsKnown(call: Call): boolean {
  if (call.name === 'like') {
    return (
      literalText(call.arguments[1]) !== undefined &&
      (call.arguments.length === 2 || literalText(call.arguments[2]) !== undefined)
    );
  }
  // places beyond the first, and separators given by number: rare
  if (call.name === 'instr') return call.arguments.length === 2;
  if (call.name === 'split-index') return call.arguments[1]!.type.kind !== 'INT';
  if (call.name === 'trim') return literalText(call.arguments[0]) !== undefined;
  return true;
}
