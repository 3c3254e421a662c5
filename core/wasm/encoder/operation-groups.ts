import type { ByteWriter } from './byte-writer.ts';
import {
  f32Accesses,
  f32Operations,
  f64Accesses,
  f64Operations,
  i32Accesses,
  i32Operations,
  i64Accesses,
  i64Operations,
} from './operations.ts';
import type { MemoryReference } from './references.ts';
import {
  f32x4Lanes,
  f32x4Operations,
  f64x2Lanes,
  f64x2Operations,
  i8x16Lanes,
  i8x16Operations,
  i16x8Lanes,
  i16x8Operations,
  i32x4Lanes,
  i32x4Operations,
  i64x2Lanes,
  i64x2Operations,
  v128Accesses,
  v128LaneAccesses,
  v128Operations,
} from './simd-operations.ts';

type Plain<Table, Owner> = { readonly [Name in keyof Table]: () => Owner };
/** `align` in bytes, at most the natural alignment, which is the default; a hint only, unaligned places work. */
type Access<Table, Owner> = {
  readonly [Name in keyof Table]: (offset?: number, align?: number, memory?: MemoryReference) => Owner;
};
type LaneAccess<Table, Owner> = {
  readonly [Name in keyof Table]: (lane: number, offset?: number, align?: number, memory?: MemoryReference) => Owner;
};
type Lane<Table, Owner> = { readonly [Name in keyof Table]: (lane: number) => Owner };

export type I32Group<Owner> = Plain<typeof i32Operations, Owner> &
  Access<typeof i32Accesses, Owner> & { const(value: number): Owner };
export type I64Group<Owner> = Plain<typeof i64Operations, Owner> &
  Access<typeof i64Accesses, Owner> & { const(value: bigint | number): Owner };
export type F32Group<Owner> = Plain<typeof f32Operations, Owner> &
  Access<typeof f32Accesses, Owner> & { const(value: number): Owner };
export type F64Group<Owner> = Plain<typeof f64Operations, Owner> &
  Access<typeof f64Accesses, Owner> & { const(value: number): Owner };
export type V128Group<Owner> = Plain<typeof v128Operations, Owner> &
  Access<typeof v128Accesses, Owner> &
  LaneAccess<typeof v128LaneAccesses, Owner> & {
    /** 16 bytes, lane 0 first. */
    const(bytes: ArrayLike<number>): Owner;
  };
export type I8x16Group<Owner> = Plain<typeof i8x16Operations, Owner> &
  Lane<typeof i8x16Lanes, Owner> & {
    /** 16 lane numbers, 0–15 of the first and 16–31 of the second operand. */
    shuffle(lanes: ArrayLike<number>): Owner;
  };
export type I16x8Group<Owner> = Plain<typeof i16x8Operations, Owner> & Lane<typeof i16x8Lanes, Owner>;
export type I32x4Group<Owner> = Plain<typeof i32x4Operations, Owner> & Lane<typeof i32x4Lanes, Owner>;
export type I64x2Group<Owner> = Plain<typeof i64x2Operations, Owner> & Lane<typeof i64x2Lanes, Owner>;
export type F32x4Group<Owner> = Plain<typeof f32x4Operations, Owner> & Lane<typeof f32x4Lanes, Owner>;
export type F64x2Group<Owner> = Plain<typeof f64x2Operations, Owner> & Lane<typeof f64x2Lanes, Owner>;

export interface OperationGroups<Owner> {
  readonly i32: I32Group<Owner>;
  readonly i64: I64Group<Owner>;
  readonly f32: F32Group<Owner>;
  readonly f64: F64Group<Owner>;
  readonly v128: V128Group<Owner>;
  readonly i8x16: I8x16Group<Owner>;
  readonly i16x8: I16x8Group<Owner>;
  readonly i32x4: I32x4Group<Owner>;
  readonly i64x2: I64x2Group<Owner>;
  readonly f32x4: F32x4Group<Owner>;
  readonly f64x2: F64x2Group<Owner>;
}
export type GroupName = keyof OperationGroups<unknown>;

interface Holder {
  readonly owner: { readonly code: ByteWriter };
}
type Method = (this: Holder, ...operands: never[]) => unknown;
type Prototype = Record<string, Method>;

const simdPrefix = 0xfd;

function emitOpcode(code: ByteWriter, opcode: number): void {
  if (opcode > 0xff) {
    code.u8(opcode >> 8);
    code.u32(opcode & 0xff);
  } else code.u8(opcode);
}

