import type { Column } from '../../columnar/batch.ts';
import {
  childTypes,
  maximumLength,
  type SqlType,
  storageBytes,
  storageOf,
  timestampUnitsPerSecond,
} from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { datagenBlock } from '../../kernels/datagen.ts';
import type { ReadContext } from '../contract.ts';
import { type Options, optionOf, wrongOption } from '../options.ts';

/** Which values: number i is (first + step × ⌊i / perRow⌋) × perRow + i mod perRow; see core/kernels/datagen.ts. */
export interface ValueRange {
  readonly first: number;
  readonly step: number;
  readonly rows: number;
  readonly perRow: number;
}
/** Makes a column for a range of rows; a pure function of the range but for the clock that timestamps are counted from. */
export type Generator = (range: ValueRange, context: ReadContext, block: number) => Column;

export interface FieldPlan {
  readonly generate: Generator;
  /** Rows after which a sequence ends; Infinity for random values. */
  readonly rowsMax: number;
}

const elementsDefault = 3;
const textLengthDefault = 100;
const maximumLong = 2n ** 63n - 1n;
const integerBits: Readonly<Record<string, bigint>> = { TINYINT: 7n, SMALLINT: 15n, INT: 31n, BIGINT: 63n };
const block = datagenBlock;

/** The generator of a declared field. `path` is its name in options, `salt` tells fields of one seed apart. */
export function planField(path: string, type: SqlType, options: Options, salt: { next: number }): FieldPlan {
  const stream = salt.next++;
  const key = (name: string): string => `fields.${path}.${name}`;
  const kind = options[key('kind')] ?? 'random';
  if (kind !== 'random' && kind !== 'sequence') throw wrongOption(key('kind'), kind, 'random or sequence');
  const plan = kind === 'sequence' ? sequence(type, options, key) : random(path, type, options, key, salt);
  const nullRate = optionOf.number(options, key('null-rate'), 0);
  if (!(nullRate >= 0 && nullRate <= 1)) throw wrongOption(key('null-rate'), options[key('null-rate')]!, 'a number from 0 to 1');
  const threshold = Math.min(Math.floor(nullRate * 2 ** 32), 2 ** 32 - 1);
  return {
    rowsMax: plan.rowsMax,
    generate(range, context, at) {
      const { memory, kernels } = context;
      const start = (draws: number): void => {
        memory.f64[(at + block.first) >> 3] = range.first;
        const words = memory.u32;
        words[(at + block.step) >> 2] = range.step;
        words[(at + block.rows) >> 2] = range.rows;
        words[(at + block.perRow) >> 2] = range.perRow;
        words[(at + block.salt) >> 2] = stream * 2 + draws;
      };
      start(0);
      const column = plan.generate(range, context, at);
      if (threshold === 0) return column;
      start(1);
      const validity = memory.arena.allocate(((range.rows + 63) >> 6) * 8);
      memory.u8.fill(255, validity, validity + ((range.rows + 63) >> 6) * 8);
      kernels.datagen_nulls(at, validity, threshold);
      return { ...column, validity };
    },
  };
}

function put64(context: ReadContext, at: number, value: bigint): void {
  context.memory.i64[at >> 3] = BigInt.asIntN(64, value);
}

function flat(type: SqlType, fill: (context: ReadContext, at: number, data: number, widthBytes: number) => void): Generator {
  const widthBytes = storageBytes(storageOf(type));
  return (range, context, at) => {
    const data = context.memory.arena.allocate(range.rows * widthBytes);
    fill(context, at, data, widthBytes);
    return { type, validity: 0, data };
  };
}

function sequence(type: SqlType, options: Options, key: (name: string) => string): FieldPlan {
  const bound = (name: string): bigint => {
    const text = options[key(name)];
    if (text === undefined)
      throw new TidemillError('missing-option', `a sequence needs the option '${key(name)}'`, {
        hint: `add '${key(name)}' = '…' to WITH`,
      });
    if (!/^-?\d+$/.test(text.trim())) throw wrongOption(key(name), text, 'a whole number');
    return BigInt(text.trim());
  };
  const first = bound('start');
  const rowsMax = Math.max(0, Number(bound('end') - first + 1n));
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return {
        rowsMax,
        generate: flat(type, (context, at, data) => {
          put64(context, at + block.low, first);
          context.kernels.datagen_sequence_text(at, data);
        }),
      };
    case 'FLOAT':
    case 'DOUBLE':
      return {
        rowsMax,
        generate: flat(type, (context, at, data, widthBytes) => {
          context.memory.f64[(at + block.lowFloat) >> 3] = Number(first);
          context.kernels.datagen_floats(at, data, widthBytes, 1);
        }),
      };
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'DECIMAL':
      return {
        rowsMax,
        generate: flat(type, (context, at, data, widthBytes) => {
          put64(context, at + block.low, first);
          put64(context, at + block.factor, type.kind === 'DECIMAL' ? 10n ** BigInt(type.scale) : 1n);
          context.kernels.datagen_sequence(at, data, widthBytes);
        }),
      };
    default:
      throw notSupported(`datagen's sequence for ${type.kind} ('${key('kind')}')`);
  }
}

