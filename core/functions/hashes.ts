import { hash as digestOf } from 'node:crypto';
import { types } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { TidemillError } from '../common/errors.ts';
import type { ScalarFunction } from './contract.ts';
import { accepts, define, signature } from './define.ts';

const digest = (algorithm: string, value: Value): string => digestOf(algorithm, value as string, 'hex');

const inDuckdb = new Set(['md5', 'sha1', 'sha256']);

function hash(algorithm: string, digits: number): ScalarFunction {
  const spelling = algorithm.toUpperCase();
  return define({
    name: algorithm,
    spellings: [spelling],
    resolve: signature([accepts.string], types.char(digits)),
    reference: ([value]) => digest(algorithm, value!),
    // CHAR is filled up here, and not there
    duckdb: ([type]) => (inDuckdb.has(algorithm) && type?.kind === 'VARCHAR' ? { same: algorithm } : 'never'),
    usage: `${spelling}(s)`,
    text: `The ${spelling} hash of the UTF-8 bytes of s, as ${digits} hexadecimal digits.`,
    example: `${spelling}('tide')`,
  });
}

export const hashFunctions: readonly ScalarFunction[] = [
  hash('md5', 32),
  hash('sha1', 40),
  hash('sha224', 56),
  hash('sha256', 64),
  hash('sha384', 96),
  hash('sha512', 128),
  define({
    name: 'sha2',
    spellings: ['SHA2'],
    resolve: signature([accepts.string, accepts.int], types.varchar(128)),
    reference: ([value, bits]) => {
      if (![224, 256, 384, 512].includes(bits as number))
        throw new TidemillError('bad-argument', `SHA2 has no length of ${bits} bits`, {
          hint: 'there are 224, 256, 384 and 512',
        });
      return digest(`sha${bits}`, value!);
    },
    usage: 'SHA2(s, bits)',
    text: 'A hash of the SHA-2 family (224, 256, 384 or 512 bits) of the UTF-8 bytes of s, as hexadecimal digits.',
    example: "SHA2('tide', 256)",
  }),
];
