import type { BoundUserFunction } from '../../codegen/contract.ts';
import type { Batch } from '../../columnar/batch.ts';
import type { OperatorContext, OperatorCounter, WatermarkMs } from '../contract.ts';

/** What an operator of one shard is given: the call's context with the watermark that its rows came behind. */
export class ShardContext implements OperatorContext {
  watermarkMs: WatermarkMs;
  readonly #context: OperatorContext;

  constructor(context: OperatorContext) {
    this.#context = context;
    this.watermarkMs = context.watermarkMs;
  }

  get memory() {
    return this.#context.memory;
  }
  get kernels() {
    return this.#context.kernels;
  }
  get localTimeZone() {
    return this.#context.localTimeZone;
  }
  get split() {
    return this.#context.split;
  }
  get processingTimeMs() {
    return this.#context.processingTimeMs;
  }
  get counters() {
    return this.#context.counters;
  }
  userFunction(name: string): BoundUserFunction {
    return this.#context.userFunction(name);
  }
  emit(batch: Batch): void {
    this.#context.emit(batch);
  }
  emitWatermark(watermarkMs: WatermarkMs): void {
    this.#context.emitWatermark(watermarkMs);
  }
  count(counter: OperatorCounter, rows: number): void {
    this.#context.count(counter, rows);
  }
}
