import { internalError } from '../../common/errors.ts';
import { ByteWriter } from './byte-writer.ts';
import { FunctionBuilder } from './function-builder.ts';
import {
  type DataReference,
  type FunctionReference,
  type FunctionType,
  type GlobalReference,
  type Local,
  type MemoryReference,
  type TableReference,
  type ValueType,
  valueTypeCodes,
} from './references.ts';

export interface Limits {
  readonly initial: number;
  readonly maximum?: number | undefined;
  /** Memories only; needs a maximum. */
  readonly shared?: boolean | undefined;
}

/** A builder whose parameters can be taken apart: `const [n, address] = f.parameters`. */
export type TypedFunctionBuilder<Parameters extends readonly ValueType[]> = FunctionBuilder & {
  readonly parameters: { readonly [Index in keyof Parameters]: Local };
};

type Reference = FunctionReference | GlobalReference | MemoryReference | TableReference;
const externalKinds: Readonly<Record<Reference['kind'], number>> = { function: 0, table: 1, memory: 2, global: 3 };

/**
 * Builds a wasm module. Functions and globals may be declared, imported and used in any order; imported memories come before an own one.
 *
 * @example
 * const module = new ModuleBuilder();
 * module.importMemory('env', 'memory', { initial: 1, maximum: 65536, shared: true });
 * const f = module.exportFunction('add', ['f64', 'f64'], ['f64']);
 * const [a, b] = f.parameters;
 * f.get(a).get(b).f64.add();
 * const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()), { env: { memory } });
 */
export class ModuleBuilder {
  readonly #types = new ByteWriter();
  readonly #typeIndices = new Map<string, number>();
  readonly #imports = new ByteWriter();
  #importCount = 0;
  readonly #importedFunctions: FunctionReference[] = [];
  readonly #functions: FunctionBuilder[] = [];
  readonly #importedGlobals: GlobalReference[] = [];
  readonly #globals: { reference: GlobalReference; initial: bigint | number }[] = [];
  #memoryCount = 0;
  readonly #ownMemories: Limits[] = [];
  readonly #tables: { limits: Limits; elements: readonly FunctionReference[] }[] = [];
  readonly #exports: { name: string; reference: Reference }[] = [];
  readonly #data: { bytes: Uint8Array; active?: { memory: MemoryReference; offset: number } }[] = [];
  readonly #custom: { name: string; bytes: Uint8Array }[] = [];
  #start: FunctionReference | undefined;

  /** The index of a function type; equal types have one index. */
  typeIndex(type: FunctionType): number {
    const key = `${type.parameters.join()}:${type.results.join()}`;
    const known = this.#typeIndices.get(key);
    if (known !== undefined) return known;
    const index = this.#typeIndices.size;
    this.#typeIndices.set(key, index);
    this.#types.u8(0x60);
    for (const list of [type.parameters, type.results]) {
      this.#types.u32(list.length);
      for (const value of list) this.#types.u8(valueTypeCodes[value]);
    }
    return index;
  }

  importFunction(
    module: string,
    name: string,
    parameters: readonly ValueType[],
    results: readonly ValueType[] = [],
  ): FunctionReference {
    const reference: FunctionReference = { kind: 'function', type: { parameters, results } };
    this.#import(module, name, 'function').u32(this.typeIndex(reference.type));
    this.#importedFunctions.push(reference);
    return reference;
  }

