import type { Schema } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import { column } from '../plan/expressions.ts';
import { ExpressionBuilder } from './expression.ts';

/** What a row callback gets: an object of columns that can be spread, and that throws for a name it does not have (for JavaScript's sake). */
export function rowOf(schema: Schema): Record<string, ExpressionBuilder> {
  const columns: Record<string, ExpressionBuilder> = {};
  schema.forEach((field, index) => {
    columns[field.name] = new ExpressionBuilder(column(index, field));
  });
  return new Proxy(columns, {
    get(target, name) {
      if (typeof name !== 'string' || Object.hasOwn(target, name)) return Reflect.get(target, name);
      const names = Object.keys(target);
      throw new TidemillError('unknown-column', `there is no column '${name}'`, {
        hint: didYouMean(name, names) ?? `there are ${names.join(', ')}`,
      });
    },
  });
}
