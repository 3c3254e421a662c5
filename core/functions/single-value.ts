import { withNullable } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import type { ScalarFunction } from './contract.ts';
import { define, shown } from './define.ts';

/** The value of a scalar sub-query: given one of its values and how many rows it has. It has no spelling of its own. */
export const singleValueFunctions: readonly ScalarFunction[] = [
  define({
    name: 'single-value',
    resolve: given => {
      const [value, rows] = given;
      if (value === undefined || rows === undefined || given.length !== 2) return `takes 2 arguments, not ${given.length}`;
      if (rows.kind !== 'BIGINT') return `expects a number of rows, got ${shown(rows)}`;
      return { argumentTypes: [value, rows], resultType: withNullable(value, true) };
    },
    nulls: 'custom',
    reference: ([value, rows]) => {
      if (typeof rows === 'bigint' && rows > 1n)
        throw new TidemillError('more-than-one-row', `a sub-query that stands for one value has ${rows} rows`, {
          hint: 'choose one row with an aggregate, WHERE or LIMIT 1',
        });
      return value ?? null;
    },
    usage: '(SELECT a FROM …)',
    text: 'The one value of a sub-query, NULL when it has no row; more than one row is an error.',
    example: '1',
  }),
];
