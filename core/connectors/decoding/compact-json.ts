import { formatDouble } from '../../columnar/format-value.ts';

const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\s+/g;

/**
 * JSON as Jackson writes what it has read, which is what Flink gives for an object or array in a column of text: no blanks, numbers with a point
 * or exponent as doubles, strings with the escapes they need.
 *
 * @example compactJson('{ "a": 1.50, "b": "\\u0041" }') // '{"a":1.5,"b":"A"}'
 */
export function compactJson(text: string): string {
  return text.replace(token, part => {
    const first = part[0]!;
    if (first === '"') return part.includes('\\') ? requoted(part) : part;
    if (first === '-' || (first >= '0' && first <= '9'))
      return /[.eE]/.test(part) ? formatDouble(Number(part)) : part === '-0' ? '0' : part;
    return '';
  });
}

function requoted(part: string): string {
  try {
    return JSON.stringify(JSON.parse(part)).replace(/\\u[0-9a-f]{4}/g, found => `\\u${found.slice(2).toUpperCase()}`);
  } catch {
    return part;
  }
}
