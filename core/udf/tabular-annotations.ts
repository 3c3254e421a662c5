import { TidemillError } from '../common/errors.ts';
import { objectOf, parseScalar, type ScalarSignature } from './signature.ts';
import { parseTabular, type TabularSignature } from './tabular.ts';

const tableLine = /^@sql-table\s+(\w+)\s*\((.*?)\)\s*RETURNS\s+TABLE\s*\((.*)\)(\s+NULLS\s+CALL)?(\s+NOT\s+DETERMINISTIC)?\s*$/;

/**
 * What a comment of a source file says of a function that makes rows: `// @sql-table f(text STRING) RETURNS TABLE (word STRING, length INT)`, or, for any kind,
 * `// @sql-function {"name": …, "kind": …}` with the members of the custom section. Undefined for other lines.
 * @throws TidemillError `udf-signature`.
 */
export function annotatedTabular(line: string): TabularSignature | ScalarSignature | undefined {
  const text = /^\s*(?:\/\/|\*)\s*(@sql-(?:table|function)\s.*?)\s*$/.exec(line)?.[1];
  if (text === undefined) return undefined;
  if (text.startsWith('@sql-function')) return fromJson(text.slice('@sql-function'.length), line);
  const match = tableLine.exec(text);
  if (match === null)
    throw new TidemillError('udf-signature', `not a signature: ${line.trim()}`, {
      hint: '// @sql-table name(argument TYPE, …) RETURNS TABLE (column TYPE, …) [NULLS CALL] [NOT DETERMINISTIC]',
    });
  const [, name, list, columns, nulls, nondeterministic] = match;
  const given = namedTypes(list!, line);
  return parseTabular('table', name!, {
    arguments: given.map(({ type }) => type),
    argumentNames: given.map(each => each.name),
    columns: namedTypes(columns!, line),
    nulls: nulls === undefined ? 'propagate' : 'call',
    deterministic: nondeterministic === undefined,
  });
}

function fromJson(text: string, line: string): TabularSignature | ScalarSignature {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TidemillError('udf-signature', `not JSON: ${line.trim()}`, { cause });
  }
  const declared = objectOf(value, 'is not an object');
  const { name, kind } = declared;
  if (typeof name === 'string' && kind === 'batch') return Object.freeze({ ...parseScalar(name, declared), batch: true });
  const made = typeof name === 'string' && typeof kind === 'string' ? parseTabular(kind, name, declared) : undefined;
  if (made === undefined)
    throw new TidemillError('udf-signature', `neither "table", "process" nor "batch" with a name: ${line.trim()}`);
  return made;
}

function namedTypes(list: string, line: string): { readonly name: string; readonly type: string }[] {
  if (list.trim() === '') return [];
  return list.split(/,(?![^(]*\))/).map(part => {
    const match = /^\s*(\w+)\s+(.+?)\s*$/.exec(part);
    if (match === null) throw new TidemillError('udf-signature', `a name without type, or a type without name: ${line.trim()}`);
    return { name: match[1]!, type: match[2]! };
  });
}
