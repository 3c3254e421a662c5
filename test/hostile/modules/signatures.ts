import { types } from '../../../core/columnar/types.ts';
import { signatureSection } from '../../../core/udf/index.ts';
import { ModuleBuilder, type ValueType } from '../../../core/wasm/encoder/index.ts';
import { type Hostile, made } from '../support.ts';

/** An identity whose signatures are these bytes. */
function declaring(section: string | Uint8Array, parameters: readonly ValueType[] = ['i32']): () => Uint8Array<ArrayBuffer> {
  return () => {
    const module = new ModuleBuilder();
    const f = module.exportFunction('f', parameters, ['i32']);
    if (parameters.length === 0) f.i32.const(5);
    else f.get(f.parameters[0]!);
    module.customSection(signatureSection, typeof section === 'string' ? new TextEncoder().encode(section) : section);
    return module.build();
  };
}
const functions = (...list: readonly object[]): string => JSON.stringify({ version: 1, functions: list });
const f = { name: 'f', arguments: ['INT'], result: 'INT' };

function senseless(name: string, section: string | Uint8Array, complaint: string | RegExp): Hostile {
  const text = typeof complaint === 'string' ? complaint.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : complaint.source;
  return {
    name,
    guard: 'signature-section',
    bytes: declaring(section),
    expected: new RegExp(`^udf-signature: the section tidemill.signatures ${text}`),
    without: 'values 1 2 3',
  };
}

/** Modules that lie about what they are in SQL. */
export const signatures: readonly Hostile[] = [
  senseless('signatures that are no JSON', '{"version":1,', 'is not JSON in UTF-8'),
  senseless('signatures that are not UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), 'is not JSON in UTF-8'),
  senseless('signatures that are null', 'null', 'is not an object'),
  senseless('signatures that are a list', '[]', 'is not an object'),
  senseless('signatures nested 100 000 deep', '['.repeat(100_000), 'is not JSON in UTF-8'),
  senseless('signatures of another version', '{"version":2,"functions":[]}', 'has version 2; this Tidemill reads version 1'),
  senseless('signatures without functions', '{"version":1}', 'has no list "functions"'),
  senseless('functions that are no objects', '{"version":1,"functions":[7]}', 'has a function that is not an object'),
  senseless('a function without a name', functions({ ...f, name: '' }), 'has a function without a name'),
  senseless('a name that is no text', functions({ ...f, name: { toString: 'f' } }), 'has a function without a name'),
  senseless('a function twice', functions(f, f), "names 'f' twice"),
  senseless('a kind that is no text', functions({ ...f, kind: 3 }), "gives 'f' a kind that is not text"),
  senseless('an unknown type', functions({ ...f, result: 'MONEY' }), "gives 'f' the type 'MONEY'"),
  senseless(
    'a type called like what objects inherit',
    functions({ ...f, result: 'CONSTRUCTOR' }),
    "gives 'f' the type 'CONSTRUCTOR'",
  ),
  senseless('a decimal with 99 digits', functions({ ...f, result: 'DECIMAL(99, 2)' }), "gives 'f' the type 'DECIMAL(99, 2)'"),
  senseless('65 arguments', functions({ ...f, arguments: new Array(65).fill('INT') }), "gives 'f' more than 64 arguments"),
  senseless('arguments that are no list', functions({ ...f, arguments: 'INT' }), "gives 'f' no list of argument types"),
  senseless(
    'names that do not fit the arguments',
    functions({ ...f, argumentNames: [] }),
    "gives 'f' argument names that do not fit",
  ),
  senseless('nulls of another kind', functions({ ...f, nulls: 'ignore' }), "gives 'f' nulls other than"),
  senseless('a "deterministic" that is no boolean', functions({ ...f, deterministic: 'yes' }), /gives 'f' a "deterministic"/),
  {
    name: 'a thousand and one functions',
    guard: 'functions-count',
    bytes: declaring(
      functions(...Array.from({ length: 1001 }, (_, index) => ({ ...f, kind: `kind ${index}`, name: `f${index}` }))),
    ),
    expected: 'udf-signature: the section tidemill.signatures declares 1001 functions; at most 1000 are allowed',
    without: /^udf-export/,
  },
  {
    name: 'two MiB of signatures',
    guard: 'signature-size',
    bytes: declaring(`${functions(f)}${' '.repeat(2 << 20)}`),
    expected: /^udf-size: evil.wasm has \d+ bytes of signatures; at most 1048576 are allowed$/,
    without: 'values 1 2 3',
  },
  {
    name: 'a declared function that is not exported',
    guard: 'signature-section',
    bytes: declaring(functions(f, { ...f, name: 'g' })),
    expected: "udf-export: evil.wasm declares the function 'g' but does not export it",
    without: 'values 1 2 3',
  },
  {
    name: 'more arguments than the export has',
    guard: 'signature-fits',
    bytes: declaring(functions({ ...f, arguments: ['INT', 'INT'] })),
    expected:
      /^udf-signature: 'f' is declared as f\(INT, INT\) → INT, which is \(i32, i32\) → \(i32\) in wasm, but the export is/,
    without: /^(?!udf-signature)/,
  },
  {
    name: 'an argument of another type than the export has',
    guard: 'signature-fits',
    bytes: declaring(functions({ ...f, arguments: ['DOUBLE'] })),
    expected: /^udf-signature: 'f' is declared as f\(DOUBLE\) → INT, which is \(f64\) → \(i32\) in wasm, but the export is/,
    without: /^internal/,
  },
  {
    name: 'an argument more than is declared',
    guard: 'signature-fits',
    bytes: declaring(functions({ ...f, arguments: [] })),
    expected:
      /^udf-signature: 'f' is declared as f\(\) → INT, which is \(\) → \(i32\) in wasm, but the export is \(i32\) → \(i32\)$/,
    without: /^internal/,
  },
  {
    name: 'text from a module without a memory',
    guard: 'text-allocate',
    bytes: made(body => body.i64.const(0), {
      memory: false,
      results: ['i64'],
      signature: { name: 'f', arguments: [types.int(false)], result: types.string(false) },
    }),
    expected: "udf-export: 'f' of evil.wasm takes or makes text, and the module has no memory",
    without: /^internal/,
  },
  {
    name: 'text for a module that cannot make room',
    guard: 'text-allocate',
    bytes: made(body => body.i32.const(0), {
      parameters: ['i32', 'i32'],
      signature: { name: 'f', arguments: [types.string(false)], result: types.int(false) },
    }),
    rows: ['a'],
    expected: "udf-export: 'f' of evil.wasm takes text, and the module exports no function tidemill_allocate(i32) → i32",
    without: /^(?!udf-export)/,
  },
];
