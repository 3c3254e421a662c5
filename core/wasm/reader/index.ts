export { ByteReader } from './byte-reader.ts';
export type { FuelOptions } from './fuel.ts';
export { InstructionCursor, opcodes } from './instruction-cursor.ts';
export { ModuleEditor, withCustomSection } from './module-editor.ts';
export {
  type ExternalKind,
  type ModuleExport,
  type ModuleImage,
  type ModuleImport,
  type ModuleTable,
  type RawSection,
  readModule,
} from './module-reader.ts';
