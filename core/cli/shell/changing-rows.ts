import { formatValue } from '../../columnar/format-value.ts';
import type { Schema } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import type { ResultChunk } from '../../session/contract.ts';

/**
 * The rows of an updating result as they stand: −U, +U and −D are applied, by the columns that identify a row, or by all of them. At most
 * `rowsMax` rows are kept, the latest.
 *
 * @example
 * const rows = new ChangingRows(schema, [0], 1000);
 * rows.apply({ rows: [['a', 1n], ['a', 1n], ['a', 2n]], operations: ['+I', '-U', '+U'] });
 * rows.list(); // [['a', '2']]
 */
export class ChangingRows {
  readonly #schema: Schema;
  readonly #keys: readonly number[] | undefined;
  readonly #rowsMax: number;
  readonly #append: boolean;
  /** Texts of a row by its key; a row without key is counted. */
  readonly #rows = new Map<string, { texts: readonly string[]; count: number }>();
  #list: (readonly string[])[] | undefined;
  #number = 0;
  changes = 0;
  /** Rows that made room for later ones. */
  dropped = 0;

  /** `keys` undefined and `append`: every row stands for itself. */
  constructor(schema: Schema, keys: readonly number[] | undefined, rowsMax: number, append = false) {
    this.#schema = schema;
    this.#keys = append ? [] : keys;
    this.#rowsMax = rowsMax;
    this.#append = append;
  }

  apply({ rows, operations }: ResultChunk): void {
    for (const [index, row] of rows.entries()) this.#change(row, operations?.[index] ?? '+I');
    this.changes += rows.length;
    this.#list = undefined;
  }

  /** Rows as texts, in the order they came; an updated row keeps its place. */
  list(): readonly (readonly string[])[] {
    if (this.#list === undefined) {
      this.#list = [];
      for (const { texts, count } of this.#rows.values()) for (let copy = 0; copy < count; copy++) this.#list.push(texts);
    }
    return this.#list;
  }

  #change(row: readonly Value[], operation: string): void {
    const texts = row.map((value, index) => (value === null ? 'NULL' : formatValue(value, this.#schema[index]!.type)));
    const keyed = this.#keys !== undefined && this.#keys.length > 0;
    const key = this.#append ? String(this.#number++) : (keyed ? this.#keys!.map(index => texts[index]!) : texts).join('\u0000');
    const found = this.#rows.get(key);
    if (operation === '+I' || operation === '+U') {
      if (keyed || found === undefined) {
        if (found === undefined && this.#rows.size >= this.#rowsMax) this.#dropOldest();
        this.#rows.set(key, { texts, count: 1 });
      } else found.count++;
    } else if (found === undefined || (keyed && operation === '-U')) {
      // a −U is followed by its +U: the row keeps its place
    } else if (keyed ? found.texts.every((text, index) => text === texts[index]) : found.count === 1) this.#rows.delete(key);
    else if (!keyed) found.count--;
  }

  #dropOldest(): void {
    const oldest = this.#rows.keys().next();
    if (oldest.done) return;
    this.#rows.delete(oldest.value);
    this.dropped++;
  }
}
