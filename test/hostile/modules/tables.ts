import { signatureSection } from '../../../core/udf/index.ts';
import { type FunctionBuilder, ModuleBuilder } from '../../../core/wasm/encoder/index.ts';
import type { Hostile } from '../support.ts';

const section = {
  version: 1,
  functions: [{ name: 'f', kind: 'table', arguments: ['INT NOT NULL'], columns: [{ name: 'n', type: 'BIGINT NOT NULL' }] }],
};

/** A table function that returns what `body` leaves; a record of value 7 lies at 64, one of NULL at 128. */
function table(body: (f: FunctionBuilder) => void, next?: (f: FunctionBuilder) => void): () => Uint8Array<ArrayBuffer> {
  return () => {
    const module = new ModuleBuilder();
    module.memory({ initial: 1 });
    module.data(72, Uint8Array.of(7));
    module.data(128, Uint8Array.of(1));
    body(module.exportFunction('f', ['i32'], ['i64']));
    if (next !== undefined) next(module.exportFunction('f_next', [], ['i64']));
    module.customSection(signatureSection, new TextEncoder().encode(JSON.stringify(section)));
    return module.build();
  };
}
const block = (address: number, count: number, more = false): bigint =>
  BigInt.asIntN(64, (more ? 1n << 63n : 0n) | (BigInt(count) << 32n) | BigInt(address));

const outside = (name: string, address: number, count: number): Hostile => ({
  name,
  guard: 'block-bounds',
  bytes: table(f => f.i64.const(block(address, count))),
  rows: [0],
  expected: /^udf-result: 'f' returned .*outside its memory/,
  without: /^(?!.*outside its memory)/,
});

/** Table functions whose rows lie. */
export const tables: readonly Hostile[] = [
  outside('rows behind the memory', 65_536, 1),
  outside('rows that begin inside and end outside', 65_528, 1),
  outside('two billion rows', 64, 0x7fff_ffff),
  outside('rows at the end of the address space', 0xffff_fff0, 1),
  {
    name: 'more rows to come from a function without a next block',
    guard: 'block-next',
    bytes: table(f => f.i64.const(block(64, 1, true))),
    rows: [0],
    expected: /^udf-result: /,
    without: /^(?!udf-result)/,
  },
  {
    name: 'NULL in a column that has none',
    guard: 'block-nulls',
    bytes: table(f => f.i64.const(block(128, 1))),
    rows: [0],
    expected: /^udf-result: /,
    without: /^(?!udf-result)/,
  },
  {
    name: 'a million blocks without a row',
    guard: 'fuel-blocks',
    limits: { fuelPerBatch: 10_000, fuelPerRow: 0 },
    bytes: () => {
      const module = new ModuleBuilder();
      module.memory({ initial: 1 });
      const rounds = module.global('i32', 1_000_000);
      const f = module.exportFunction('f', ['i32'], ['i64']);
      f.i64.const(block(0, 0, true));
      const next = module.exportFunction('f_next', [], ['i64']);
      next.get(rounds).i32.const(1).i32.sub().set(rounds).get(rounds);
      next.if(
        'i64',
        () => next.i64.const(block(0, 0, true)),
        () => next.i64.const(0),
      );
      module.customSection(signatureSection, new TextEncoder().encode(JSON.stringify(section)));
      return module.build();
    },
    rows: [0],
    expected: /^udf-fuel: /,
    without: /^values/,
  },
];
