import { internalError } from '../../common/errors.ts';
import {
  ByteWriter,
  FunctionBuilder,
  type FunctionReference,
  type FunctionType,
  type GlobalReference,
  type Limits,
  type Local,
  type MemoryReference,
  type TypedFunctionBuilder,
  type ValueType,
  valueTypeCodes,
  writeCustomSection,
  writeLimits,
} from '../encoder/index.ts';
import { writeConstant } from '../encoder/module-builder.ts';
import { guarded } from '../guards.ts';
import { ByteReader } from './byte-reader.ts';
import { type FuelOptions, meterBodies } from './fuel.ts';
import type { ExternalKind, ModuleExport, ModuleImage, ModuleTable, RawSection } from './module-reader.ts';
import { emitShortCopy, emitShortFill } from './short-bulk.ts';
import { isTotalFunction } from './totality.ts';

const externalCodes: Readonly<Record<ExternalKind, number>> = { function: 0, table: 1, memory: 2, global: 3 };

/** Copying and filling costs one unit for 16 bytes. */
const bulkBytesShift = 4;

/**
 * Rewrites a module that was read with `readModule`. Only memories are ever imported anew, behind all other imports, and functions and
 * globals are appended, so no index that the module uses changes its meaning.
 *
 * @example
 * const editor = new ModuleEditor(readModule(bytes));
 * editor.ownMemoryToImport('tidemill', 'guest', 256);
 * const engine = editor.importMemory('tidemill', 'engine', { initial: 1, maximum: 65536, shared: true });
 * const f = editor.addFunction('loop', ['i32'], []);
 * f.get(f.parameters[0]).i32.load(0, 4, engine).call(editor.functionAt(3)).drop();
 * editor.addExport('loop', f);
 * const rewritten = editor.build();
 */
export class ModuleEditor {
  readonly image: ModuleImage;
  readonly #types: FunctionType[];
  readonly #memoryImports: { module: string; name: string; limits: Limits }[] = [];
  readonly #importedMemories: number;
  #ownMemories: readonly Limits[];
  readonly #importedFunctions: number;
  readonly #added: FunctionBuilder[] = [];
  readonly #indices = new Map<FunctionReference | GlobalReference, number>();
  readonly #addedGlobals: { type: ValueType; initial: bigint | number }[] = [];
  readonly #globalCount: number;
  readonly #exports: ModuleExport[] = [];
  readonly #addedExports: { name: string; kind: ExternalKind; reference: FunctionReference | GlobalReference }[] = [];
  #tables: readonly ModuleTable[];
  #start: number | undefined;
  #bodies: readonly Uint8Array[];

  constructor(image: ModuleImage) {
    this.image = image;
    this.#types = [...image.types];
    this.#ownMemories = image.memories;
    this.#importedMemories = image.imports.filter(entry => entry.kind === 'memory').length;
    this.#importedFunctions = image.imports.filter(entry => entry.kind === 'function').length;
    this.#globalCount = image.imports.filter(entry => entry.kind === 'global').length + image.globals.count;
    this.#tables = image.tables;
    this.#start = image.start;
    this.#bodies = image.bodies;
  }

  /** The type of a function by its index, imported ones first. */
  typeOfFunction(index: number): FunctionType {
    const imports = this.image.imports.filter(entry => entry.kind === 'function');
    const type = index < imports.length ? imports[index]!.type : this.image.functions[index - imports.length];
    const result = type === undefined ? undefined : this.image.types[type];
    if (result === undefined) throw internalError(`there is no function ${index}`);
    return result;
  }

  /** A function of the module as it was read, to be called from added ones. */
  functionAt(index: number): FunctionReference {
    const reference: FunctionReference = { kind: 'function', type: this.typeOfFunction(index) };
    this.#indices.set(reference, index);
    return reference;
  }

  /** Whether an own function cannot trap, runs shortly and touches nothing but its parameters: see `isTotalBody`. */
  isTotal(index: number): boolean {
    return isTotalFunction(this.image, index);
  }

  typeIndex(type: FunctionType): number {
    const key = (candidate: FunctionType) => `${candidate.parameters.join()}:${candidate.results.join()}`;
    const wanted = key(type);
    const known = this.#types.findIndex(candidate => key(candidate) === wanted);
    return known >= 0 ? known : this.#types.push(type) - 1;
  }

