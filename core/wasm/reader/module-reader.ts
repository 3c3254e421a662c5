import { type FunctionType, type Limits, type ValueType, valueTypeCodes } from '../encoder/index.ts';
import { guarded } from '../guards.ts';
import { ByteReader, malformed } from './byte-reader.ts';
import { InstructionCursor, opcodes, unsupported } from './instruction-cursor.ts';

export type ExternalKind = 'function' | 'table' | 'memory' | 'global';
const externalKinds: readonly ExternalKind[] = ['function', 'table', 'memory', 'global'];

export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternalKind;
  /** Of functions: the index of the type. */
  readonly type: number;
}
export interface ModuleExport {
  readonly name: string;
  readonly kind: ExternalKind;
  readonly index: number;
}
export interface ModuleTable {
  readonly element: number;
  readonly limits: Limits;
}

/** A list of entries kept as bytes, to which more can be appended. */
export interface RawSection {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/**
 * A module taken apart; all bytes are views of the file. Function indices count imported functions first. Element, data and global
 * sections stay raw.
 */
export interface ModuleImage {
  readonly types: readonly FunctionType[];
  readonly rawTypes: RawSection;
  readonly imports: readonly ModuleImport[];
  readonly rawImports: RawSection;
  /** Type index of each own function. */
  readonly functions: readonly number[];
  readonly tables: readonly ModuleTable[];
  readonly memories: readonly Limits[];
  readonly globals: RawSection;
  readonly exports: readonly ModuleExport[];
  readonly start: number | undefined;
  readonly elements: RawSection;
  readonly dataCount: number | undefined;
  /** Of each own function: locals and instructions, without the size. */
  readonly bodies: readonly Uint8Array[];
  readonly data: RawSection;
  readonly customSections: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** Functions whose address is taken outside of bodies: by element segments and globals. */
  readonly referencedFunctions: ReadonlySet<number>;
}

const valueTypes = new Map(Object.entries(valueTypeCodes).map(([name, code]) => [code, name as ValueType]));
const emptySection: RawSection = { count: 0, bytes: new Uint8Array() };

/**
 * Takes a module apart. `bytes` must have passed `WebAssembly.validate`; what this does not know it refuses.
 * @throws TidemillError `wasm-unsupported` for GC types, exceptions, 64-bit or shared own memories, typed references; `wasm-malformed`.
 */
export function readModule(bytes: Uint8Array): ModuleImage {
  const reader = new ByteReader(bytes);
  if (reader.take(8).join() !== '0,97,115,109,1,0,0,0') throw malformed('it does not start with the magic number and version 1');
  const sections = new Map<number, ByteReader>();
  const customSections: { name: string; bytes: Uint8Array }[] = [];
  while (!reader.done) {
    const id = reader.u8();
    const size = reader.u32();
    const start = reader.position;
    reader.skip(size);
    const section = new ByteReader(bytes, start, start + size);
    if (id === 0) customSections.push({ name: section.name(), bytes: section.rest() });
    else if (id === 13 && guarded('features')) throw unsupported('exceptions');
    else if (id > 13 || sections.has(id)) throw malformed(`section ${id} is unknown or stands twice`);
    else sections.set(id, section);
  }
  const list = <T>(id: number, read: (section: ByteReader) => T): T[] => {
    const section = sections.get(id);
    return section === undefined ? [] : Array.from({ length: section.u32() }, () => read(section));
  };
  const raw = (id: number): RawSection => {
    const section = sections.get(id);
    if (section === undefined) return emptySection;
    const { position } = section;
    const result = { count: section.u32(), bytes: section.rest() };
    section.position = position;
    return result;
  };

  const rawTypes = raw(1);
  const types = list(1, readFunctionType);
  const rawImports = raw(2);
  const imports = list(2, readImport);
  const functions = list(3, section => section.u32());
  const tables = list(4, readTable);
  const memories = list(5, readMemoryLimits);
  const globals = raw(6);
  const referencedFunctions = new Set<number>();
  list(6, section => {
    readValueType(section);
    section.u8();
    readConstant(section, referencedFunctions);
  });
  const exports = list(7, section => {
    const name = section.name();
    const kind = externalKinds[section.u8()];
    if (kind === undefined) throw unsupported('exceptions');
    return { name, kind, index: section.u32() };
  });
  const elements = raw(9);
  list(9, section => readElementSegment(section, referencedFunctions));
  return {
    types,
    rawTypes,
    imports,
    rawImports,
    functions,
    tables,
    memories,
    globals,
    exports,
    start: sections.get(8)?.u32(),
    elements,
    dataCount: sections.get(12)?.u32(),
    bodies: list(10, section => section.sized()),
    data: raw(11),
    customSections,
    referencedFunctions,
  };
}

function readValueType(reader: ByteReader): ValueType {
  const type = valueTypes.get(reader.u8());
  if (type === undefined) throw unsupported('typed references or garbage-collected types');
  return type;
}

function readFunctionType(reader: ByteReader): FunctionType {
  if (reader.u8() !== 0x60 && guarded('features')) throw unsupported('garbage-collected types');
  const values = () => Array.from({ length: reader.u32() }, () => readValueType(reader));
  const parameters = values();
  return { parameters, results: values() };
}

function readImport(reader: ByteReader): ModuleImport {
  const module = reader.name();
  const name = reader.name();
  const kind = externalKinds[reader.u8()];
  switch (kind) {
    case 'function':
      return { module, name, kind, type: reader.u32() };
    case 'table':
      readValueType(reader);
      readLimits(reader);
      break;
    case 'memory':
      readLimits(reader);
      break;
    case 'global':
      readValueType(reader);
      reader.u8();
      break;
    case undefined:
      throw unsupported('exceptions');
  }
  return { module, name, kind, type: -1 };
}

function readLimits(reader: ByteReader): Limits {
  const flags = reader.u8();
  if ((flags & ~0x07) !== 0) throw unsupported('memories with a page size of their own');
  if ((flags & 0x04) !== 0 && guarded('features')) throw unsupported('64-bit memories or tables');
  const initial = reader.u32();
  return { initial, maximum: (flags & 1) === 0 ? undefined : reader.u32(), shared: (flags & 2) !== 0 };
}

function readMemoryLimits(reader: ByteReader): Limits {
  const limits = readLimits(reader);
  if (limits.shared === true && guarded('features')) throw unsupported('a shared memory');
  return limits;
}

function readTable(reader: ByteReader): ModuleTable {
  const element = reader.u8();
  if (element !== valueTypeCodes.funcref && element !== valueTypeCodes.externref) throw unsupported('tables of typed references');
  return { element, limits: readLimits(reader) };
}

function readConstant(reader: ByteReader, referenced: Set<number>): void {
  const cursor = new InstructionCursor(reader);
  while (cursor.next()) if (cursor.opcode === opcodes.refFunc) referenced.add(cursor.operand);
}

function readElementSegment(reader: ByteReader, referenced: Set<number>): void {
  const flags = reader.u32();
  if (flags > 7) throw malformed(`an element segment has the flags ${flags}`);
  const active = (flags & 1) === 0;
  const explicit = (flags & 2) !== 0;
  const expressions = (flags & 4) !== 0;
  if (active) {
    if (explicit) reader.u32();
    readConstant(reader, referenced);
  }
  if (!active || explicit) reader.u8();
  for (let count = reader.u32(); count > 0; count--) {
    if (expressions) readConstant(reader, referenced);
    else referenced.add(reader.u32());
  }
}
