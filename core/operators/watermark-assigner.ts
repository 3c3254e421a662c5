import type { Compute } from '../codegen/contract.ts';
import { compileCompute } from '../codegen/index.ts';
import { type Batch, batchOf } from '../columnar/batch.ts';
import { type Schema, timestampUnitsPerSecond } from '../columnar/types.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { Expression } from '../plan/expressions.ts';
import type { RecordTable } from '../state/index.ts';
import type {
  Operator,
  OperatorContext,
  OperatorDefinition,
  OperatorTask,
  Progress,
  SplitState,
  WatermarkMs,
} from './contract.ts';
import { recordTable } from './record-table.ts';

/**
 * Makes `column` a rowtime attribute. `watermark` is computed for each row; its greatest value so far is the split's watermark, the least of
 * the live splits the task's. NULL leaves it as it is.
 */
export interface WatermarkAssignerSpec {
  readonly kind: 'watermark-assigner';
  readonly input: Schema;
  readonly column: number;
  readonly watermark: Expression;
  /** The input's columns, `column` with its attribute. */
  readonly schema: Schema;
}

const least = -(2n ** 63n);
const greatest = 2n ** 63n - 1n;
const stateCodes = { none: 0, active: 1, idle: 2 } as const;

/** Fields of the record: what each split has reached (in the column's units) and whether it counts. */
const fields = Array.from({ length: limits.openSplitsMax }, (_, split) => [`watermark${split}`, `state${split}`]).flat();

class WatermarkAssigner implements Operator {
  readonly #spec: WatermarkAssignerSpec;
  readonly #record: RecordTable;
  readonly #compute: Compute;
  readonly #unitsPerMs: number;
  readonly #watermarks: number[];
  readonly #states: number[];

  constructor(spec: WatermarkAssignerSpec, record: RecordTable, task: OperatorTask) {
    const type = spec.watermark.type;
    const column = spec.input[spec.column]!.type;
    if ((type.kind !== 'TIMESTAMP' && type.kind !== 'TIMESTAMP_LTZ') || type.kind !== column.kind) {
      throw internalError('a watermark is not of its column’s type');
    }
    this.#spec = spec;
    this.#record = record;
    this.#compute = compileCompute({ input: spec.input, outputs: [spec.watermark] }, task);
    this.#unitsPerMs = timestampUnitsPerSecond(type.precision) / 1000;
    this.#watermarks = Array.from(
      { length: limits.openSplitsMax },
      (_, split) => record.get(`watermark${split}`) ?? Number.NEGATIVE_INFINITY,
    );
    this.#states = Array.from({ length: limits.openSplitsMax }, (_, split) => record.get(`state${split}`) ?? stateCodes.none);
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    const { arena } = context.memory;
    const { split } = context;
    // rows of an exchange come without news of their splits
    if (this.#states[split] === stateCodes.none) this.#setState(split, stateCodes.active);
    const rows = batch.length;
    const times = batch.columns[this.#spec.column]!;
    if (times.validity !== 0 && context.kernels.count_nulls(rows, times.validity) > 0) throw nullRowtime(this.#spec);
    const watermark = this.#compute.run(batch).batch.columns[0]!;
    const before = arena.allocate(8 * rows);
    const out = arena.allocate(8);
    const own = toUnits(this.#watermarks[split]!);
    const others = toUnits(this.#least(split));
    const behind = context.kernels.running_watermarks(
      rows,
      watermark.data,
      watermark.validity,
      times.data,
      own,
      others,
      before,
      out,
    );
    const reached = context.memory.i64[out >> 3]!;
    if (reached > own) this.#setWatermark(split, Number(reached));
    const { columns, weights } = batch;
    context.emit(batchOf(rows, columns, weights, behind === 0 ? 0 : before));
    this.#emit(context);
    return 'done';
  }

  onSplit(split: number, state: SplitState, context: OperatorContext): Progress {
    // a split that begins anew where another has ended starts without a watermark
    if (state === 'active' && this.#states[split] !== stateCodes.idle) this.#setWatermark(split, Number.NEGATIVE_INFINITY);
    this.#setState(split, state === 'ended' ? stateCodes.none : stateCodes[state]);
    this.#emit(context);
    return 'done';
  }

  splitWatermarkMs(split: number): WatermarkMs {
    return Math.floor(this.#watermarks[split]! / this.#unitsPerMs);
  }

  /** Only the end of the input counts: until then the rows say what the watermark is. */
  outputWatermarkMs(watermarkMs: WatermarkMs): WatermarkMs {
    return watermarkMs === Number.POSITIVE_INFINITY ? watermarkMs : Number.NEGATIVE_INFINITY;
  }

  #emit(context: OperatorContext): void {
    const watermark = this.#least(-1);
    if (Number.isFinite(watermark)) context.emitWatermark(Math.floor(watermark / this.#unitsPerMs));
  }

  /** Least watermark of the live splits but one; +Infinity when there is none. */
  #least(except: number): number {
    let watermark = Number.POSITIVE_INFINITY;
    for (let split = 0; split < this.#watermarks.length; split++) {
      if (split !== except && this.#states[split] === stateCodes.active)
        watermark = Math.min(watermark, this.#watermarks[split]!);
    }
    return watermark;
  }

  #setState(split: number, state: number): void {
    this.#states[split] = state;
    this.#record.set(`state${split}`, state);
  }

  #setWatermark(split: number, watermark: number): void {
    this.#watermarks[split] = watermark;
    this.#record.set(`watermark${split}`, watermark);
  }
}

function toUnits(watermark: number): bigint {
  if (watermark === Number.NEGATIVE_INFINITY) return least;
  return watermark === Number.POSITIVE_INFINITY ? greatest : BigInt(watermark);
}

function nullRowtime(spec: WatermarkAssignerSpec): TidemillError {
  const { name } = spec.input[spec.column]!;
  return new TidemillError('null-rowtime', `the rowtime column '${name}' is NULL in a row`, {
    span: spec.watermark.span,
    hint: `Filter such rows out before the watermark, or compute the column with COALESCE(${name}, …).`,
  });
}

export const watermarkAssignerDefinition: OperatorDefinition<WatermarkAssignerSpec> = {
  tables: () => [{ kind: 'record', name: 'splits', fields }],
  create: (spec, tables, task) => new WatermarkAssigner(spec, recordTable(tables, 'splits'), task),
  outputSchema: spec => spec.schema,
};
