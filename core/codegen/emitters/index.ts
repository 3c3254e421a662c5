import type { Emitter } from '../row-emitter.ts';
import { arithmeticEmitters } from './arithmetic.ts';
import { comparisonEmitters } from './comparison.ts';
import { logicalEmitters } from './logical.ts';

export { emitCast } from './casts.ts';

/** Emitters of the catalogue's functions, by name. */
export const emitters: Readonly<Record<string, Emitter>> = {
  ...arithmeticEmitters,
  ...comparisonEmitters,
  ...logicalEmitters,
};
