import { batchOf } from '../../columnar/batch.ts';
import { limits } from '../../common/limits.ts';
import { datagenBlock } from '../../kernels/datagen.ts';
import type {
  Connector,
  OptionSpec,
  ReadContext,
  ReadResult,
  ScanRequest,
  Source,
  Split,
  SplitPosition,
  SplitReader,
} from '../contract.ts';
import { commonOptions, type Options, optionOf, wrongOption } from '../options.ts';
import { Pace } from '../pace.ts';
import { type FieldPlan, planField } from './generators.ts';

const datagenOptions: Readonly<Record<string, OptionSpec>> = {
  'rows-per-second': {
    type: 'long',
    doc: 'Rows a second of each reader. Without it, 10000 when the source never ends, and as fast as it goes when it does.',
  },
  'number-of-rows': { type: 'long', doc: 'How many rows there are; without it, and without a sequence, the source never ends.' },
  'fields.#.kind': { type: 'enum', values: ['random', 'sequence'], doc: 'How the values of a field are made.' },
  'fields.#.min': { type: 'string', doc: 'Smallest random value.' },
  'fields.#.max': { type: 'string', doc: 'Largest random value.' },
  'fields.#.max-past': { type: 'duration', doc: 'How far back from now a random timestamp may lie.' },
  'fields.#.length': { type: 'int', doc: 'Length of text, or number of elements of an ARRAY, MAP or MULTISET.' },
  'fields.#.var-len': { type: 'boolean', doc: 'Text of 1 to length characters instead of exactly length.' },
  'fields.#.start': { type: 'string', doc: 'First value of a sequence.' },
  'fields.#.end': { type: 'string', doc: 'Last value of a sequence, after which the source ends.' },
  'fields.#.null-rate': { type: 'double', doc: 'Share of NULLs, 0 to 1.' },
  seed: { type: 'long', doc: 'Another seed gives other rows; the same seed the same rows, at any parallelism. Ours.' },
};

function rowsOf(options: Options): number {
  const rows = optionOf.number(options, 'number-of-rows', Number.POSITIVE_INFINITY);
  if (rows < 0) throw wrongOption('number-of-rows', options['number-of-rows']!, 'a whole number of at least 0');
  return rows;
}
const isBounded = (options: Options): boolean =>
  options['number-of-rows'] !== undefined ||
  Object.entries(options).some(([key, value]) => value === 'sequence' && /^fields\..+\.kind$/.test(key));

const rateDefault = 10_000;

/**
 * Made-up rows, after Flink's datagen. A row is a function of the seed and its number, so parallelism, batches and restarts do not change
 * it; only random timestamps, DATE and TIME are counted from the clock.
 */
export const datagen: Connector = {
  name: 'datagen',
  options: { ...commonOptions, ...datagenOptions },
  formats: [],
  boundedness: options => (isBounded(options) ? 'bounded' : 'unbounded'),
  capabilities: { projection: true, limit: true, filter: () => false },
  source(request: ScanRequest): Source {
    const { options, schema } = request.source;
    const salt = { next: 1 };
    const plans = schema.map(field => planField(field.name, field.type, options, salt));
    const rows = Math.min(rowsOf(options), ...plans.map(plan => plan.rowsMax));
    return {
      discover: parallelism =>
        Promise.resolve(
          Array.from(
            { length: parallelism },
            (_, start): Split => ({ id: `${start}-${parallelism}`, data: { start, step: parallelism } }),
          ),
        ),
      open: (split, position, context) =>
        new DatagenReader(
          request,
          request.columns.map(index => plans[index]!),
          rows,
          split,
          position,
          context,
        ),
    };
  },
};

class DatagenReader implements SplitReader {
  readonly #plans: readonly FieldPlan[];
  readonly #context: ReadContext;
  readonly #step: number;
  readonly #end: number;
  readonly #block: number;
  readonly #pace: Pace | undefined;
  #next: number;
  #left: number;

  constructor(
    request: ScanRequest,
    plans: readonly FieldPlan[],
    end: number,
    split: Split,
    position: SplitPosition | undefined,
    context: ReadContext,
  ) {
    const { options } = request.source;
    this.#plans = plans;
    this.#context = context;
    this.#end = end;
    this.#step = Number(split.data.step);
    this.#next = Number(position?.next ?? split.data.start);
    this.#left = Number(position?.left ?? request.limit ?? Number.MAX_SAFE_INTEGER);
    const rate = optionOf.number(options, 'rows-per-second', end === Number.POSITIVE_INFINITY ? rateDefault : 0);
    this.#pace = rate > 0 ? new Pace(rate) : undefined;
    this.#block = context.memory.allocateSegment(datagenBlock.sizeBytes);
    context.memory.i64[(this.#block + datagenBlock.key) >> 3] = BigInt(optionOf.number(options, 'seed', 0)) * 0x2545f4914f6cdd1dn;
  }

  tryRead(rowsMax: number): ReadResult {
    if (this.#next >= this.#end || this.#left <= 0) return { kind: 'end' };
    let rows = Math.min(rowsMax, limits.batchRows, this.#left, Math.ceil((this.#end - this.#next) / this.#step));
    if (this.#pace !== undefined) rows = Math.min(rows, this.#pace.due(this.#context.epochMs()));
    if (rows <= 0) return { kind: 'idle' };
    this.#pace?.take(rows);
    const range = { first: this.#next, step: this.#step, rows, perRow: 1 };
    const columns = this.#plans.map(plan => plan.generate(range, this.#context, this.#block));
    this.#next += rows * this.#step;
    this.#left -= rows;
    return { kind: 'batch', batch: batchOf(rows, columns) };
  }

  position(): SplitPosition {
    return { next: this.#next, left: this.#left };
  }

  close(): void {
    this.#context.memory.freeSegment(this.#block, datagenBlock.sizeBytes);
  }
}
