import { type Batch, batchOf } from '../../columnar/batch.ts';
import { readRows } from '../../columnar/read-values.ts';
import { type Schema, withoutTimeAttribute } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { columnOf } from '../../columnar/write-values.ts';
import { internalError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { EvaluationContext } from '../../functions/contract.ts';
import { aggregateFunctions, evaluateExpression } from '../../functions/index.ts';
import { type Expression, referencedColumns, type SortKey } from '../../plan/expressions.ts';
import type { MatchSkip, MatchTerm, Pattern } from '../../plan/patterns.ts';
import type { StateTable } from '../../state/index.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress, Waiting } from '../contract.ts';
import { eachPartition, positionsOf } from '../over/frames.ts';
import { OrderedRows, type RowOrdering } from '../over/ordered-rows.ts';
import { type ReleaseTime, RowBuffer, rowBufferTables } from '../over/row-buffer.ts';
import { shardsByColumns } from '../sharded/shard-rules.ts';
import { attemptMatch, type MatchRows } from './matcher.ts';

/**
 * MATCH_RECOGNIZE, one row per match. Rows wait until the watermark has passed them (without `release`: for the end), and then for the matches
 * that may still begin at or before them. Conditions and measures are over the input's columns, then the terms.
 */
export interface MatchRecognizeSpec {
  readonly kind: 'match-recognize';
  readonly input: Schema;
  readonly partition: readonly number[];
  readonly order: readonly SortKey[];
  readonly timeColumn: number;
  readonly release?: ReleaseTime | undefined;
  readonly pattern: Pattern;
  readonly terms: readonly MatchTerm[];
  readonly conditions: Readonly<Record<string, Expression>>;
  readonly measures: readonly Expression[];
  readonly skip: MatchSkip;
  readonly withinMs?: number | undefined;
  readonly schema: Schema;
}

type Row = readonly Value[];

class MatchRecognize implements Operator {
  readonly #spec: MatchRecognizeSpec;
  readonly #task: OperatorTask;
  readonly #ordered: OrderedRows;
  readonly #buffer: RowBuffer;
  readonly #evaluation: EvaluationContext;
  /** Terms that each condition and measure reads. */
  readonly #termsOf = new Map<Expression, readonly number[]>();
  /** Result rows that are being sent; only while a call returns `more`. */
  #sending: { readonly results: readonly Row[]; next: number } | undefined;

  constructor(spec: MatchRecognizeSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#ordered = new OrderedRows(orderingOf(spec), task);
    this.#buffer = new RowBuffer(this.#ordered, spec.release, tables, task);
    this.#evaluation = { localTimeZone: task.localTimeZone, epochMs: task.epochMs };
    const width = spec.input.length;
    for (const expression of [...Object.values(spec.conditions), ...spec.measures])
      this.#termsOf.set(
        expression,
        [...referencedColumns([expression])].filter(index => index >= width).map(index => index - width),
      );
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    this.#buffer.add(batch, context);
    return 'done';
  }

  onWatermark(watermarkMs: number, context: OperatorContext): Progress {
    return this.#spec.release === undefined ? 'done' : this.#advance(watermarkMs, context);
  }

  onEnd(context: OperatorContext): Progress {
    return this.#advance(Number.POSITIVE_INFINITY, context);
  }

  waitsFor(): Waiting | undefined {
    return this.#spec.release === undefined ? undefined : this.#buffer.waiting();
  }

  #advance(watermarkMs: number, context: OperatorContext): Progress {
    if (this.#sending === undefined) {
      const ended = watermarkMs === Number.POSITIVE_INFINITY;
      if (!ended && !this.#buffer.isDue(watermarkMs)) return 'done';
      this.#sending = { results: this.#match(watermarkMs), next: 0 };
    }
    const { results, next } = this.#sending;
    const count = Math.min(limits.batchRows, results.length - next);
    if (count > 0) context.emit(this.#batch(results.slice(next, next + count)));
    this.#sending.next += count;
    if (next + count < results.length) return 'more';
    this.#sending = undefined;
    return 'done';
  }

  /** Finds all matches that are decided, and lets go of the rows that none can begin with any more. */
  #match(watermarkMs: number): Row[] {
    const { memory } = this.#task;
    // without WITHIN only new rows can decide anything: partitions that have none are not tried again
    const taken = this.#buffer.take(watermarkMs, this.#spec.withinMs === undefined ? Number.POSITIVE_INFINITY : undefined);
    this.#buffer.passedMs = watermarkMs;
    const positions = positionsOf(this.#ordered, taken.count, taken.address);
    const found: { readonly endMs: number; readonly row: Row }[] = [];
    const gone: number[] = [];
    const timeOf = this.#ordered.timeOf(this.#spec.timeColumn);
    eachPartition(positions.partitions, (from, to) => {
      const mark = memory.arena.mark();
      const batch = this.#ordered.unpack(to - from, taken.address + 4 * from);
      const rows = readRows(memory, batch);
      memory.arena.release(mark);
      const times = rows.map((_, index) => timeOf(positions.rows[from + index]!) / 1000);
      let start = 0;
      while (start < rows.length) {
        const attempt = attemptMatch(this.#spec.pattern, this.#rowsFrom(rows, times, start, watermarkMs));
        if (attempt.kind === 'undecided') break;
        if (attempt.kind === 'none') {
          start++;
          continue;
        }
        const { variables } = attempt;
        const matched = rows.slice(start, start + variables.length);
        found.push({ endMs: times[start + variables.length - 1]!, row: this.#result(matched, variables) });
        start = this.#next(start, variables);
      }
      const kept = Math.min(start, rows.length);
      for (let index = 0; index < kept; index++) gone.push(positions.rows[from + index]!);
    });
    taken.free();
    this.#buffer.drop(gone);
    return found.sort((left, right) => left.endMs - right.endMs).map(match => match.row);
  }

  #rowsFrom(rows: readonly Row[], times: readonly number[], start: number, watermarkMs: number): MatchRows {
    const withinMs = this.#spec.withinMs ?? Number.POSITIVE_INFINITY;
    const startMs = times[start]!;
    return {
      state: index => {
        const at = start + index;
        if (at < rows.length) return times[at]! - startMs < withinMs ? 'row' : 'none';
        // only time ends a match that has begun: as in Flink, it holds back those behind it, even when the input has ended
        return Number.isFinite(withinMs) && watermarkMs + 1 - startMs >= withinMs ? 'none' : 'unknown';
      },
      accepts: (variable, index, assigned) => {
        const condition = this.#spec.conditions[variable];
        if (condition === undefined) return true;
        const row = rows[start + index]!;
        const terms = this.#termsOf.get(condition)!;
        if (terms.length === 0) return this.#evaluate(condition, row) === true;
        const matched = rows.slice(start, start + index + 1);
        return this.#evaluate(condition, this.#withTerms(row, terms, matched, [...assigned, variable])) === true;
      },
    };
  }

  #evaluate(expression: Expression, row: Row): Value {
    return evaluateExpression(expression, row, this.#evaluation);
  }

  /** A row with the values of the terms that are needed behind it. */
  #withTerms(row: Row, terms: readonly number[], matched: readonly Row[], variables: readonly string[]): Row {
    const values: Value[] = [...row, ...this.#spec.terms.map(() => null)];
    for (const index of terms) values[row.length + index] = this.#term(this.#spec.terms[index]!, matched, variables);
    return values;
  }

  #term(term: MatchTerm, matched: readonly Row[], variables: readonly string[]): Value {
    const own = term.variable === undefined ? matched : matched.filter((_, index) => variables[index] === term.variable);
    if (term.kind === 'navigation') {
      const row = own[term.from === 'first' ? term.offset : own.length - 1 - term.offset];
      return row === undefined ? null : this.#evaluate(term.expression, row);
    }
    const { call } = term;
    const entry = aggregateFunctions.get(call.name);
    if (entry === undefined) throw internalError(`there is no aggregate ${call.name}`);
    const kept = own.filter(row => call.filter === undefined || this.#evaluate(call.filter, row) === true);
    const args = kept.map(row => call.arguments.map(argument => this.#evaluate(argument, row)));
    const distinct = call.distinct ? [...new Map(args.map(values => [JSON.stringify(values, plain), values])).values()] : args;
    return entry.reference(distinct, { arguments: call.arguments.map(argument => argument.type), result: call.type });
  }

  #result(matched: readonly Row[], variables: readonly string[]): Row {
    const last = matched[matched.length - 1]!;
    const measures = this.#spec.measures.map(measure =>
      this.#evaluate(measure, this.#withTerms(last, this.#termsOf.get(measure)!, matched, variables)),
    );
    return [...this.#spec.partition.map(index => last[index]!), ...measures];
  }

  /** Where the search goes on. */
  #next(start: number, variables: readonly string[]): number {
    const { skip } = this.#spec;
    if (skip.kind === 'past-last-row') return start + variables.length;
    if (skip.kind === 'to-next-row') return start + 1;
    const place = skip.kind === 'to-first' ? variables.indexOf(skip.variable) : variables.lastIndexOf(skip.variable);
    // a variable without rows, or the row the match began with, would find the same match for ever
    return place <= 0 ? start + 1 : start + place;
  }

  #batch(rows: readonly Row[]): Batch {
    const { memory } = this.#task;
    return batchOf(
      rows.length,
      this.#spec.schema.map((field, index) => ({
        ...columnOf(
          memory,
          withoutTimeAttribute(field.type),
          rows.map(row => row[index]!),
        ),
        type: field.type,
      })),
    );
  }
}

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);

const orderings = new WeakMap<MatchRecognizeSpec, RowOrdering>();
function orderingOf(spec: MatchRecognizeSpec): RowOrdering {
  let ordering = orderings.get(spec);
  if (ordering === undefined)
    orderings.set(spec, (ordering = { schema: spec.input, partition: spec.partition, order: spec.order }));
  return ordering;
}

export const matchRecognizeDefinition: OperatorDefinition<MatchRecognizeSpec> = {
  tables: spec => rowBufferTables(orderingOf(spec)),
  create: (spec, tables, task) => new MatchRecognize(spec, tables, task),
  outputSchema: spec => spec.schema,
  shards: spec => shardsByColumns(spec.input, spec.partition, spec.release === undefined),
};