  importMemory(module: string, name: string, limits: Limits): MemoryReference {
    if (this.#ownMemories.length > 0) throw internalError('imported memories come before own ones');
    writeLimits(this.#import(module, name, 'memory'), limits);
    return { kind: 'memory', index: this.#memoryCount++ };
  }

  importGlobal(module: string, name: string, type: ValueType, mutable = false): GlobalReference {
    const writer = this.#import(module, name, 'global');
    writer.u8(valueTypeCodes[type]);
    writer.u8(mutable ? 1 : 0);
    const reference: GlobalReference = { kind: 'global', type, mutable };
    this.#importedGlobals.push(reference);
    return reference;
  }

  /** A memory of the module's own. */
  memory(limits: Limits): MemoryReference {
    this.#ownMemories.push(limits);
    return { kind: 'memory', index: this.#memoryCount++ };
  }

  /** A table of functions, filled from 0 on, for call_indirect. */
  table(elements: readonly FunctionReference[], limits: Limits = { initial: elements.length }): TableReference {
    this.#tables.push({ elements, limits });
    return { kind: 'table', index: this.#tables.length - 1 };
  }

  global(type: ValueType, initial: bigint | number = 0, options: { mutable?: boolean } = {}): GlobalReference {
    const reference: GlobalReference = { kind: 'global', type, mutable: options.mutable ?? true };
    this.#globals.push({ reference, initial });
    return reference;
  }

  function<const Parameters extends readonly ValueType[]>(
    name: string,
    parameters: Parameters,
    results: readonly ValueType[] = [],
  ): TypedFunctionBuilder<Parameters> {
    const builder = new FunctionBuilder(this, name, { parameters, results });
    this.#functions.push(builder);
    return builder as unknown as TypedFunctionBuilder<Parameters>;
  }

  /** A function exported under its name. */
  exportFunction<const Parameters extends readonly ValueType[]>(
    name: string,
    parameters: Parameters,
    results: readonly ValueType[] = [],
  ): TypedFunctionBuilder<Parameters> {
    const builder = this.function(name, parameters, results);
    this.export(name, builder);
    return builder;
  }

  export(name: string, reference: Reference): void {
    this.#exports.push({ name, reference });
  }

  /** Bytes written into a memory when the module is instantiated. */
  data(offset: number, bytes: Uint8Array, memory: MemoryReference = { kind: 'memory', index: 0 }): void {
    this.#data.push({ bytes, active: { memory, offset } });
  }

  /** Bytes for memory.init. */
  passiveData(bytes: Uint8Array): DataReference {
    this.#data.push({ bytes });
    return { kind: 'data', index: this.#data.length - 1 };
  }

  /** Runs when the module is instantiated. */
  start(target: FunctionReference): void {
    this.#start = target;
  }

  customSection(name: string, bytes: Uint8Array): void {
    this.#custom.push({ name, bytes });
  }

  /** The module's bytes. `names` adds the name section, which profilers and traps show. */
  build(options: { names?: boolean } = {}): Uint8Array<ArrayBuffer> {
    const indices = new Map<Reference, number>();
    for (const [index, reference] of [...this.#importedFunctions, ...this.#functions].entries()) indices.set(reference, index);
    for (const [index, reference] of [...this.#importedGlobals, ...this.#globals.map(global => global.reference)].entries())
      indices.set(reference, index);
    const indexOf = (reference: Reference): number => {
      const index = reference.kind === 'memory' || reference.kind === 'table' ? reference.index : indices.get(reference);
      if (index === undefined) throw internalError(`a ${reference.kind} of another module is used`);
      return index;
    };

    // Bodies come first: encoding a call may need types, which stand before them in the file.
    const bodies = this.#functions.map(builder => ({
      type: this.typeIndex(builder.type),
      body: builder.encodeBody(indexOf),
    }));
    const out = new ByteWriter(1024);
    out.bytes(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    this.#section(out, 1, this.#typeIndices.size, section => section.bytes(this.#types.view()));
    this.#section(out, 2, this.#importCount, section => section.bytes(this.#imports.view()));
    this.#section(out, 3, bodies.length, section => {
      for (const { type } of bodies) section.u32(type);
    });
    this.#section(out, 4, this.#tables.length, section => {
      for (const { limits } of this.#tables) {
        section.u8(valueTypeCodes.funcref);
        writeLimits(section, limits);
      }
    });
    this.#section(out, 5, this.#ownMemories.length, section => {
      for (const limits of this.#ownMemories) writeLimits(section, limits);
    });
    this.#section(out, 6, this.#globals.length, section => {
      for (const { reference, initial } of this.#globals) {
        section.u8(valueTypeCodes[reference.type]);
        section.u8(reference.mutable ? 1 : 0);
        writeConstant(section, reference.type, initial);
      }
    });
    this.#section(out, 7, this.#exports.length, section => {
      for (const { name, reference } of this.#exports) {
        section.name(name);
        section.u8(externalKinds[reference.kind]);
        section.u32(indexOf(reference));
      }
    });
    if (this.#start !== undefined) {
      const start = indexOf(this.#start);
      this.#section(out, 8, 1, section => section.u32(start), false);
    }
    const filled = [...this.#tables.entries()].filter(([, table]) => table.elements.length > 0);
    this.#section(out, 9, filled.length, section => {
      for (const [index, { elements }] of filled) {
        section.u32(index === 0 ? 0 : 2);
        if (index > 0) section.u32(index);
        writeConstant(section, 'i32', 0);
        if (index > 0) section.u8(0);
        section.u32(elements.length);
        for (const element of elements) section.u32(indexOf(element));
      }
    });
    if (this.#data.length > 0) this.#section(out, 12, 1, section => section.u32(this.#data.length), false);
    this.#section(out, 10, bodies.length, section => {
      for (const { body } of bodies) section.sized(body);
    });
    this.#section(out, 11, this.#data.length, section => {
      for (const { bytes, active } of this.#data) {
        section.u32(active === undefined ? 1 : active.memory.index === 0 ? 0 : 2);
        if (active !== undefined && active.memory.index > 0) section.u32(active.memory.index);
        if (active !== undefined) writeConstant(section, 'i32', active.offset);
        section.sized(bytes);
      }
    });
    for (const { name, bytes } of this.#custom) writeCustomSection(out, name, bytes);
    if (options.names === true) writeCustomSection(out, 'name', this.#nameSection());
    return out.finish();
  }

  #nameSection(): Uint8Array {
    const names = new ByteWriter();
    names.u32(this.#functions.length);
    for (const [index, builder] of this.#functions.entries()) {
      names.u32(this.#importedFunctions.length + index);
      names.name(builder.name);
    }
    const section = new ByteWriter();
    section.u8(1);
    section.sized(names.view());
    return section.finish();
  }

  #import(module: string, name: string, kind: Reference['kind']): ByteWriter {
    this.#importCount++;
    this.#imports.name(module);
    this.#imports.name(name);
    this.#imports.u8(externalKinds[kind]);
    return this.#imports;
  }

  #section(out: ByteWriter, id: number, count: number, write: (section: ByteWriter) => void, counted = true): void {
    if (count === 0) return;
    const section = new ByteWriter();
    if (counted) section.u32(count);
    write(section);
    out.u8(id);
    out.sized(section.view());
  }
}