  /** Turns the one memory of the module's own into an import of the same index, at most `pagesMax` large. Returns its limits, or undefined when there is none. */
  ownMemoryToImport(module: string, name: string, pagesMax: number): Limits | undefined {
    if (this.#ownMemories.length === 0) return undefined;
    const own = this.#ownMemories[0]!;
    if (this.#ownMemories.length > 1 || this.#importedMemories + this.#memoryImports.length > 0)
      throw internalError('only a single own memory can become an import');
    const limits: Limits = { initial: own.initial, maximum: Math.min(own.maximum ?? pagesMax, pagesMax) };
    this.#memoryImports.push({ module, name, limits });
    this.#ownMemories = [];
    return limits;
  }

  /**
   * Imports a memory as the last of all. The module's own instructions were validated without it, so none can name it; imported memories
   * are numbered before own ones, hence the check.
   */
  importMemory(module: string, name: string, limits: Limits): MemoryReference {
    if (this.#ownMemories.length > 0) throw internalError('a memory cannot be imported before an own one without renumbering');
    if (!guarded('engine-memory-last')) {
      this.#memoryImports.unshift({ module, name, limits });
      return { kind: 'memory', index: this.#importedMemories };
    }
    this.#memoryImports.push({ module, name, limits });
    return { kind: 'memory', index: this.#importedMemories + this.#memoryImports.length - 1 };
  }

  /** Memories of its own grow to at most so many pages. */
  capMemories(pagesMax: number): void {
    this.#ownMemories = this.#ownMemories.map(own => ({ ...own, maximum: Math.min(own.maximum ?? pagesMax, pagesMax) }));
  }

  /** Tables grow to at most so many elements. */
  capTables(elementsMax: number): void {
    this.#tables = this.#tables.map(({ element, limits }) => ({
      element,
      limits: { initial: limits.initial, maximum: Math.min(limits.maximum ?? elementsMax, elementsMax) },
    }));
  }

  addGlobal(type: ValueType, initial: bigint | number): GlobalReference {
    const reference: GlobalReference = { kind: 'global', type, mutable: true };
    this.#indices.set(reference, this.#globalCount + this.#addedGlobals.length);
    this.#addedGlobals.push({ type, initial });
    return reference;
  }

  addFunction<const Parameters extends readonly ValueType[]>(
    name: string,
    parameters: Parameters,
    results: readonly ValueType[] = [],
  ): TypedFunctionBuilder<Parameters> {
    const builder = new FunctionBuilder(this, name, { parameters, results });
    this.#indices.set(builder, this.#importedFunctions + this.image.functions.length + this.#added.length);
    this.#added.push(builder);
    return builder as unknown as TypedFunctionBuilder<Parameters>;
  }

  addExport(name: string, reference: FunctionReference | GlobalReference): void {
    this.#addedExports.push({ name, kind: reference.kind, reference });
  }

  /** Keeps the module's own exports of functions, under other names; other kinds are dropped. */
  keepFunctionExports(rename: (name: string) => string): void {
    for (const entry of this.image.exports)
      if (entry.kind === 'function') this.#exports.push({ ...entry, name: rename(entry.name) });
  }

  /** Keeps the module's own exports as they are. */
  keepExports(): void {
    this.#exports.push(...this.image.exports);
  }

  /** The start function no longer runs by itself but is exported; false when there is none. */
  startToExport(name: string): boolean {
    if (this.#start === undefined) return false;
    this.#exports.push({ name, kind: 'function', index: this.#start });
    this.#start = undefined;
    return true;
  }

  /**
   * Meters the module's own functions: `fuel` (a mutable i64 global) is charged as {@link meterBodies} says, and the code traps when it
   * falls below 0. A memory.grow that fails sets `growthFailed` (a mutable i32 global) to 1.
   */
  meter(fuel: GlobalReference, growthFailed: GlobalReference, options: FuelOptions): void {
    const take = (f: FunctionBuilder, amount: Local, shift: number): void => {
      f.get(fuel).get(amount).i32.const(shift).i32.shrU().i64.extendI32U().i64.sub().set(fuel);
      f.get(fuel).i64.const(0).i64.ltS();
      f.if(() => f.unreachable());
    };
    const charge = (name: string, shift: number) => {
      const f = this.addFunction(name, ['i32'], ['i32']);
      const [amount] = f.parameters;
      take(f, amount, shift);
      f.get(amount);
      return f;
    };
    const chargeBytes = charge('tidemill.charge-bytes', bulkBytesShift);
    const chargeElements = charge('tidemill.charge-elements', 0);
    const hasMemory = this.image.memories.length + this.#importedMemories > 0;
    const grow = this.addFunction('tidemill.memory-grow', ['i32'], ['i32']);
    const [pages] = grow.parameters;
    if (hasMemory) {
      grow.get(pages).memoryGrow().tee(pages).i32.const(-1).i32.eq();
      grow.if(() => grow.i32.const(1).set(growthFailed));
      grow.get(pages);
    } else grow.i32.const(-1);
    const bulk = (name: string, emit: typeof emitShortCopy) => {
      const f = this.addFunction(name, ['i32', 'i32', 'i32'], []);
      if (!hasMemory) return f;
      take(f, f.parameters[2], bulkBytesShift);
      emit(f, f.parameters);
      return f;
    };
    const copy = bulk('tidemill.memory-copy', emitShortCopy);
    const fill = bulk('tidemill.memory-fill', emitShortFill);
    this.#bodies = meterBodies(
      this.image,
      {
        fuel: this.#indices.get(fuel)!,
        chargeBytes: this.#indices.get(chargeBytes)!,
        chargeElements: this.#indices.get(chargeElements)!,
        memoryGrow: this.#indices.get(grow)!,
        memoryCopy: this.#indices.get(copy)!,
        memoryFill: this.#indices.get(fill)!,
      },
      options,
    );
  }

  build(): Uint8Array<ArrayBuffer> {
    const { image } = this;
    const indexOf = (reference: FunctionReference | GlobalReference): number => {
      const index = this.#indices.get(reference);
      if (index === undefined) throw internalError(`a ${reference.kind} of another module is used`);
      return index;
    };
    const added = this.#added.map(builder => ({ type: this.typeIndex(builder.type), body: builder.encodeBody(indexOf) }));
    const addedTypes = this.#types.slice(image.types.length);
    const out = new ByteWriter(1 << 16);
    out.bytes(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    appended(out, 1, image.rawTypes, addedTypes, (section, type) => {
      section.u8(0x60);
      for (const list of [type.parameters, type.results]) {
        section.u32(list.length);
        for (const value of list) section.u8(valueTypeCodes[value]);
      }
    });
    appended(out, 2, image.rawImports, this.#memoryImports, (section, entry) => {
      section.name(entry.module);
      section.name(entry.name);
      section.u8(externalCodes.memory);
      writeLimits(section, entry.limits);
    });
    listed(out, 3, [...image.functions, ...added.map(entry => entry.type)], (section, type) => section.u32(type));
    listed(out, 4, this.#tables, (section, table) => {
      section.u8(table.element);
      writeLimits(section, table.limits);
    });
    listed(out, 5, this.#ownMemories, writeLimits);
    appended(out, 6, image.globals, this.#addedGlobals, (section, global) => {
      section.u8(valueTypeCodes[global.type]);
      section.u8(1);
      writeConstant(section, global.type, global.initial);
    });
    const addedExports = this.#addedExports.map(({ name, kind, reference }) => ({ name, kind, index: indexOf(reference) }));
    listed(out, 7, [...this.#exports, ...addedExports], (section, entry) => {
      section.name(entry.name);
      section.u8(externalCodes[entry.kind]);
      section.u32(entry.index);
    });
    if (this.#start !== undefined) {
      const start = new ByteWriter(8);
      start.u32(this.#start);
      out.u8(8);
      out.sized(start.view());
    }
    appended(out, 9, image.elements, [], () => {});
    if (image.dataCount !== undefined) {
      const count = new ByteWriter(8);
      count.u32(image.dataCount);
      out.u8(12);
      out.sized(count.view());
    }
    listed(out, 10, [...this.#bodies, ...added.map(entry => entry.body)], (section, body) => section.sized(body));
    appended(out, 11, image.data, [], () => {});
    const names = image.customSections.find(section => section.name === 'name');
    if (names !== undefined) writeCustomSection(out, 'name', names.bytes);
    return out.finish();
  }
}

function appended<T>(
  out: ByteWriter,
  id: number,
  raw: RawSection,
  entries: readonly T[],
  write: (writer: ByteWriter, entry: T) => void,
): void {
  if (raw.count + entries.length === 0) return;
  const section = new ByteWriter(raw.bytes.length + 64);
  section.u32(raw.count + entries.length);
  section.bytes(raw.bytes);
  for (const entry of entries) write(section, entry);
  out.u8(id);
  out.sized(section.view());
}

function listed<T>(out: ByteWriter, id: number, entries: readonly T[], write: (writer: ByteWriter, entry: T) => void): void {
  appended(out, id, { count: 0, bytes: new Uint8Array() }, entries, write);
}

/** The bytes of a module with a custom section added at the end; other sections stay as they are, one of the same name is dropped. */
export function withCustomSection(bytes: Uint8Array, name: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const reader = new ByteReader(bytes);
  const out = new ByteWriter(bytes.length + content.length + 64);
  out.bytes(reader.take(8));
  while (!reader.done) {
    const id = reader.u8();
    const section = reader.sized();
    if (id === 0 && new ByteReader(section).name() === name) continue;
    out.u8(id);
    out.sized(section);
  }
  writeCustomSection(out, name, content);
  return out.finish();
}
