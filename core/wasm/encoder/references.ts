/** Types of the wasm binary format. Source: WebAssembly specification 3.0, "Binary Format, Types". */
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'funcref' | 'externref';

export const valueTypeCodes: Readonly<Record<ValueType, number>> = Object.freeze({
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
});

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** What a block takes from and leaves on the stack: nothing, one value, or as a function type says. */
export type BlockType = ValueType | FunctionType | undefined;

/** A local variable or parameter of one function. */
export interface Local {
  readonly kind: 'local';
  readonly index: number;
  readonly type: ValueType;
}

/** A function of a module, imported or its own; its index is known only once the module is built. */
export interface FunctionReference {
  readonly kind: 'function';
  readonly type: FunctionType;
}

export interface GlobalReference {
  readonly kind: 'global';
  readonly type: ValueType;
  readonly mutable: boolean;
}

export interface MemoryReference {
  readonly kind: 'memory';
  readonly index: number;
}

export interface TableReference {
  readonly kind: 'table';
  readonly index: number;
}

/** A passive data segment, for memory.init. */
export interface DataReference {
  readonly kind: 'data';
  readonly index: number;
}

/** What br jumps to: the end of a block or if, the head of a loop. Made by the function builder, good while its construct is open. */
export interface Label {
  readonly kind: 'label';
  readonly depth: number;
}
