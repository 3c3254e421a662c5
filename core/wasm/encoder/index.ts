export { ByteWriter } from './byte-writer.ts';
export { FunctionBuilder } from './function-builder.ts';
export { type Limits, ModuleBuilder, type TypedFunctionBuilder, writeCustomSection, writeLimits } from './module-builder.ts';
export * from './references.ts';
