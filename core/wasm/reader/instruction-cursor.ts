import { TidemillError } from '../../common/errors.ts';
import { valueTypeCodes } from '../encoder/index.ts';
import { guarded } from '../guards.ts';
import { type ByteReader, malformed } from './byte-reader.ts';

export function unsupported(feature: string): TidemillError {
  return new TidemillError('wasm-unsupported', `the module uses ${feature}, which Tidemill does not run`, {
    hint: 'Build it for the WebAssembly 2.0 instruction set with tail calls and extended constants, without exceptions, GC and 64-bit memories.',
  });
}

/** Opcodes that rewriting looks at; prefixed ones carry their prefix in the upper bytes. */
export const opcodes = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  memoryGrow: 0x40,
  refFunc: 0xd2,
  memoryInit: 0xfc08,
  memoryCopy: 0xfc0a,
  memoryFill: 0xfc0b,
  tableInit: 0xfc0c,
  tableCopy: 0xfc0e,
  tableGrow: 0xfc0f,
  tableFill: 0xfc11,
} as const;

const immediateKinds = {
  none: 0,
  block: 1,
  u32: 2,
  u32Twice: 3,
  table: 4,
  memory: 5,
  signed: 6,
  four: 7,
  eight: 8,
  types: 9,
  reference: 10,
} as const;
type Immediate = (typeof immediateKinds)[keyof typeof immediateKinds];

/** Typed references take more than one byte, where readers expect one. */
export function checkPlainType(code: number): void {
  if ((code === 0x63 || code === 0x64) && guarded('features')) throw unsupported('typed references');
}

/** What follows each one-byte opcode; undefined = not in the supported set. */
const immediates: readonly (Immediate | undefined)[] = (() => {
  const table: (Immediate | undefined)[] = new Array(256).fill(undefined);
  const fill = (from: number, to: number, immediate: Immediate) => table.fill(immediate, from, to + 1);
  fill(0x00, 0x01, immediateKinds.none);
  fill(0x02, 0x04, immediateKinds.block);
  fill(0x05, 0x05, immediateKinds.none);
  fill(0x0b, 0x0b, immediateKinds.none);
  fill(0x0c, 0x0d, immediateKinds.u32);
  fill(0x0e, 0x0e, immediateKinds.table);
  fill(0x0f, 0x0f, immediateKinds.none);
  fill(0x10, 0x10, immediateKinds.u32);
  fill(0x11, 0x11, immediateKinds.u32Twice);
  fill(0x12, 0x12, immediateKinds.u32);
  fill(0x13, 0x13, immediateKinds.u32Twice);
  fill(0x1a, 0x1b, immediateKinds.none);
  fill(0x1c, 0x1c, immediateKinds.types);
  fill(0x20, 0x26, immediateKinds.u32);
  fill(0x28, 0x3e, immediateKinds.memory);
  fill(0x3f, 0x40, immediateKinds.u32);
  fill(0x41, 0x42, immediateKinds.signed);
  fill(0x43, 0x43, immediateKinds.four);
  fill(0x44, 0x44, immediateKinds.eight);
  fill(0x45, 0xc4, immediateKinds.none);
  fill(0xd0, 0xd0, immediateKinds.reference);
  fill(0xd1, 0xd1, immediateKinds.none);
  fill(0xd2, 0xd2, immediateKinds.u32);
  return table;
})();

const features: Readonly<Record<number, string>> = {
  6: 'exceptions',
  7: 'exceptions',
  8: 'exceptions',
  9: 'exceptions',
  10: 'exceptions',
  24: 'exceptions',
  25: 'exceptions',
  31: 'exceptions',
  20: 'typed function references',
  21: 'typed function references',
  251: 'garbage-collected types',
};

/**
 * Steps through the instructions of a function body or constant expression of a *validated* module: MVP, sign extension, saturating
 * truncation, bulk memory, reference types, multi-value, SIMD (with relaxed), tail calls, atomics.
 *
 * After `next()`: `opcode` (prefixed ones as in {@link opcodes}), `start` of the instruction, the reader's position at its end, `operand`
 * (the first index: function, label, type, memory), `memory` (index that a load, store or bulk instruction names first).
 */