function memoryArgument(code: ByteWriter, offset: number, align: number, memory: MemoryReference | undefined): void {
  const exponent = 31 - Math.clz32(align);
  if (memory === undefined || memory.index === 0) code.u8(exponent);
  else {
    code.u8(exponent | 0x40);
    code.u32(memory.index);
  }
  code.u32(offset);
}

type Opcodes = Readonly<Record<string, number>>;
type AccessOpcodes = Readonly<Record<string, readonly [number, number]>>;

function addPlain(prototype: Prototype, table: Opcodes, prefix = 0): void {
  for (const [name, opcode] of Object.entries(table)) {
    const full = (prefix << 8) | opcode;
    prototype[name] = function () {
      emitOpcode(this.owner.code, full);
      return this.owner;
    };
  }
}

function addAccesses(prototype: Prototype, table: AccessOpcodes, prefix = 0): void {
  for (const [name, [opcode, natural]] of Object.entries(table)) {
    const full = (prefix << 8) | opcode;
    prototype[name] = function (offset = 0, align: number = natural, memory?: MemoryReference) {
      emitOpcode(this.owner.code, full);
      memoryArgument(this.owner.code, offset, align, memory);
      return this.owner;
    };
  }
}

function addLanes(prototype: Prototype, table: Opcodes): void {
  for (const [name, opcode] of Object.entries(table)) {
    prototype[name] = function (lane: number) {
      emitOpcode(this.owner.code, (simdPrefix << 8) | opcode);
      this.owner.code.u8(lane);
      return this.owner;
    };
  }
}

function scalar(operations: Opcodes, accesses: AccessOpcodes, emitConst: (code: ByteWriter, value: never) => void): Prototype {
  const prototype: Prototype = {};
  addPlain(prototype, operations);
  addAccesses(prototype, accesses);
  prototype.const = function (value: never) {
    emitConst(this.owner.code, value);
    return this.owner;
  };
  return prototype;
}

function vector(operations: Opcodes, lanes: Opcodes = {}): Prototype {
  const prototype: Prototype = {};
  addPlain(prototype, operations, simdPrefix);
  addLanes(prototype, lanes);
  return prototype;
}

const prototypes: Readonly<Record<GroupName, Prototype>> = {
  i32: scalar(i32Operations, i32Accesses, (code, value: number) => {
    code.u8(0x41);
    code.s32(value);
  }),
  i64: scalar(i64Operations, i64Accesses, (code, value: bigint | number) => {
    code.u8(0x42);
    code.s64(value);
  }),
  f32: scalar(f32Operations, f32Accesses, (code, value: number) => {
    code.u8(0x43);
    code.f32(value);
  }),
  f64: scalar(f64Operations, f64Accesses, (code, value: number) => {
    code.u8(0x44);
    code.f64(value);
  }),
  v128: vector(v128Operations),
  i8x16: vector(i8x16Operations, i8x16Lanes),
  i16x8: vector(i16x8Operations, i16x8Lanes),
  i32x4: vector(i32x4Operations, i32x4Lanes),
  i64x2: vector(i64x2Operations, i64x2Lanes),
  f32x4: vector(f32x4Operations, f32x4Lanes),
  f64x2: vector(f64x2Operations, f64x2Lanes),
};

addAccesses(prototypes.v128, v128Accesses, simdPrefix);
for (const [name, [opcode, natural]] of Object.entries(v128LaneAccesses)) {
  prototypes.v128[name] = function (lane: number, offset = 0, align: number = natural, memory?: MemoryReference) {
    emitOpcode(this.owner.code, (simdPrefix << 8) | opcode);
    memoryArgument(this.owner.code, offset, align, memory);
    this.owner.code.u8(lane);
    return this.owner;
  };
}
const sixteenBytes = (opcode: number): Method =>
  function (this: Holder, bytes: ArrayLike<number>) {
    emitOpcode(this.owner.code, (simdPrefix << 8) | opcode);
    for (let index = 0; index < 16; index++) this.owner.code.u8(bytes[index] ?? 0);
    return this.owner;
  };
prototypes.v128.const = sixteenBytes(12);
prototypes.i8x16.shuffle = sixteenBytes(13);

/** The instructions of one type, emitting into the owner's code and returning the owner. */
export function operationGroup<Name extends GroupName, Owner extends { readonly code: ByteWriter }>(
  name: Name,
  owner: Owner,
): OperationGroups<Owner>[Name] {
  return Object.assign(Object.create(prototypes[name]), { owner });
}
