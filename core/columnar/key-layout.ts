import { type SqlType, storageOf } from './types.ts';

/**
 * The fixed-width canonical form of a key: equal keys are equal words (strings longer than 12 bytes: equal length, prefix and bytes).
 * Word 0 holds a bit per NULL field when any field is nullable. Then, in order: integers, dates, times, booleans and intervals
 * sign-extended to one 64-bit word; FLOAT and DOUBLE as the bits of a double with one NaN; DECIMAL > 18 two words; strings and bytes a
 * 16-byte view with zero-padded inline bytes; nested values a view of their packed form. The words of a NULL field are zero.
 */
export interface KeyLayout {
  readonly types: readonly SqlType[];
  readonly fields: readonly KeyField[];
  /** Whether word 0 is a NULL mask. */
  readonly nullable: boolean;
  readonly strideBytes: number;
}
export interface KeyField {
  readonly type: SqlType;
  readonly offsetBytes: number;
  readonly form: 'integer' | 'float' | 'wide' | 'view';
}

/** At most 64 fields, because their NULLs share one word. */
export function keyLayoutOf(keyTypes: readonly SqlType[]): KeyLayout {
  const nullable = keyTypes.some(type => type.nullable);
  let offset = nullable ? 8 : 0;
  const fields = keyTypes.map((type): KeyField => {
    const storage = storageOf(type);
    const form =
      storage === 'view' || storage === 'list' || storage === 'struct'
        ? 'view'
        : storage === 'i128'
          ? 'wide'
          : storage === 'f32' || storage === 'f64'
            ? 'float'
            : 'integer';
    const field: KeyField = { type, offsetBytes: offset, form };
    offset += form === 'view' || form === 'wide' ? 16 : 8;
    return field;
  });
  return Object.freeze({ types: keyTypes, fields, nullable, strideBytes: Math.max(offset, 8) });
}
