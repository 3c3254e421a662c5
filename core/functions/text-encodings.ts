import { isBinary, isCharacter, isInteger, types, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { realRandom } from '../common/environment.ts';
import { TidemillError } from '../common/errors.ts';
import type { ScalarFunction } from './contract.ts';
import { accepts, anyNullable, define, shown, signature } from './define.ts';
import { bytesOf } from './text.ts';

const string = types.string();
const { string: text, bigint, stringOrBytes } = accepts;

const buffer = (value: Value): Buffer => {
  const bytes = bytesOf(value);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

type Charset = 'utf-8' | 'ascii' | 'latin1' | 'utf-16' | 'utf-16be' | 'utf-16le' | 'windows-1252';
const charsets: Readonly<Record<string, Charset>> = {
  'UTF-8': 'utf-8',
  UTF8: 'utf-8',
  'US-ASCII': 'ascii',
  ASCII: 'ascii',
  'ISO-8859-1': 'latin1',
  ISO8859_1: 'latin1',
  LATIN1: 'latin1',
  'UTF-16': 'utf-16',
  UTF16: 'utf-16',
  'UTF-16BE': 'utf-16be',
  'UTF-16LE': 'utf-16le',
  'WINDOWS-1252': 'windows-1252',
  CP1252: 'windows-1252',
};

function charsetOf(name: string): Charset {
  const found = charsets[name.toUpperCase()];
  if (found === undefined)
    throw new TidemillError('bad-argument', `there is no character set '${name}'`, {
      hint: 'there are UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE, UTF-16LE and windows-1252',
    });
  return found;
}

/** windows-1252 from 0x80 on where it is not ISO-8859-1. */
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function encode(value: string, charset: Charset): Uint8Array {
  const oneByte = (codeOf: (character: string) => number): Uint8Array =>
    Uint8Array.from([...value], character => {
      const code = codeOf(character);
      return code < 0 ? 63 : code;
    });
  const sixteen = (order: 'be' | 'le', mark: boolean): Uint8Array => {
    const bytes = Buffer.from(mark ? `\ufeff${value}` : value, 'utf16le');
    return new Uint8Array(order === 'be' ? bytes.swap16() : bytes);
  };
  switch (charset) {
    case 'utf-8':
      return bytesOf(value);
    case 'ascii':
      return oneByte(character => (character.codePointAt(0)! < 0x80 ? character.codePointAt(0)! : -1));
    case 'latin1':
      return oneByte(character => (character.codePointAt(0)! < 0x100 ? character.codePointAt(0)! : -1));
    case 'windows-1252':
      return oneByte(character => {
        const code = character.codePointAt(0)!;
        const place = windows1252.indexOf(character);
        return place >= 0 ? 0x80 + place : code < 0x80 || (code >= 0xa0 && code < 0x100) ? code : -1;
      });
    case 'utf-16':
      return sixteen('be', value !== '');
    case 'utf-16be':
      return sixteen('be', false);
    case 'utf-16le':
      return sixteen('le', false);
  }
}

function decode(bytes: Uint8Array, charset: Charset): string {
  const sixteen = (name: 'utf-16be' | 'utf-16le', from = 0): string =>
    new TextDecoder(name, { ignoreBOM: true }).decode(bytes.subarray(from));
  switch (charset) {
    case 'utf-8':
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    case 'ascii':
      return Array.from(bytes, byte => (byte < 0x80 ? String.fromCharCode(byte) : '\ufffd')).join('');
    case 'latin1':
      return buffer(bytes).toString('latin1');
    case 'windows-1252':
      return Array.from(bytes, byte =>
        byte >= 0x80 && byte < 0xa0 ? windows1252[byte - 0x80]! : String.fromCharCode(byte),
      ).join('');
    case 'utf-16':
      if (bytes[0] === 0xfe && bytes[1] === 0xff) return sixteen('utf-16be', 2);
      return bytes[0] === 0xff && bytes[1] === 0xfe ? sixteen('utf-16le', 2) : sixteen('utf-16be');
    case 'utf-16be':
      return sixteen('utf-16be');
    case 'utf-16le':
      return sixteen('utf-16le');
  }
}

const badBase64 = (value: string): TidemillError =>
  new TidemillError('bad-argument', `'${value.slice(0, 40)}' is not Base64`, {
    hint: 'its characters are A–Z a–z 0–9 + / and = at the end',
  });

function fromBase64(value: string): string {
  const body = value.replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(body) || body.length % 4 === 1 || (value !== body && value.length % 4 !== 0))
    throw badBase64(value);
  return Buffer.from(body, 'base64').toString('utf8');
}

function unhex(value: string): Value {
  if (!/^[0-9a-fA-F]*$/.test(value)) return null;
  // a first digit without its pair is dropped, its byte stays
  const digits = value.length % 2 === 1 ? `00${value.slice(1)}` : value;
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

function urlDecode(value: string): Value {
  if (!value.includes('%') && !value.includes('+')) return value;
  const plain = value.replaceAll('+', ' ');
  if (/%(?![0-9a-fA-F]{2})/.test(plain)) return null;
  return plain.replace(/(?:%[0-9a-fA-F]{2})+/g, run => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}

const urlEncode = (value: string): string =>
  encodeURIComponent(value)
    .replace(/[!'()~]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

interface UrlParts {
  readonly protocol: string;
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string | undefined;
  readonly reference: string | undefined;
}

/** Protocols java.net.URL knows without more. */
const knownProtocols = new Set(['http', 'https', 'ftp', 'file', 'mailto', 'jar', 'jrt', 'jmod']);

/** A URL's parts as java.net.URL takes them apart: nothing is decoded or normalised. */
function urlParts(given: string): UrlParts | undefined {
  const found = /^([a-zA-Z][a-zA-Z0-9+.-]*):([\s\S]*)$/.exec(given.trim());
  if (found === null || !knownProtocols.has(found[1]!.toLowerCase())) return undefined;
  let rest = found[2]!;
  const mark = rest.indexOf('#');
  const reference = mark < 0 ? undefined : rest.slice(mark + 1);
  if (mark >= 0) rest = rest.slice(0, mark);
  const question = rest.indexOf('?');
  const query = question < 0 ? undefined : rest.slice(question + 1);
  if (question >= 0) rest = rest.slice(0, question);
  let authority: string | undefined;
  if (rest.startsWith('//')) {
    const end = rest.indexOf('/', 2);
    authority = end < 0 ? rest.slice(2) : rest.slice(2, end);
    rest = end < 0 ? '' : rest.slice(end);
  }
  if (!/^(?:[^@]*@)?(?:\[[0-9a-fA-F:.]+\]|[^:]*)(?::\d*)?$/.test(authority ?? '')) return undefined;
  return { protocol: found[1]!.toLowerCase(), authority, path: rest, query, reference };
}

function parseUrl(url: string, part: string, key?: string): Value {
  const parts = urlParts(url);
  if (parts === undefined || (key !== undefined && part !== 'QUERY')) return null;
  const { path, query } = parts;
  const authority = parts.authority ?? '';
  const at = authority.lastIndexOf('@');
  switch (part) {
    case 'HOST':
      return authority.slice(at + 1).replace(/:\d*$/, '');
    case 'PATH':
      return path;
    case 'QUERY':
      if (key === undefined || query === undefined) return query ?? null;
      return new RegExp(`(?:&|^)${key.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}=([^&]*)`).exec(query)?.[1] ?? null;
    case 'REF':
      return parts.reference ?? null;
    case 'PROTOCOL':
      return parts.protocol;
    case 'FILE':
      return query === undefined ? path : `${path}?${query}`;
    case 'AUTHORITY':
      return parts.authority ?? null;
    case 'USERINFO':
      return at < 0 ? null : authority.slice(0, at);
    default:
      return null;
  }
}

function hexadecimal(name: 'hex' | 'bin', spelling: string, radix: 2 | 16, doc: string, example: string): ScalarFunction {
  return define({
    name,
    spellings: [spelling],
    resolve: given => {
      if (given.length !== 1) return `takes 1 argument, not ${given.length}`;
      const [type] = given;
      const number = isInteger(type!);
      if (!number && type!.kind !== 'NULL' && !(name === 'hex' && isCharacter(type!)))
        return `expects ${name === 'hex' ? 'an integer or a string' : 'an integer'} as argument 1, got ${shown(type!)}`;
      const argument = number || (name === 'bin' && type!.kind === 'NULL') ? types.bigint() : string;
      return { argumentTypes: [withNullable(argument, type!.nullable)], resultType: withNullable(string, type!.nullable) };
    },
    reference: ([value]) =>
      typeof value === 'string'
        ? buffer(value).toString('hex').toUpperCase()
        : BigInt.asUintN(64, value as bigint)
            .toString(radix)
            .toUpperCase(),
    usage: `${spelling}(n)`,
    text: doc,
    example,
  });
}

function inetAton(address: string): Value {
  const parts = address.split('.');
  if (parts.length > 4 || !parts.every(part => /^\d+$/.test(part))) return null;
  const numbers = parts.map(part => BigInt(part));
  const last = numbers.pop()!;
  if (numbers.some(number => number > 255n) || last > 255n) return null;
  return numbers.reduce((sum, number, index) => sum + (number << BigInt(24 - 8 * index)), 0n) + last;
}

export const encodingFunctions: readonly ScalarFunction[] = [
  define({
    name: 'encode',
    spellings: ['ENCODE'],
    resolve: signature([text, text], types.bytes()),
    reference: ([value, charset]) => encode(value as string, charsetOf(charset as string)),
    usage: 'ENCODE(s, charset)',
    text: 'The bytes of s in a character set: US-ASCII, ISO-8859-1, windows-1252, UTF-8, UTF-16BE, UTF-16LE or UTF-16; what it lacks becomes `?`.',
    example: "ENCODE('ü', 'UTF-8')",
  }),
  define({
    name: 'decode',
    spellings: ['DECODE'],
    resolve: given => {
      if (given.length !== 2) return `takes 2 arguments, not ${given.length}`;
      if (!isBinary(given[0]!) && given[0]!.kind !== 'NULL') return `expects bytes as argument 1, got ${shown(given[0]!)}`;
      const charset = text.accept(given[1]!);
      if (charset === undefined) return `expects a string as argument 2, got ${shown(given[1]!)}`;
      const bytes = given[0]!.kind === 'NULL' ? types.bytes() : given[0]!;
      return { argumentTypes: [bytes, charset], resultType: withNullable(string, anyNullable(given)) };
    },
    reference: ([value, charset]) => decode(value as Uint8Array, charsetOf(charset as string)),
    usage: 'DECODE(bytes, charset)',
    text: 'The text that bytes encode in a character set; what is no character becomes �.',
    example: "DECODE(x'c3bc', 'UTF-8')",
  }),
  define({
    name: 'to-base64',
    spellings: ['TO_BASE64'],
    resolve: signature([stringOrBytes], string),
    reference: ([value]) => buffer(value!).toString('base64'),
    usage: 'TO_BASE64(s)',
    text: 'The bytes of s in Base64.',
    example: "TO_BASE64('hello world')",
  }),
  define({
    name: 'from-base64',
    spellings: ['FROM_BASE64'],
    resolve: signature([text], string),
    reference: ([value]) => fromBase64(value as string),
    usage: 'FROM_BASE64(s)',
    text: 'The text that Base64 encodes; fails on anything else.',
    example: "FROM_BASE64('aGVsbG8gd29ybGQ=')",
  }),
  hexadecimal(
    'hex',
    'HEX',
    16,
    'An integer in hexadecimal digits, a negative one as 64 bits; or the bytes of a string.',
    "HEX('tide')",
  ),
  hexadecimal('bin', 'BIN', 2, 'An integer in binary digits, a negative one as 64 bits.', 'BIN(4)'),
  define({
    name: 'unhex',
    spellings: ['UNHEX'],
    resolve: signature([text], types.bytes(), { nullable: 'always' }),
    reference: ([value]) => unhex(value as string),
    usage: 'UNHEX(s)',
    text: 'The bytes of hexadecimal digits; NULL when there is another character. A first digit without its pair counts as 0.',
    example: "UNHEX('466C696E6B')",
  }),
  define({
    name: 'url-encode',
    spellings: ['URL_ENCODE'],
    resolve: signature([text], string, { nullable: 'always' }),
    reference: ([value]) => urlEncode(value as string),
    usage: 'URL_ENCODE(s)',
    text: 's as application/x-www-form-urlencoded in UTF-8.',
    example: "URL_ENCODE('a b/ü')",
  }),
  define({
    name: 'url-decode',
    spellings: ['URL_DECODE'],
    resolve: signature([text], string, { nullable: 'always' }),
    reference: ([value]) => urlDecode(value as string),
    usage: 'URL_DECODE(s)',
    text: 'The text that application/x-www-form-urlencoded encodes; NULL when it cannot be read.',
    example: "URL_DECODE('a+b%2F%C3%BC')",
  }),
  define({
    name: 'parse-url',
    spellings: ['PARSE_URL'],
    resolve: signature([text, text, text], string, { optional: 1, nullable: 'always' }),
    reference: ([url, part, key]) => parseUrl(url as string, part as string, key as string | undefined),
    usage: 'PARSE_URL(url, part [, key])',
    text: "A part of a URL: 'HOST', 'PATH', 'QUERY', 'REF', 'PROTOCOL', 'FILE', 'AUTHORITY' or 'USERINFO', or the value of a key of its query; NULL when there is none.",
    example: "PARSE_URL('http://tide.mill/p?k=v', 'QUERY', 'k')",
  }),
  define({
    name: 'inet-aton',
    spellings: ['INET_ATON'],
    resolve: signature([text], types.bigint(), { nullable: 'always' }),
    reference: ([value]) => inetAton(value as string),
    usage: 'INET_ATON(s)',
    text: 'An IPv4 address as a number; NULL when it is none.',
    example: "INET_ATON('127.0.0.1')",
  }),
  define({
    name: 'inet-ntoa',
    spellings: ['INET_NTOA'],
    resolve: signature([bigint], string, { nullable: 'always' }),
    reference: ([value]) => {
      const number = value as bigint;
      if (number < 0n || number > 0xffffffffn) return null;
      return [24n, 16n, 8n, 0n].map(shift => (number >> shift) & 255n).join('.');
    },
    usage: 'INET_NTOA(n)',
    text: 'A number as an IPv4 address; NULL when it is out of range.',
    example: 'INET_NTOA(2130706433)',
  }),
  define({
    name: 'uuid',
    spellings: ['UUID'],
    resolve: signature([], types.char(36), { nullable: 'never' }),
    deterministic: false,
    reference: (_, __, context) => {
      const random = context.random ?? realRandom;
      const bytes = new Uint8Array(16);
      const words = new DataView(bytes.buffer);
      for (let at = 0; at < 16; at += 4) words.setUint32(at, random.next32());
      bytes[6] = (bytes[6]! & 15) | 64;
      bytes[8] = (bytes[8]! & 63) | 128;
      return buffer(bytes)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    },
    usage: 'UUID()',
    text: 'A random UUID of version 4.',
    example: 'CHAR_LENGTH(UUID())',
  }),
];