function random(path: string, type: SqlType, options: Options, key: (name: string) => string, salt: { next: number }): FieldPlan {
  const endless = (generate: Generator): FieldPlan => ({ rowsMax: Number.POSITIVE_INFINITY, generate });
  const integers = (low: bigint, high: bigint, factor = 1n): FieldPlan => {
    if (high < low) throw wrongOption(key('max'), String(high), `a number of at least '${key('min')}', ${low}`);
    return endless(
      flat(type, (context, at, data, widthBytes) => {
        put64(context, at + block.low, low);
        put64(context, at + block.span, high - low + 1n);
        put64(context, at + block.factor, factor);
        context.kernels.datagen_integers(at, data, widthBytes);
      }),
    );
  };
  const whole = (name: string, otherwise: bigint): bigint => {
    const text = options[key(name)];
    if (text === undefined) return otherwise;
    if (!/^-?\d+$/.test(text.trim())) throw wrongOption(key(name), text, 'a whole number');
    return BigInt(text.trim());
  };
  switch (type.kind) {
    case 'BOOLEAN':
      return integers(0n, 1n);
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT': {
      const largest = 2n ** integerBits[type.kind]! - 1n;
      return integers(whole('min', -largest - 1n), whole('max', largest));
    }
    case 'FLOAT':
    case 'DOUBLE': {
      const low = optionOf.number(options, key('min'), 0);
      const width = optionOf.number(options, key('max'), type.kind === 'FLOAT' ? 3.4028234663852886e38 : Number.MAX_VALUE) - low;
      if (width < 0) throw wrongOption(key('max'), options[key('max')]!, `a number of at least '${key('min')}'`);
      return endless(
        flat(type, (context, at, data, widthBytes) => {
          context.memory.f64[(at + block.lowFloat) >> 3] = low;
          context.memory.f64[(at + block.widthFloat) >> 3] = width;
          context.kernels.datagen_floats(at, data, widthBytes, 0);
        }),
      );
    }
    case 'DECIMAL': {
      const largest = 10n ** BigInt(Math.min(type.precision, 18)) - 1n;
      const unscaled = (name: string, otherwise: bigint): bigint => {
        const value = optionOf.number(options, key(name), Number.NaN);
        if (Number.isNaN(value)) return otherwise;
        const digits = BigInt(Math.round(value * 10 ** Math.min(type.scale, 15))) * 10n ** BigInt(Math.max(0, type.scale - 15));
        return digits > largest ? largest : digits < -largest ? -largest : digits;
      };
      return integers(unscaled('min', -largest), unscaled('max', largest));
    }
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY': {
      const fixed = type.kind === 'CHAR' || type.kind === 'BINARY';
      const declared = type.length === maximumLength ? textLengthDefault : type.length;
      const length = Number(whole('length', BigInt(declared)));
      if (length < 0 || length > type.length)
        throw wrongOption(key('length'), String(length), `a length up to the type's, ${type.length}`);
      const variable = !fixed && optionOf.boolean(options, key('var-len')) ? 1 : 0;
      const binary = type.kind === 'BINARY' || type.kind === 'VARBINARY' ? 1 : 0;
      return endless(flat(type, (context, at, data) => context.kernels.datagen_text(at, data, length, variable, binary)));
    }
    case 'DATE':
      return endless(
        flat(type, (context, _at, data) => {
          const rows = context.memory.u32[(_at + block.rows) >> 2]!;
          context.memory.i32.fill(Math.floor(context.epochMs() / 86_400_000), data >> 2, (data >> 2) + rows);
        }),
      );
    case 'TIME':
      return endless(
        flat(type, (context, _at, data) => {
          const rows = context.memory.u32[(_at + block.rows) >> 2]!;
          context.memory.i32.fill(context.epochMs() % 86_400_000, data >> 2, (data >> 2) + rows);
        }),
      );
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const pastMs = Math.floor(optionOf.durationMs(options, key('max-past'), 0));
      const factor = BigInt(timestampUnitsPerSecond(type.precision) / 1000);
      return endless(
        flat(type, (context, at, data) => {
          put64(context, at + block.low, BigInt(Math.floor(context.epochMs()) - pastMs));
          put64(context, at + block.span, BigInt(pastMs + 1));
          put64(context, at + block.factor, factor);
          context.kernels.datagen_integers(at, data, 8);
        }),
      );
    }
    case 'INTERVAL_YEAR_MONTH':
      return integers(whole('min', 0n), whole('max', 120_000n));
    case 'INTERVAL_DAY_TIME':
      return integers(whole('min', 0n), whole('max', maximumLong));
    case 'ROW': {
      const fields = type.fields.map(field => planField(`${path}.${field.name}`, field.type, options, salt));
      return {
        rowsMax: Math.min(...fields.map(field => field.rowsMax)),
        generate: (range, context, at) => ({
          type,
          validity: 0,
          data: 0,
          children: fields.map(field => field.generate(range, context, at)),
        }),
      };
    }
    case 'ARRAY':
    case 'MAP':
    case 'MULTISET': {
      const length = Number(whole('length', BigInt(elementsDefault)));
      const names = type.kind === 'MAP' ? ['key', 'value'] : ['element', 'count'];
      const counts: Options = { ...options, [`fields.${path}.count.min`]: '1', [`fields.${path}.count.max`]: '1' };
      const children = childTypes(type).map((child, index) => planField(`${path}.${names[index]!}`, child, counts, salt));
      return endless((range, context, at) => {
        const data = context.memory.arena.allocate((range.rows + 1) * 4);
        const offsets = context.memory.i32;
        for (let row = 0; row <= range.rows; row++) offsets[(data >> 2) + row] = row * length;
        const inner: ValueRange = { ...range, rows: range.rows * length, perRow: range.perRow * length };
        return { type, validity: 0, data, children: children.map(child => child.generate(inner, context, at)) };
      });
    }
    case 'NULL':
    case 'BITMAP':
      throw notSupported(`datagen for a column of type ${type.kind}`);
  }
}
