import { describe, expect, test } from 'vitest';
import { readColumn } from '../../core/columnar/read-values.ts';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import {
  type AggregateSignature,
  AggregateUdf,
  encodeSignatures,
  loadUdf,
  signatureSection,
  startOfAggregate,
} from '../../core/udf/index.ts';
import { type FunctionBuilder, ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { withCustomSection } from '../../core/wasm/reader/index.ts';
import { failure } from './support.ts';

interface Parts {
  /** Form a: two values of 64 bits; form b: 16 bytes. */
  readonly form?: 'values' | 'block';
  readonly accumulate?: (f: FunctionBuilder) => void;
  readonly finish?: (f: FunctionBuilder) => void;
  readonly init?: (f: FunctionBuilder) => void;
  readonly merge?: (f: FunctionBuilder) => void;
  readonly allocate?: (f: FunctionBuilder) => void;
  readonly signature?: Partial<AggregateSignature>;
}

function module(parts: Parts): Uint8Array<ArrayBuffer> {
  const made = new ModuleBuilder();
  const block = parts.form === 'block';
  const kept = block ? [] : (['i64', 'i64'] as const);
  const state = block ? (['i32'] as const) : (['i64', 'i64'] as const);
  if (block) {
    made.memory({ initial: 8 });
    const allocate = made.exportFunction('tidemill_allocate', ['i32'], ['i32']);
    if (parts.allocate === undefined) allocate.i32.const(4096);
    else parts.allocate(allocate as unknown as FunctionBuilder);
  }
  const nothing = (f: FunctionBuilder): void => {
    if (!block) f.get(f.parameters[0]!).get(f.parameters[1]!);
  };
  const accumulate = made.exportFunction('f_accumulate', [...state, 'i64'], kept) as unknown as FunctionBuilder;
  (parts.accumulate ?? nothing)(accumulate);
  const finish = made.exportFunction('f_finish', state, ['i64']) as unknown as FunctionBuilder;
  if (parts.finish) parts.finish(finish);
  else finish.i64.const(0);
  if (parts.init) parts.init(made.exportFunction('f_init', block ? ['i32'] : [], kept) as unknown as FunctionBuilder);
  if (parts.merge) parts.merge(made.exportFunction('f_merge', [...state, ...state], kept) as unknown as FunctionBuilder);
  const signature = {
    name: 'f',
    kind: 'aggregate',
    arguments: [types.bigint()],
    result: types.bigint(false),
    nulls: 'propagate',
    deterministic: true,
    ...(block ? { stateBytes: 16 } : { accumulators: [types.bigint(), types.bigint()] }),
    ...parts.signature,
  } as AggregateSignature;
  made.customSection(signatureSection, encodeSignatures([signature]));
  return made.build();
}

const load = (bytes: Uint8Array<ArrayBuffer>) => loadUdf(bytes, { name: 'f.wasm' });
const created = (parts: Parts) => () => startOfAggregate(load(module(parts)), 'f', loadKernels);

/** Runs rows through; what the engine has around the group's accumulator. */
function run(parts: Parts, values: readonly bigint[], merging = false) {
  const memory = new TaskMemory({ pagesInitial: 32 });
  const udf = new AggregateUdf(load(module(parts)), 'f', memory, loadKernels(memory));
  const around = memory.arena.allocate(256);
  memory.u8.fill(7, around, around + 256);
  const group = around + 128;
  memory.u8.fill(0, group, group + 16);
  const rows = memory.arena.allocate(4 * values.length);
  memory.u32.fill(group, rows >>> 2, (rows >>> 2) + values.length);
  const columns = [columnOf(memory, types.bigint(), values)];
  const common = { from: 0, to: values.length, order: 0, base: 0 };
  if (merging) udf.merge({ ...common, targets: rows, selection: 0, sources: rows, views: 0 });
  else udf.accumulate({ ...common, rows, weights: 0, columns });
  const bytes = memory.u8.slice(around, around + 256);
  return {
    untouched: bytes.every((byte, at) => byte === 7 || (at >= 128 && at < 144)),
    result: () => readColumn(memory, udf.finish(1, rows, 0), 1)[0],
  };
}

const unreachable = (f: FunctionBuilder): void => void f.unreachable();
const forEver = (f: FunctionBuilder): void => {
  f.loop(again => f.br(again));
  f.unreachable();
};

describe('aggregates that are wrong, at CREATE FUNCTION', () => {
  const shaped = (text: object) => () =>
    load(
      withCustomSection(
        module({}),
        signatureSection,
        new TextEncoder().encode(
          JSON.stringify({
            version: 1,
            functions: [{ name: 'f', kind: 'aggregate', arguments: ['BIGINT'], result: 'BIGINT', ...text }],
          }),
        ) as Uint8Array<ArrayBuffer>,
      ),
    );
  test.each([
    [{}, 'neither "accumulators" and "stateBytes"'],
    [{ accumulators: ['BIGINT'], stateBytes: 8 }, 'both "accumulators" and "stateBytes"'],
    [{ stateBytes: 0 }, '"stateBytes" that are no whole number from 1 to 16384'],
    [{ stateBytes: 1e9 }, '"stateBytes" that are no whole number'],
    [{ stateBytes: '8' }, '"stateBytes" that are no whole number'],
    [{ accumulators: [] }, 'no list of 1 to 8 "accumulators"'],
    [{ accumulators: Array.from({ length: 9 }, () => 'INT') }, 'no list of 1 to 8'],
    [{ accumulators: ['STRING'] }, 'the accumulator "STRING"'],
    [{ accumulators: [5] }, 'the accumulator 5'],
    [{ accumulators: ['BIGINT'] }, 'f_accumulate is (i64, i64) → (i64) in wasm, but the export is (i64, i64, i64) → (i64, i64)'],
    [{ accumulators: ['BIGINT', 'DOUBLE'] }, 'f_accumulate is (i64, f64, i64)'],
    [{ stateBytes: 8 }, 'exports no tidemill_allocate'],
  ])('%j', (text, message) => {
    expect(failure(shaped(text)).message).toContain(message);
  });

  test('parts that are not there, or have other types', () => {
    expect(failure(() => load(module({ signature: { name: 'g' } })))).toMatchObject({
      code: 'udf-export',
      message: "f.wasm declares the aggregate 'g' but exports no g_accumulate",
    });
    expect(failure(() => load(module({ signature: { result: types.string() } }))).code).toBe('udf-export');
    expect(failure(() => load(module({ form: 'block', signature: { result: types.double() } }))).message).toContain(
      'f_finish is (i32) → (f64) in wasm, but the export is (i32) → (i64)',
    );
  });

  test('an init or a finish that traps, or never ends', () => {
    expect(failure(created({ init: unreachable }))).toMatchObject({
      code: 'udf-trap',
      message: expect.stringContaining("'f' trapped: unreachable, while it makes an accumulator"),
    });
    expect(failure(created({ finish: unreachable })).message).toContain("'f' trapped: unreachable, while it gives a result");
    expect(failure(created({ finish: forEver })).code).toBe('udf-fuel');
  });

  test.each([
    ['0', 0],
    ['negative', -16],
    ['behind the end', 8 * 65_536 - 8],
  ])('a place for blocks that is none: %s', (_, address) => {
    const error = failure(created({ form: 'block', allocate: f => f.i32.const(address) }));
    expect(error).toMatchObject({
      code: 'udf-memory',
      message: expect.stringContaining('tidemill_allocate returned 0, or a place outside'),
    });
  });
});

describe('aggregates that are wrong when they run', () => {
  const trapsAt = (f: FunctionBuilder): void => {
    const x = f.parameters[f.parameters.length - 1]!;
    f.get(x).i64.const(3).i64.eq();
    f.if(() => f.unreachable());
    if (f.parameters.length === 3) f.get(f.parameters[0]!).get(x);
  };
  test.each(['values', 'block'] as const)('a trap names the row (%s)', form => {
    expect(failure(() => run({ form, accumulate: trapsAt }, [1n, 2n, 3n, 4n]))).toMatchObject({
      code: 'udf-trap',
      message: "'f' trapped: unreachable, in row 2 of the batch",
    });
  });

  test('a loop without end, and a merge that never comes back', () => {
    expect(failure(() => run({ accumulate: forEver }, [1n])).code).toBe('udf-fuel');
    expect(failure(() => run({ merge: forEver }, [1n], true))).toMatchObject({
      code: 'udf-fuel',
      message: expect.stringContaining('while it merges'),
    });
  });

  test('what it writes behind its block stays in its own memory', () => {
    // 64 KiB behind the block's address, and all before it
    const tramples = (f: FunctionBuilder): void => {
      f.get(f.parameters[0]!).i64.const(-1).i64.store(65_536);
      f.get(f.parameters[0]!).i32.const(4096).i32.sub().i64.const(-1).i64.store();
      f.get(f.parameters[0]!).i64.const(42).i64.store(16);
    };
    expect(run({ form: 'block', accumulate: tramples, merge: tramples }, [1n, 2n]).untouched).toBe(true);
    expect(run({ form: 'block', accumulate: tramples, merge: tramples }, [1n, 2n], true).untouched).toBe(true);
  });

  test('a finish that changes its block changes nothing that is kept', () => {
    const counts = (f: FunctionBuilder): void => {
      const [state] = f.parameters;
      f.get(state!).get(state!).i64.load().i64.const(1).i64.add().i64.store();
      if (f.type.results.length > 0) f.get(state!).i64.load();
    };
    const { result } = run({ form: 'block', accumulate: counts, finish: counts }, [1n, 1n]);
    expect(result()).toBe(3n);
    expect(result()).toBe(3n);
  });
});
