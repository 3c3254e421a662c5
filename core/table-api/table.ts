import { jsonRow } from '../columnar/json-value.ts';
import { publicRow } from '../columnar/public-values.ts';
import type { Schema } from '../columnar/types.ts';
import { notSupported, TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import { type AggregateCall, column, type Expression, operands, type SortKey, withOperands } from '../plan/expressions.ts';
import {
  aggregate,
  filter,
  insert,
  type LogicalNode,
  limit,
  project,
  sort,
  type TableSink,
  unionAll,
  windowTable,
} from '../plan/nodes.ts';
import { aggregateToString } from '../plan/print-expression.ts';
import { schemaOf } from '../plan/schema.ts';
import { implicitCast, requireBoolean } from '../sql/binder/coercion.ts';
import type { DeclaredPlan, PlanChunk, PlanExecutor } from './executor.ts';
import { type ExpressionBuilder, type OrderingBuilder, toPlan } from './expression.ts';
import { pendingAggregateOf } from './pending-aggregates.ts';
import { rowOf } from './row.ts';
import type { ArrowTable, Job, Operation } from './table-types.ts';
import type { WindowBuilder } from './windows.ts';

type RowCallback<R> = (row: Record<string, ExpressionBuilder>) => R;
type Selected = Readonly<Record<string, ExpressionBuilder>>;
/** Columns that count rows: a BIGINT read as a number. */
type Counts = ReadonlySet<string>;

/** What stands behind the typed `Table<C>`: a logical plan and who runs it. */
export class TableBuilder {
  readonly node: LogicalNode;
  readonly sink: TableSink | undefined;
  readonly #executor: PlanExecutor;
  readonly #counts: Counts;

  constructor(executor: PlanExecutor, declared: DeclaredPlan | LogicalNode, counts: Counts = new Set()) {
    this.node = 'node' in declared ? declared.node : declared;
    this.sink = 'node' in declared ? declared.sink : undefined;
    this.#executor = executor;
    this.#counts = counts;
  }

  where(condition: RowCallback<ExpressionBuilder>): TableBuilder {
    return this.#next(filter(this.node, requireBoolean(condition(rowOf(this.#schema)).plan, 'where')));
  }

  select(select: RowCallback<Selected>): TableBuilder {
    const selected = Object.entries(select(rowOf(this.#schema)));
    const counts = new Set(selected.filter(([, value]) => this.#isCount(value.plan)).map(([name]) => name));
    return this.#next(
      project(
        this.node,
        selected.map(([, value]) => toPlan(value)),
        selected.map(([name]) => name),
      ),
      counts,
    );
  }

  window(window: RowCallback<WindowBuilder>): GroupingBuilder {
    const { time, plan } = window(rowOf(this.#schema));
    if (time.plan.kind !== 'column')
      throw new TidemillError('wrong-argument', 'a window is over a column, not over an expression');
    return new GroupingBuilder(this.#executor, windowTable(this.node, time.plan.index, plan), true);
  }

  groupBy(...keys: string[]): GroupedBuilder {
    return new GroupingBuilder(this.#executor, this.node, false).groupBy(...keys);
  }

  distinct(): TableBuilder {
    const schema = this.#schema;
    return this.#next(
      aggregate(
        this.node,
        schema.map((field, index) => column(index, field)),
        [],
        schema.map(field => field.name),
      ),
      this.#counts,
    );
  }

  unionAll(other: TableBuilder): TableBuilder {
    return this.#next(unionAll([this.node, other.node]), this.#counts);
  }

  orderBy(
    keys: RowCallback<ExpressionBuilder | OrderingBuilder | readonly (ExpressionBuilder | OrderingBuilder)[]>,
  ): TableBuilder {
    const given = keys(rowOf(this.#schema));
    const sortKeys = (Array.isArray(given) ? given : [given]).map((key: ExpressionBuilder | OrderingBuilder): SortKey => {
      const descending = 'ordering' in key && key.ordering === 'descending';
      const expression = 'ordering' in key ? key.expression.plan : key.plan;
      return { expression, descending, nullsFirst: !descending };
    });
    return this.#next(sort(this.node, sortKeys), this.#counts);
  }

  limit(count: number, offset = 0): TableBuilder {
    return this.#next(limit(this.node, count, offset), this.#counts);
  }

  join(): never {
    throw notSupported(
      'join',
      undefined,
      'Joins come with a later version; window and group each side, or join in SQL of a bounded query.',
    );
  }
  leftJoin(): never {
    return this.join();
  }

  insertInto(target: TableBuilder, select: RowCallback<Selected>): Promise<Job> {
    const sink = target.sink;
    if (sink === undefined) throw new TidemillError('not-a-sink', 'insertInto needs a table made by table(…), not a query');
    const selected = select(rowOf(this.#schema));
    for (const name of Object.keys(selected)) {
      if (sink.schema.some(field => field.name === name)) continue;
      const names = sink.schema.map(field => field.name);
      throw new TidemillError('unknown-column', `${sink.name} has no column '${name}'`, {
        hint: didYouMean(name, names) ?? `it has ${names.join(', ')}`,
      });
    }
    const expressions = sink.schema.map(field => {
      const value = selected[field.name];
      if (value === undefined)
        throw new TidemillError('missing-column', `${sink.name} wants column '${field.name}', which the callback does not give`);
      return implicitCast(toPlan(value), field.type, `column '${field.name}'`);
    });
    const projected = project(
      this.node,
      expressions,
      sink.schema.map(field => field.name),
    );
    return this.#executor.insert(insert(projected, sink));
  }

  async *changes(): AsyncGenerator<{ op: Operation; row: unknown }> {
    const schema = this.#schema;
    for await (const chunk of this.#executor.run(this.node, 'changelog')) {
      for (let index = 0; index < chunk.rows.length; index++) {
        yield { op: chunk.operations?.[index] ?? '+I', row: publicRow(schema, chunk.rows[index]!, this.#counts) };
      }
    }
  }

  async *rows(): AsyncGenerator<unknown> {
    const schema = this.#schema;
    for await (const chunk of this.#appended('rows')) for (const row of chunk.rows) yield publicRow(schema, row, this.#counts);
  }

  async *batches(): AsyncGenerator<ArrowTable> {
    const schema = this.#schema;
    for await (const chunk of this.#appended('batches')) yield await this.#executor.toArrow(schema, chunk);
  }

  async *ndjson(): AsyncGenerator<string> {
    const schema = this.#schema;
    const { bounded, changelog } = this.#executor.describe(this.node);
    const updating = !bounded && changelog !== 'append';
    for await (const chunk of this.#executor.run(this.node, bounded ? 'final' : 'changelog')) {
      for (let index = 0; index < chunk.rows.length; index++) {
        yield jsonRow(schema, chunk.rows[index]!, updating ? (chunk.operations?.[index] ?? '+I') : undefined);
      }
    }
  }

  async toArray(): Promise<unknown[]> {
    const schema = this.#schema;
    return (await this.#final('toArray')).rows.map(row => publicRow(schema, row, this.#counts));
  }

  async toArrow(): Promise<ArrowTable> {
    return this.#executor.toArrow(this.#schema, await this.#final('toArrow'));
  }

  explain(format: 'text' | 'json' = 'text'): string {
    return this.#executor.explain(this.node, format);
  }

  get #schema(): Schema {
    return schemaOf(this.node);
  }

  #next(node: LogicalNode, counts: Counts = this.#counts): TableBuilder {
    return new TableBuilder(this.#executor, node, counts);
  }

  #isCount(expression: Expression): boolean {
    return expression.kind === 'column' && this.#counts.has(this.#schema[expression.index]?.name ?? '');
  }

  #appended(method: string): AsyncIterable<PlanChunk> {
    const { bounded, changelog } = this.#executor.describe(this.node);
    if (bounded) return this.#executor.run(this.node, 'final');
    if (changelog === 'append') return this.#executor.run(this.node, 'changelog');
    throw new TidemillError('updating', `this query updates rows it has given before, which ${method}() cannot show`, {
      hint: 'Use changes().',
    });
  }

  async #final(method: string): Promise<PlanChunk> {
    const endless = this.#executor.endlessSource(this.node);
    if (endless !== undefined) {
      throw new TidemillError('endless', `${endless} never ends: use changes(), ndjson(), limit(n) or scan.bounded.mode`, {
        hint: `${method}() waits for the last row.`,
      });
    }
    const rows: PlanChunk['rows'][number][] = [];
    for await (const chunk of this.#executor.run(this.node, 'final')) for (const row of chunk.rows) rows.push(row);
    return { rows };
  }
}

/** A windowed table, before its keys are named. */
export class GroupingBuilder {
  readonly #executor: PlanExecutor;
  readonly #node: LogicalNode;
  readonly #windowed: boolean;

  constructor(executor: PlanExecutor, node: LogicalNode, windowed: boolean) {
    this.#executor = executor;
    this.#node = node;
    this.#windowed = windowed;
  }

  groupBy(...keys: string[]): GroupedBuilder {
    return new GroupedBuilder(this.#executor, this.#node, this.#windowed ? [...keys, 'window_start', 'window_end'] : keys);
  }
}

export class GroupedBuilder {
  readonly #executor: PlanExecutor;
  readonly #node: LogicalNode;
  readonly #keys: readonly string[];

  constructor(executor: PlanExecutor, node: LogicalNode, keys: readonly string[]) {
    this.#executor = executor;
    this.#node = node;
    this.#keys = keys;
  }

  /** Keys, then the callback's columns, each an expression over aggregates. */
  agg(select: RowCallback<Selected>): TableBuilder {
    const schema = schemaOf(this.#node);
    const row = rowOf(schema);
    const keys = this.#keys.map(name => row[name]!.plan);
    const selected = Object.entries(select(row));
    const calls: AggregateCall[] = [];
    const texts: string[] = [];
    const place = (expression: Expression): Expression => {
      const call = pendingAggregateOf(expression);
      if (call === undefined) {
        if (expression.kind !== 'column') return withOperands(expression, operands(expression).map(place));
        const key = keys.findIndex(candidate => candidate.kind === 'column' && candidate.index === expression.index);
        if (key < 0)
          throw new TidemillError('not-grouped', `'${expression.name}' is neither a key nor inside an aggregate`, {
            hint: `add it to groupBy, or write max(row.${expression.name})`,
          });
        return column(key, { name: expression.name, type: expression.type });
      }
      const text = aggregateToString(call, { positions: true });
      let index = texts.indexOf(text);
      if (index < 0) {
        index = texts.push(text) - 1;
        calls.push(call);
      }
      return column(keys.length + index, { name: aggregateToString(call), type: call.type });
    };
    const placed = selected.map(([, value]) => place(toPlan(value)));
    const grouped = aggregate(this.#node, keys, calls, [...this.#keys, ...calls.map(call => aggregateToString(call))]);
    const fields = schemaOf(grouped);
    const counts = new Set(
      selected.filter(([, value]) => pendingAggregateOf(toPlan(value))?.name === 'count').map(([name]) => name),
    );
    return new TableBuilder(
      this.#executor,
      project(
        grouped,
        [...this.#keys.map((_, index) => column(index, fields[index]!)), ...placed],
        [...this.#keys, ...selected.map(([name]) => name)],
      ),
      counts,
    );
  }
}
