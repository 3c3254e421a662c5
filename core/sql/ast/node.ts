import type { SqlType } from '../../columnar/types.ts';
import type { Span } from '../../common/errors.ts';

/** What every node of the syntax tree has. `span` holds UTF-16 offsets into the whole text that was parsed. */
export interface Node {
  readonly kind: string;
  readonly span: Span;
}

/** One name as it is meant: backticks are gone, the case is kept (names are case-sensitive). */
export interface Identifier extends Node {
  readonly kind: 'identifier';
  readonly name: string;
}

/** `catalog.database.object`, 1 to 3 parts (columns with field access may have more). */
export type Path = readonly Identifier[];

/** A SQL type where it stands in the text; nullable unless NOT NULL was written. */
export interface TypeNode extends Node {
  readonly kind: 'type';
  readonly type: SqlType;
}

/** `'key' = 'value'` of WITH, SET and the OPTIONS hint. */
export interface OptionNode extends Node {
  readonly kind: 'option';
  readonly key: StringLiteral;
  readonly value: StringLiteral;
}

/** `text` is what was written, without sign; `1` is an integer, `1.0` a decimal, `1e0` approximate (DOUBLE). */
export interface NumberLiteral extends Node {
  readonly kind: 'number';
  readonly form: 'integer' | 'decimal' | 'approximate';
  readonly text: string;
}

export interface StringLiteral extends Node {
  readonly kind: 'string';
  readonly value: string;
}

/** `X'0aFF'`; `hex` has an even number of upper-case digits. */
export interface BytesLiteral extends Node {
  readonly kind: 'bytes';
  readonly hex: string;
}

/** TRUE, FALSE; UNKNOWN is `value: null`. */
export interface BooleanLiteral extends Node {
  readonly kind: 'boolean';
  readonly value: boolean | null;
}

export interface NullLiteral extends Node {
  readonly kind: 'null';
}

/** `DATE '2026-01-31'`, `TIME '12:00:00'`, `TIMESTAMP '2026-01-31 12:00:00.123'`. The text is not yet checked. */
export interface TemporalLiteral extends Node {
  readonly kind: 'temporal';
  readonly type: 'DATE' | 'TIME' | 'TIMESTAMP' | 'TIMESTAMP_LTZ';
  readonly text: string;
}

export type IntervalUnit = 'YEAR' | 'QUARTER' | 'MONTH' | 'WEEK' | 'DAY' | 'HOUR' | 'MINUTE' | 'SECOND';

/** `DAY(3) TO SECOND(6)`; plural units are folded to the singular. */
export interface IntervalQualifier extends Node {
  readonly kind: 'interval-qualifier';
  readonly from: IntervalUnit;
  /** Digits of the leading field. */
  readonly precision?: number;
  readonly to?: IntervalUnit;
  /** Digits of the fraction of a second. */
  readonly fraction?: number;
}

/** `INTERVAL [-] '1 02:00' DAY TO MINUTE`. The text is not yet checked. */
export interface IntervalLiteral extends Node {
  readonly kind: 'interval';
  readonly negative: boolean;
  readonly text: string;
  readonly qualifier: IntervalQualifier;
}

export type Literal =
  | NumberLiteral
  | StringLiteral
  | BytesLiteral
  | BooleanLiteral
  | NullLiteral
  | TemporalLiteral
  | IntervalLiteral;

/** Units of EXTRACT, CEIL, FLOOR, TIMESTAMPADD and TIMESTAMPDIFF. */
export type TimeUnit =
  | IntervalUnit
  | 'MILLENNIUM'
  | 'CENTURY'
  | 'DECADE'
  | 'ISOYEAR'
  | 'DOY'
  | 'DOW'
  | 'ISODOW'
  | 'EPOCH'
  | 'MILLISECOND'
  | 'MICROSECOND'
  | 'NANOSECOND';

/** `NAME`, `NAME('k' = 'v', …)` or `NAME(a, 'b', 3)` inside a hint comment. */
export interface Hint extends Node {
  readonly kind: 'hint';
  readonly name: Identifier;
  readonly options: readonly OptionNode[];
  readonly values: readonly string[];
}