export class InstructionCursor {
  readonly reader: ByteReader;
  opcode = 0;
  operand = 0;
  memory = 0;
  start = 0;
  depth = 0;

  constructor(reader: ByteReader) {
    this.reader = reader;
  }

  /** Goes to the next instruction; false once the `end` that closes the expression has been passed. */
  next(): boolean {
    if (this.depth < 0) return false;
    const reader = this.reader;
    this.start = reader.position;
    const opcode = reader.u8();
    this.opcode = opcode;
    if (opcode >= 0xfc) this.#prefixed(opcode);
    else {
      const immediate = immediates[opcode] ?? (guarded('features') ? undefined : immediateKinds.none);
      if (immediate === undefined) throw unsupported(features[opcode] ?? `the unknown instruction 0x${opcode.toString(16)}`);
      this.#read(immediate);
      if (opcode <= 0x0b) {
        if (opcode >= 0x02 && opcode <= 0x04) this.depth++;
        else if (opcode === 0x0b) this.depth--;
      }
    }
    return true;
  }

  #read(immediate: Immediate): void {
    const reader = this.reader;
    switch (immediate) {
      case immediateKinds.none:
        break;
      case immediateKinds.block:
        checkPlainType(reader.bytes[reader.position]!);
        reader.skipNumber();
        break;
      case immediateKinds.signed:
        reader.skipNumber();
        break;
      case immediateKinds.u32:
        this.operand = reader.u32();
        break;
      case immediateKinds.u32Twice:
        this.operand = reader.u32();
        reader.u32();
        break;
      case immediateKinds.table:
        for (let count = reader.u32() + 1; count > 0; count--) reader.u32();
        break;
      case immediateKinds.memory:
        this.#memoryArgument();
        break;
      case immediateKinds.four:
        reader.skip(4);
        break;
      case immediateKinds.eight:
        reader.skip(8);
        break;
      case immediateKinds.types:
        for (let count = reader.u32(); count > 0; count--) checkPlainType(reader.u8());
        break;
      case immediateKinds.reference: {
        const type = reader.u8();
        if (type !== valueTypeCodes.funcref && type !== valueTypeCodes.externref) throw unsupported('typed references');
        break;
      }
    }
  }

  #memoryArgument(): void {
    const align = this.reader.u32();
    this.memory = (align & 0x40) === 0 ? 0 : this.reader.u32();
    this.reader.skipNumber();
  }

  #prefixed(prefix: number): void {
    const reader = this.reader;
    const number = reader.u32();
    this.opcode = (prefix << 8) | number;
    if (number > 0x1ff) throw unsupported(`the unknown instruction 0x${prefix.toString(16)} ${number}`);
    if (prefix === 0xfc) {
      if (number <= 7) return;
      if (number > 17) throw unsupported(`the unknown instruction 0xfc ${number}`);
      this.operand = reader.u32();
      if (number === 8 || number === 10 || number === 12 || number === 14) {
        const second = reader.u32();
        // memory.init names its segment first, memory.copy its destination.
        this.memory = number === 8 ? second : this.operand;
      } else this.memory = this.operand;
    } else if (prefix === 0xfd) {
      this.opcode = 0xfd0000 | number;
      if (number <= 11 || number === 92 || number === 93) this.#memoryArgument();
      else if (number === 12 || number === 13) reader.skip(16);
      else if (number >= 21 && number <= 34) reader.skip(1);
      else if (number >= 84 && number <= 91) {
        this.#memoryArgument();
        reader.skip(1);
      } else if (number > 0x113) throw unsupported(`the unknown instruction 0xfd ${number}`);
    } else if (prefix === 0xfe) {
      if (number === 3) reader.skip(1);
      else if (number <= 2 || (number >= 0x10 && number <= 0x4e)) this.#memoryArgument();
      else throw unsupported(`the unknown instruction 0xfe ${number}`);
    } else throw malformed(`an instruction starts with 0x${prefix.toString(16)}`);
  }
}
