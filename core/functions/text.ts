import { isBinary, type SqlType, types, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { Expression } from '../plan/expressions.ts';

/** What the references of text functions share. */
export const characters = (value: Value): string[] => [...(value as string)];

export const bytesOf = (value: Value): Uint8Array =>
  value instanceof Uint8Array ? value : new TextEncoder().encode(value as string);

/** Flink cuts some texts by UTF-16 units; what is left of a pair becomes `?` when the text is encoded. */
export const wellFormed = (text: string): string =>
  text.isWellFormed() ? text : text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '?');

/** A result as long as the first argument may be, CHAR as CHAR. */
export const sameText = ([given]: readonly SqlType[]): SqlType => withNullable(given!, false);

/** A result at most as long as the first argument. */
export const varyingText = ([given]: readonly SqlType[]): SqlType =>
  given!.kind === 'CHAR' || given!.kind === 'VARCHAR'
    ? types.varchar(given!.length, false)
    : isBinary(given!)
      ? types.bytes(false)
      : types.string(false);

/** The value of a literal argument; undefined for anything else. */
export const literalValue = (expression: Expression | undefined): Value | undefined =>
  expression?.kind === 'literal' ? expression.value : undefined;
