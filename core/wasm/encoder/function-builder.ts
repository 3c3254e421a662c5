import { internalError } from '../../common/errors.ts';
import { ByteWriter } from './byte-writer.ts';
import { operationGroup } from './operation-groups.ts';
import {
  type BlockType,
  type DataReference,
  type FunctionReference,
  type FunctionType,
  type GlobalReference,
  type Label,
  type Local,
  type MemoryReference,
  type TableReference,
  type ValueType,
  valueTypeCodes,
} from './references.ts';

/** A place in a function's code where an index belongs that is known only when the module is complete. */
export interface Relocation {
  readonly offset: number;
  readonly target: FunctionReference | GlobalReference;
}

/** What a function needs of its module. */
export interface FunctionOwner {
  typeIndex(type: FunctionType): number;
}

type Body = (label: Label) => void;

/**
 * Writes one function's instructions, in stack order; every method returns the builder, so that calls chain. Made by
 * `ModuleBuilder.function`. The instructions of a type are on the property named after it: `f.get(a).get(b).f64.add().set(c)`.
 * Nothing is checked while writing but labels; the engine's compiler names the offset of a mistake.
 *
 * @example
 * const f = module.exportFunction('sum', ['i32'], ['i64']);
 * const [n] = f.parameters, i = f.local('i32'), sum = f.local('i64');
 * f.forRange(i, 0, n, () => { f.get(sum).get(i).i64.extendI32U().i64.add().set(sum); });
 * f.get(sum);
 */
export class FunctionBuilder implements FunctionReference {
  readonly kind = 'function';
  readonly name: string;
  readonly type: FunctionType;
  readonly parameters: readonly Local[];
  readonly code = new ByteWriter();
  readonly relocations: Relocation[] = [];
  readonly #owner: FunctionOwner;
  readonly #locals: ValueType[] = [];
  readonly #free = new Map<ValueType, Local[]>();
  readonly #labels: Label[] = [];

  readonly i32 = operationGroup('i32', this);
  readonly i64 = operationGroup('i64', this);
  readonly f32 = operationGroup('f32', this);
  readonly f64 = operationGroup('f64', this);

  constructor(owner: FunctionOwner, name: string, type: FunctionType) {
    this.#owner = owner;
    this.name = name;
    this.type = type;
    this.parameters = type.parameters.map((parameter, index) => ({ kind: 'local', index, type: parameter }));
  }

  get v128() {
    return operationGroup('v128', this);
  }
  get i8x16() {
    return operationGroup('i8x16', this);
  }
  get i16x8() {
    return operationGroup('i16x8', this);
  }
  get i32x4() {
    return operationGroup('i32x4', this);
  }
  get i64x2() {
    return operationGroup('i64x2', this);
  }
  get f32x4() {
    return operationGroup('f32x4', this);
  }
  get f64x2() {
    return operationGroup('f64x2', this);
  }

  /** A variable: one released before, of unspecified value, or a new one, which is 0 when the function starts. */
  local(type: ValueType): Local {
    return this.#free.get(type)?.pop() ?? this.newLocal(type);
  }

