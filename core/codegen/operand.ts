import { type SqlType, storageOf } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { Local, ValueType } from '../wasm/encoder/index.ts';

/**
 * How generated code holds a value of a type: i32 (BOOLEAN 0/1, small integers, DATE, TIME, months), i64, f32, f64, i128 (two i64, low
 * word first), view (the i32 address of a 16-byte string view), nested (not held: passed through as a column).
 */
export type Form = 'i32' | 'i64' | 'f32' | 'f64' | 'i128' | 'view' | 'nested';

export function formOf(type: SqlType): Form {
  const storage = storageOf(type);
  switch (storage) {
    case 'i8':
    case 'i16':
    case 'i32':
      return 'i32';
    case 'list':
    case 'struct':
      return 'nested';
    default:
      return storage;
  }
}

/** The wasm types of a form's words. */
export function wordsOf(form: Form): readonly ValueType[] {
  switch (form) {
    case 'i128':
      return ['i64', 'i64'];
    case 'view':
      return ['i32'];
    case 'nested':
      return [];
    default:
      return [form];
  }
}

/** Known while generating, or an i32 local that is 1 for a value and 0 for NULL. */
export type Valid = 'always' | 'never' | Local;

/**
 * A value that generated code has at hand. When it is NULL, `push` still leaves something harmless: any number, the address of some view.
 */
export interface Operand {
  readonly type: SqlType;
  readonly form: Form;
  /** Leaves the value, for i128 its low word, on the stack. */
  push(): void;
  /** i128 only: the high word. */
  pushHigh(): void;
  readonly valid: Valid;
  /** The value, when it is known and not NULL. */
  readonly constant?: Value | undefined;
  /** i128 only: the high word is the low word's sign. */
  readonly fits64?: boolean | undefined;
}
