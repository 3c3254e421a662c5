import { TidemillError } from '../common/errors.ts';
import { argumentHasFlag, isText, type ScalarSignature } from './signature.ts';

/**
 * Lets functions take and give AssemblyScript's own `string` (`string | null` where NULL comes in or goes out): such a function is no longer exported, and one
 * that is takes bytes from the engine and gives bytes back. Lines stay where they are, for the compiler's messages. Unchanged when no function asks for it.
 *
 * @throws TidemillError `udf-signature` where the function's parameters are not those of its signature.
 */
export function withStrings(source: string, signatures: readonly ScalarSignature[]): string {
  let changed = source;
  let wrappers = '';
  for (const signature of signatures) {
    const pattern = new RegExp(`export(\\s+function\\s+${signature.name}\\s*\\(([^)]*)\\)\\s*:\\s*([\\w| ]+?)\\s*\\{)`);
    const match = pattern.exec(changed);
    if (match === null) continue;
    const parameters = match[2]!.split(',').flatMap(part => (part.trim() === '' ? [] : [part.split(':').at(-1)!.trim()]));
    const result = match[3]!;
    if (![...parameters, result].some(isString)) continue;
    if (parameters.length !== signature.arguments.length)
      throw new TidemillError(
        'udf-signature',
        `'${signature.name}' has ${parameters.length} parameters and ${signature.arguments.length} arguments in SQL`,
        { hint: 'With string, each argument is one parameter; see core/docs/udf/assemblyscript.md.' },
      );
    changed = changed.replace(pattern, '      $1');
    wrappers += wrapper(signature, parameters, isString(result) ? 'string' : result);
  }
  return changed + (wrappers === '' ? '' : helpers + wrappers);
}

const isString = (type: string): boolean => /^(string|String)\b/.test(type);

const helpers = `
let tidemill_kept: ArrayBuffer = new ArrayBuffer(0);
// @ts-ignore: decorator
@inline function tidemill_give(text: string | null): u64 {
  if (text === null) return u64.MAX_VALUE;
  tidemill_kept = String.UTF8.encode(text);
  return (<u64>tidemill_kept.byteLength << 32) | <u64>changetype<usize>(tidemill_kept);
}
`;

/** A function of bytes around one of strings. */
function wrapper(signature: ScalarSignature, parameters: readonly string[], result: string): string {
  const { name } = signature;
  const taken: string[] = [];
  const given: string[] = [];
  for (const [index, type] of signature.arguments.entries()) {
    const own = parameters[index]!;
    const flagged = argumentHasFlag(signature, index);
    if (isText(type) !== isString(own) || (flagged && !isText(type)))
      throw new TidemillError(
        'udf-signature',
        `parameter ${index + 1} of '${name}' is ${own}, which its signature does not say`,
        {
          hint: flagged ? 'Numbers of such a function cannot be NULL: declare them NOT NULL.' : 'STRING goes with string.',
        },
      );
    taken.push(isText(type) ? `a${index}: usize, n${index}: i32` : `a${index}: ${own}`);
    if (flagged) taken.push(`f${index}: i32`);
    const text = `String.UTF8.decodeUnsafe(a${index}, n${index})`;
    given.push(!isText(type) ? `a${index}` : flagged ? `f${index} ? ${text} : null` : text);
  }
  const call = `${name}(${given.join(', ')})`;
  const text = result === 'string';
  return `function tidemill_of_${name}(${taken.join(', ')}): ${text ? 'u64' : result} { return ${text ? `tidemill_give(${call})` : call}; }
export { tidemill_of_${name} as ${name} };
`;
}