  /** A variable never used before: 0 when the function starts. */
  newLocal(type: ValueType): Local {
    this.#locals.push(type);
    return { kind: 'local', index: this.type.parameters.length + this.#locals.length - 1, type };
  }

  /** Gives variables back for reuse by {@link local}. */
  release(...locals: readonly Local[]): this {
    for (const local of locals) {
      const list = this.#free.get(local.type);
      if (list === undefined) this.#free.set(local.type, [local]);
      else list.push(local);
    }
    return this;
  }

  get(place: Local | GlobalReference): this {
    return this.#access(0x20, 0x23, place);
  }
  set(place: Local | GlobalReference): this {
    return this.#access(0x21, 0x24, place);
  }
  tee(place: Local): this {
    return this.#access(0x22, 0, place);
  }

  /** A construct whose label jumps behind its end. */
  block(body: Body): this;
  block(type: BlockType, body: Body): this;
  block(first: BlockType | Body, second?: Body): this {
    return typeof first === 'function' ? this.#construct(0x02, undefined, first) : this.#construct(0x02, first, second!);
  }

  /** A construct whose label jumps to its head; it ends when its end is reached. */
  loop(body: Body): this;
  loop(type: BlockType, body: Body): this;
  loop(first: BlockType | Body, second?: Body): this {
    return typeof first === 'function' ? this.#construct(0x03, undefined, first) : this.#construct(0x03, first, second!);
  }

  /** Takes an i32; the label jumps behind the end. */
  if(then: Body, otherwise?: Body): this;
  if(type: BlockType, then: Body, otherwise?: Body): this;
  if(...operands: [Body, Body?] | [BlockType, Body, Body?]): this {
    const typed = typeof operands[0] !== 'function';
    const [then, otherwise] = (typed ? operands.slice(1) : operands) as [Body, Body?];
    return this.#construct(0x04, typed ? (operands[0] as BlockType) : undefined, label => {
      then(label);
      if (otherwise === undefined) return;
      this.code.u8(0x05);
      otherwise(label);
    });
  }

  /** Runs `body` while the i32 left by `condition` is not 0; `body` gets the labels for leaving and for the next round. */
  while(condition: () => void, body: (exit: Label, again: Label) => void): this {
    return this.block(exit => {
      this.loop(again => {
        condition();
        this.i32.eqz().brIf(exit);
        body(exit, again);
        this.br(again);
      });
    });
  }

  /** Runs `body` with `index` = start … end − 1 (unsigned); one test a round. `end` must not change; `next` goes on with the next round. */
  forRange(index: Local, start: number | Local, end: Local, body: (next: Label, exit: Label) => void): this {
    if (typeof start === 'number') this.i32.const(start);
    else this.get(start);
    this.tee(index);
    return this.get(end)
      .i32.ltU()
      .if(exit => {
        this.loop(again => {
          this.block(next => body(next, exit));
          this.get(index).i32.const(1).i32.add().tee(index);
          this.get(end).i32.ltU().brIf(again);
        });
      });
  }

  br(label: Label): this {
    return this.#jump(0x0c, label);
  }
  brIf(label: Label): this {
    return this.#jump(0x0d, label);
  }
  brTable(labels: readonly Label[], otherwise: Label): this {
    this.code.u8(0x0e);
    this.code.u32(labels.length);
    for (const label of labels) this.code.u32(this.#relativeDepth(label));
    this.code.u32(this.#relativeDepth(otherwise));
    return this;
  }

  return(): this {
    return this.#op(0x0f);
  }
  unreachable(): this {
    return this.#op(0x00);
  }
  nop(): this {
    return this.#op(0x01);
  }
  drop(): this {
    return this.#op(0x1a);
  }
  /** [a, b, condition] → a when the condition is not 0, else b; a type is needed for references only. */
  select(type?: ValueType): this {
    if (type === undefined) return this.#op(0x1b);
    this.code.u8(0x1c);
    this.code.u32(1);
    return this.#op(valueTypeCodes[type]);
  }

  call(target: FunctionReference): this {
    return this.#op(0x10).#relocated(target);
  }
  returnCall(target: FunctionReference): this {
    return this.#op(0x12).#relocated(target);
  }
  callIndirect(type: FunctionType, table: TableReference): this {
    this.code.u8(0x11);
    this.code.u32(this.#owner.typeIndex(type));
    this.code.u32(table.index);
    return this;
  }
  refFunc(target: FunctionReference): this {
    return this.#op(0xd2).#relocated(target);
  }
  refNull(type: 'funcref' | 'externref'): this {
    return this.#op(0xd0).#op(valueTypeCodes[type]);
  }
  refIsNull(): this {
    return this.#op(0xd1);
  }

  memorySize(memory?: MemoryReference): this {
    return this.#op(0x3f, memory?.index ?? 0);
  }
  memoryGrow(memory?: MemoryReference): this {
    return this.#op(0x40, memory?.index ?? 0);
  }
  /** [destination, source, bytes] */
  memoryCopy(destination?: MemoryReference, source: MemoryReference | undefined = destination): this {
    return this.#op(0xfc, 10, destination?.index ?? 0, source?.index ?? 0);
  }
  /** [destination, byte, bytes] */
  memoryFill(memory?: MemoryReference): this {
    return this.#op(0xfc, 11, memory?.index ?? 0);
  }
  /** [destination, offset in the segment, bytes] */
  memoryInit(data: DataReference, memory?: MemoryReference): this {
    return this.#op(0xfc, 8, data.index, memory?.index ?? 0);
  }
  dataDrop(data: DataReference): this {
    return this.#op(0xfc, 9, data.index);
  }
  atomicFence(): this {
    return this.#op(0xfe, 3, 0);
  }

  /** Instructions already encoded; indices in them must be right. */
  raw(...bytes: readonly number[]): this {
    for (const byte of bytes) this.code.u8(byte);
    return this;
  }

  /** The body with locals and indices in place, without its size. For the module builder. */
  encodeBody(indexOf: (target: FunctionReference | GlobalReference) => number): Uint8Array {
    if (this.#labels.length > 0) throw internalError(`function ${this.name} has an open block`);
    const body = new ByteWriter(this.code.length + this.#locals.length + 64);
    const runs: [number, ValueType][] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    body.u32(runs.length);
    for (const [count, type] of runs) {
      body.u32(count);
      body.u8(valueTypeCodes[type]);
    }
    let copied = 0;
    for (const { offset, target } of this.relocations) {
      body.bytes(this.code.view(copied, offset));
      body.u32(indexOf(target));
      copied = offset;
    }
    body.bytes(this.code.view(copied));
    body.u8(0x0b);
    return body.view();
  }

  #op(opcode: number, ...immediates: number[]): this {
    this.code.u8(opcode);
    for (const immediate of immediates) this.code.u32(immediate);
    return this;
  }

  #access(localOpcode: number, globalOpcode: number, place: Local | GlobalReference): this {
    if (place.kind === 'global') return this.#op(globalOpcode).#relocated(place);
    return this.#op(localOpcode, place.index);
  }

  #relocated(target: FunctionReference | GlobalReference): this {
    this.relocations.push({ offset: this.code.length, target });
    return this;
  }

  #construct(opcode: number, type: BlockType, body: Body): this {
    this.code.u8(opcode);
    if (type === undefined) this.code.u8(0x40);
    else if (typeof type === 'string') this.code.u8(valueTypeCodes[type]);
    else this.code.s32(this.#owner.typeIndex(type));
    const label: Label = { kind: 'label', depth: this.#labels.length };
    this.#labels.push(label);
    body(label);
    this.#labels.pop();
    return this.#op(0x0b);
  }

  #jump(opcode: number, label: Label): this {
    return this.#op(opcode, this.#relativeDepth(label));
  }

  #relativeDepth(label: Label): number {
    if (this.#labels[label.depth] !== label) throw internalError(`function ${this.name} jumps to a block that is not open`);
    return this.#labels.length - 1 - label.depth;
  }
}