export function writeLimits(writer: ByteWriter, limits: Limits): void {
  writer.u8((limits.maximum === undefined ? 0 : 1) | (limits.shared === true ? 2 : 0));
  writer.u32(limits.initial);
  if (limits.maximum !== undefined) writer.u32(limits.maximum);
}

/** A constant initialiser with its end. */
export function writeConstant(writer: ByteWriter, type: ValueType, value: bigint | number): void {
  switch (type) {
    case 'i32':
      writer.u8(0x41);
      writer.s32(Number(value));
      break;
    case 'i64':
      writer.u8(0x42);
      writer.s64(value);
      break;
    case 'f32':
      writer.u8(0x43);
      writer.f32(Number(value));
      break;
    case 'f64':
      writer.u8(0x44);
      writer.f64(Number(value));
      break;
    case 'v128':
      writer.u8(0xfd);
      writer.u32(12);
      for (let index = 0; index < 16; index++) writer.u8(Number((BigInt(value) >> BigInt(index * 8)) & 0xffn));
      break;
    case 'funcref':
    case 'externref':
      writer.u8(0xd0);
      writer.u8(valueTypeCodes[type]);
      break;
  }
  writer.u8(0x0b);
}

export function writeCustomSection(writer: ByteWriter, name: string, bytes: Uint8Array): void {
  const section = new ByteWriter();
  section.name(name);
  section.bytes(bytes);
  writer.u8(0);
  writer.sized(section.view());
}
