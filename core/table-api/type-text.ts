import type { SqlType } from '../columnar/types.ts';
import { parseType } from '../sql/parse.ts';

/** `'DECIMAL(10, 2) NOT NULL'` as a type. @throws TidemillError `syntax`. */
export function parseTypeText(text: string): SqlType {
  return parseType(text).type;
}
