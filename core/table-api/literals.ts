import { isTimestamp, type SqlType, types } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { type Expression, literal } from '../plan/expressions.ts';
import { coerce, explicitCast } from '../sql/binder/coercion.ts';
import { bindLiteral } from '../sql/binder/literals.ts';

/** Calls have no place in a SQL text here; the user's line is found from the stack of the TypeScript program. */
export const nowhere = { start: 0, end: 0 } as const;

/** A plain value of a TypeScript program that stands for a SQL value. */
export type PlainValue = null | boolean | number | bigint | string | Uint8Array | Date;

/**
 * A value as the literal SQL has for it beside an expression of type `beside`: text beside a date, a time or a decimal is one.
 *
 * @throws TidemillError `wrong-argument` for what is no SQL value, `wrong-literal` for a text that is no date, time or number.
 */
export function literalOf(value: PlainValue, beside?: SqlType): Expression {
  if (value === null) return literal(null, types.null);
  if (typeof value === 'boolean') return literal(value, types.boolean(false));
  if (typeof value === 'bigint') return literal(value, types.bigint(false));
  if (typeof value === 'number') return numberLiteral(value);
  if (typeof value === 'string') return textLiteral(value, beside);
  if (value instanceof Uint8Array) return literal(value, types.binary(value.length, false));
  if (value instanceof Date) return dateLiteral(value);
  throw new TidemillError('wrong-argument', `${String(value)} is neither an expression nor a plain value`);
}

function dateLiteral(value: Date): Expression {
  if (Number.isNaN(value.getTime())) throw new TidemillError('wrong-argument', 'an invalid Date is no point in time');
  return literal(BigInt(value.getTime()) * 1000n, types.timestampLtz(3, false));
}

/** Whole numbers are INT or BIGINT, others the DECIMAL they are written as, as in SQL; what has no such form is DOUBLE. */
function numberLiteral(value: number): Expression {
  if (!Number.isFinite(value)) return literal(value, types.double(false));
  if (Number.isInteger(value)) {
    if (Math.abs(value) <= 2147483647) return literal(value, types.int(false));
    return Number.isSafeInteger(value) ? literal(BigInt(value), types.bigint(false)) : literal(value, types.double(false));
  }
  const text = String(Math.abs(value));
  return text.includes('e') ? literal(value, types.double(false)) : signed(text, 'decimal', value < 0);
}

function textLiteral(text: string, beside: SqlType | undefined): Expression {
  if (beside?.kind === 'DECIMAL') {
    const match = /^\s*([+-]?)(\d+(?:\.\d*)?|\.\d+)\s*$/.exec(text);
    if (match === null)
      throw new TidemillError('wrong-literal', `'${text}' is not a decimal number`, { hint: "write it as '12.50'" });
    return signed(match[2]!, match[2]!.includes('.') ? 'decimal' : 'integer', match[1] === '-');
  }
  if (beside?.kind === 'DATE' || beside?.kind === 'TIME' || beside?.kind === 'TIMESTAMP')
    return bindLiteral({ kind: 'temporal', type: beside.kind, text, span: nowhere });
  const literalText = literal(text, types.char([...text].length, false));
  if (beside !== undefined && isTimestamp(beside))
    return explicitCast(literalText, { ...beside, nullable: false }, false, nowhere);
  return literalText;
}

function signed(text: string, form: 'integer' | 'decimal', negative: boolean): Expression {
  const positive = bindLiteral({ kind: 'number', form, text, span: nowhere });
  if (!negative || positive.kind !== 'literal' || positive.value === null) return positive;
  return literal(typeof positive.value === 'bigint' ? -positive.value : -(positive.value as number), positive.type);
}

/** A plain value as exactly this type, as CAST makes it. */
export function typedLiteral(value: PlainValue, type: SqlType): Expression {
  if (value === null) return literal(null, { ...type, nullable: true });
  const plain = literalOf(value, type);
  return coerce(plain.type.kind === type.kind ? plain : explicitCast(plain, { ...type, nullable: false }, false, nowhere), {
    ...type,
    nullable: false,
  });
}
