import { describe, expect, test } from 'vitest';
import { types, typeToString } from '../../core/columnar/types.ts';
import { sourceSignatures } from '../../core/udf/build-assemblyscript.ts';
import { loadUdf, signatureSection, signatureToString } from '../../core/udf/index.ts';
import { parseSignatureType, type ScalarSignature } from '../../core/udf/signature.ts';
import { encodeSignatures, parseSignatures } from '../../core/udf/signature-section.ts';
import { ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { readModule, withCustomSection } from '../../core/wasm/reader/index.ts';
import { failure } from './support.ts';

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const twice: ScalarSignature = {
  name: 'twice',
  arguments: [types.decimal(10, 2, false), types.timestamp(3)],
  argumentNames: ['amount', 'at'],
  result: types.boolean(),
  nulls: 'call',
  deterministic: false,
};

test('signatures survive encoding', () => {
  expect(parseSignatures(encodeSignatures([twice])).scalar).toEqual([twice]);
  expect(signatureToString(twice)).toBe('twice(DECIMAL(10, 2) NOT NULL, TIMESTAMP(3)) → BOOLEAN');
});

test('every scalar type is read as Flink spells it', () => {
  for (const text of [
    'BOOLEAN',
    'TINYINT NOT NULL',
    'SMALLINT',
    'INT',
    'BIGINT',
    'FLOAT',
    'DOUBLE',
    'DATE',
    'TIME',
    'TIMESTAMP(3) NOT NULL',
    'TIMESTAMP_LTZ(9)',
    'DECIMAL(38, 10)',
    'STRING',
    'BYTES NOT NULL',
    'CHAR(3)',
    'VARCHAR(7) NOT NULL',
    'VARCHAR(100000)',
    'BINARY(2)',
    'VARBINARY(2147483646) NOT NULL',
  ])
    expect(typeToString(parseSignatureType(text, 'f'))).toBe(text);
  expect(typeToString(parseSignatureType(' decimal( 5 ) not  null', 'f'))).toBe('DECIMAL(5, 0) NOT NULL');
  for (const text of [
    'STRING(5)',
    'CHAR(0)',
    'CHAR(2147483648)',
    'ARRAY<INT>',
    'MAP<STRING, INT>',
    'ROW<x INT>',
    'INTERVAL DAY TO SECOND(3)',
    'DECIMAL(39)',
    'DECIMAL(5, 6)',
    'DECIMAL(0)',
    'INT(3)',
    'TIMESTAMP(10)',
    'constructor',
    '',
    'INT NULL',
  ])
    expect(failure(() => parseSignatureType(text, 'f')).code, text).toBe('udf-signature');
});

describe('a bad section is refused with its mistake', () => {
  const one = { name: 'f', arguments: ['INT'], result: 'INT' };
  test.each([
    ['has version 2', { version: 2, functions: [] }],
    ['has no list', { version: 1 }],
    ['is not an object', []],
    ['without a name', { version: 1, functions: [{ ...one, name: '' }] }],
    ['no list of argument types', { version: 1, functions: [{ ...one, arguments: [1] }] }],
    ['no result type', { version: 1, functions: [{ ...one, result: undefined }] }],
    ['twice', { version: 1, functions: [one, one] }],
    ['nulls other than', { version: 1, functions: [{ ...one, nulls: 'maybe' }] }],
    ['not true or false', { version: 1, functions: [{ ...one, deterministic: 1 }] }],
    ['argument names', { version: 1, functions: [{ ...one, argumentNames: [] }] }],
    ['not an object', { version: 1, functions: [null] }],
    ['more than', { version: 1, functions: [{ ...one, arguments: Array.from({ length: 65 }, () => 'INT') }] }],
  ])('%s', (message, value) => {
    const error = failure(() => parseSignatures(json(value)));
    expect(error.code).toBe('udf-signature');
    expect(error.message).toContain(message);
  });

  test('neither JSON nor UTF-8', () => {
    expect(failure(() => parseSignatures(Uint8Array.of(0xff, 0xfe))).code).toBe('udf-signature');
    expect(failure(() => parseSignatures(new TextEncoder().encode('{'))).code).toBe('udf-signature');
  });
});

test('a signature must fit the export, and the export must be there', () => {
  const module = new ModuleBuilder();
  const f = module.exportFunction('f', ['f64'], ['f64']);
  f.get(f.parameters[0]);
  const bytes = module.build();
  const load = (functions: unknown) => () =>
    loadUdf(withCustomSection(bytes, signatureSection, json({ version: 1, functions })), { name: 'f.wasm' });
  expect(failure(load([{ name: 'f', arguments: ['INT'], result: 'DOUBLE' }])).message).toBe(
    "'f' is declared as f(INT) → DOUBLE, which is (i32) → (f64) in wasm, but the export is (f64) → (f64)",
  );
  expect(failure(load([{ name: 'g', arguments: [], result: 'DOUBLE' }])).code).toBe('udf-export');
  const loaded = load([
    { name: 'f', arguments: ['DOUBLE'], result: 'DOUBLE', future: 1 },
    { name: 'total', kind: 'of a later version' },
  ])();
  expect(loaded.functions.map(entry => entry.name)).toEqual(['f']);
  expect([...loaded.otherFunctions]).toEqual([['total', 'of a later version']]);
});

test('a custom section is replaced, not doubled', () => {
  const module = new ModuleBuilder();
  module.customSection('a', Uint8Array.of(1));
  module.customSection('b', Uint8Array.of(2));
  const changed = readModule(withCustomSection(module.build(), 'a', Uint8Array.of(3, 4))).customSections;
  expect(changed.map(section => [section.name, ...section.bytes])).toEqual([
    ['b', 2],
    ['a', 3, 4],
  ]);
});

test('signatures in source comments', () => {
  expect(
    sourceSignatures(`
// @sql a(x DECIMAL(10, 2) NOT NULL, y INT) RETURNS TIMESTAMP(3) NOT NULL NULLS CALL NOT DETERMINISTIC
/**
 * @sql b() RETURNS INT
 */`).map(declared => {
      const signature = declared as ScalarSignature;
      return [signatureToString(signature), signature.argumentNames, signature.nulls, signature.deterministic];
    }),
  ).toEqual([
    ['a(DECIMAL(10, 2) NOT NULL, INT) → TIMESTAMP(3) NOT NULL', ['x', 'y'], 'call', false],
    ['b() → INT', [], 'propagate', true],
  ]);
  expect(failure(() => sourceSignatures('// @sql a x INT')).code).toBe('udf-signature');
  expect(failure(() => sourceSignatures('// @sql a(INT) RETURNS INT')).code).toBe('udf-signature');
});

test('what is no module', () => {
  const load = (bytes: Uint8Array<ArrayBuffer>) => failure(() => loadUdf(bytes, { name: 'x.wasm' }));
  expect(load(new Uint8Array()).code).toBe('udf-invalid');
  expect(load(new TextEncoder().encode('#!/bin/sh')).message).toMatch(/^x.wasm is not a valid WebAssembly module: /);
  expect(load(Uint8Array.of(0, 0x61, 0x73, 0x6d, 13, 0, 1, 0)).code).toBe('not-supported');
  expect(loadUdf(new ModuleBuilder().build(), { name: 'empty.wasm' }).functions).toEqual([]);
});
