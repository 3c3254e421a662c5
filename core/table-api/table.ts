import { jsonRow } from '../columnar/json-value.ts';
import { publicRow } from '../columnar/public-values.ts';
import type { Schema } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import { column, type Expression, type SortKey } from '../plan/expressions.ts';
import {
  aggregate,
  filter,
  type Insert,
  inputsOf,
  type JoinKind,
  type LogicalNode,
  limit,
  project,
  setOperation,
  sort,
  unionAll,
  windowTable,
} from '../plan/nodes.ts';
import { expressionToString } from '../plan/print-expression.ts';
import { schemaOf } from '../plan/schema.ts';
import { requireBoolean } from '../sql/binder/coercion.ts';
import { insertInto } from '../sql/binder/index.ts';
import { uniteBranches } from '../sql/binder/query.ts';
import type { DeclaredPlan, PlanChunk, PlanExecutor, TabularDeclaration } from './executor.ts';
import { type Argument, ExpressionBuilder, type OrderingBuilder, toPlan } from './expression.ts';
import { aggregated } from './grouping.ts';
import { type JoinCondition, type JoinSelect, joined } from './joins.ts';
import { nowhere } from './literals.ts';
import { type Counts, countsOf, type Row, type RowCallback, rowOf, type Selected } from './row.ts';
import type { ArrowTable, Job, Operation } from './table-types.ts';
import { lateralJoined, type ProcessOptions, processed, type TableFunctionCall } from './tabular.ts';
import { inCallback } from './udf.ts';
import type { UnnestCall } from './unnest.ts';
import type { WindowBuilder } from './windows.ts';

type LateralRest = readonly [JoinSelect] | readonly [JoinCondition, JoinSelect];
type SortItem = ExpressionBuilder | OrderingBuilder;

/** What stands behind an `Insertion`. */
export class InsertionPlan {
  readonly plan: Insert;

  constructor(plan: Insert) {
    this.plan = plan;
  }
}

/** What stands behind the typed `Table<C>`: a logical plan and who runs it. */
export class TableBuilder {
  readonly #executor: PlanExecutor;
  readonly #declared: DeclaredPlan | undefined;
  readonly #counts: Counts;
  #node: LogicalNode | undefined;

  constructor(executor: PlanExecutor, plan: DeclaredPlan | LogicalNode, counts: Counts = new Set()) {
    this.#executor = executor;
    this.#counts = counts;
    if ('scan' in plan) this.#declared = plan;
    else this.#node = plan;
  }

  /** The logical plan that this stands for. */
  get plan(): LogicalNode {
    this.#node ??= this.#declared!.scan();
    return this.#node;
  }

  where(condition: RowCallback<Argument>): TableBuilder {
    const { row, given } = this.#call(condition);
    return this.#next(filter(this.plan, requireBoolean(row.check(toPlan(given), 'where'), 'where')));
  }

  select(select: RowCallback<Selected>): TableBuilder {
    const { node, counts } = this.#select(select, 'select');
    return this.#next(node, counts);
  }

  window(window: RowCallback<WindowBuilder>): WindowedBuilder {
    const { row, given } = this.#call(window);
    const time = row.check(given.time.plan, given.kind);
    if (time.kind !== 'column')
      throw new TidemillError('wrong-argument', `${given.kind}() is over a column, not over an expression`, {
        hint: 'give it the column that has a watermark',
      });
    return new WindowedBuilder(this.#executor, windowTable(this.plan, time.index, given.plan), this.#counts);
  }

  groupBy(...keys: string[]): GroupedBuilder {
    return new GroupedBuilder(this.#executor, this.plan, this.#counts, keys);
  }

  agg(select: RowCallback<Selected>): TableBuilder {
    return this.groupBy().agg(select);
  }

  distinct(): TableBuilder {
    const schema = this.#schema;
    return this.#next(aggregate(this.plan, columnsOf(schema), [], namesOf(schema)));
  }

  unionAll(other: TableBuilder): TableBuilder {
    const { branches, counts } = this.#beside(other, 'unionAll');
    const flat = branches.flatMap(node => (node.kind === 'union' ? node.inputs : [node]));
    const united = uniteBranches(flat, nowhere, nowhere);
    return this.#next(united.kind === 'union' ? unionAll(united.inputs) : united, counts);
  }

  union(other: TableBuilder): TableBuilder {
    return this.unionAll(other).distinct();
  }
  minus(other: TableBuilder): TableBuilder {
    return this.#setOperation(other, 'minus', 'except', false);
  }
  minusAll(other: TableBuilder): TableBuilder {
    return this.#setOperation(other, 'minusAll', 'except', true);
  }
  intersect(other: TableBuilder): TableBuilder {
    return this.#setOperation(other, 'intersect', 'intersect', false);
  }
  intersectAll(other: TableBuilder): TableBuilder {
    return this.#setOperation(other, 'intersectAll', 'intersect', true);
  }

  #setOperation(other: TableBuilder, method: string, operator: 'except' | 'intersect', all: boolean): TableBuilder {
    const { branches, counts } = this.#beside(other, method);
    const [left, right] = inputsOf(uniteBranches(branches, nowhere, nowhere, method));
    return this.#next(setOperation(operator, all, left!, right!), counts);
  }

  /** Columns go by their names, as objects have no order that types could keep. */
  #beside(other: TableBuilder, method: string): { readonly branches: readonly LogicalNode[]; readonly counts: Counts } {
    const names = namesOf(this.#schema);
    const others = namesOf(other.#schema);
    const missing = names.find(name => !others.includes(name)) ?? others.find(name => !names.includes(name));
    if (missing !== undefined)
      throw new TidemillError('unknown-column', `${method}: only one of the two tables has the column '${missing}'`, {
        hint: `this has ${names.join(', ')}; the other has ${others.join(', ')}`,
      });
    const fields = names.map(name => column(others.indexOf(name), other.#schema[others.indexOf(name)]!));
    const inPlace = fields.every((field, index) => field.index === index);
    const right = inPlace ? other.plan : project(other.plan, fields, names);
    return { branches: [this.plan, right], counts: new Set([...this.#counts].filter(name => other.#counts.has(name))) };
  }

  orderBy(keys: RowCallback<SortItem | readonly SortItem[]>): TableBuilder {
    const { row, given } = this.#call(keys);
    const items = Array.isArray(given) ? (given as readonly SortItem[]) : [given as SortItem];
    const sortKeys = items.map((item): SortKey => {
      const descending = !(item instanceof ExpressionBuilder) && item.ordering === 'descending';
      const expression = item instanceof ExpressionBuilder ? item.plan : item.expression.plan;
      return { expression: row.check(expression, 'orderBy'), descending, nullsFirst: !descending };
    });
    return this.#next(sorted(this.plan, sortKeys));
  }

  limit(count: number, offset = 0): TableBuilder {
    for (const given of [count, offset])
      if (!(Number.isSafeInteger(given) && given >= 0))
        throw new TidemillError('wrong-argument', `limit() takes whole numbers from 0, not ${given}`);
    return this.#next(limit(this.plan, count, offset));
  }

  join(other: TableBuilder, on: JoinCondition, select: JoinSelect): TableBuilder {
    return this.#join('inner', other, on, select, 'join');
  }
  leftJoin(other: TableBuilder, on: JoinCondition, select: JoinSelect): TableBuilder {
    return this.#join('left', other, on, select, 'leftJoin');
  }
  rightJoin(other: TableBuilder, on: JoinCondition, select: JoinSelect): TableBuilder {
    return this.#join('right', other, on, select, 'rightJoin');
  }
  fullOuterJoin(other: TableBuilder, on: JoinCondition, select: JoinSelect): TableBuilder {
    return this.#join('full', other, on, select, 'fullOuterJoin');
  }
  semiJoin(other: TableBuilder, on: JoinCondition): TableBuilder {
    return this.#join('semi', other, on, undefined, 'semiJoin');
  }
  antiJoin(other: TableBuilder, on: JoinCondition): TableBuilder {
    return this.#join('anti', other, on, undefined, 'antiJoin');
  }

  #join(kind: JoinKind, other: TableBuilder, on: JoinCondition, select: JoinSelect | undefined, method: string): TableBuilder {
    const left = { node: this.plan, counts: this.#counts };
    const right = { node: other.plan, counts: other.#counts };
    const { node, counts } = inCallback(this.#executor, () => joined(kind, left, right, on, select, method));
    return this.#next(node, counts);
  }

  joinLateral(call: RowCallback<TableFunctionCall | UnnestCall>, ...rest: LateralRest): TableBuilder {
    return this.#lateral(call, rest, false, 'joinLateral');
  }
  leftOuterJoinLateral(call: RowCallback<TableFunctionCall | UnnestCall>, ...rest: LateralRest): TableBuilder {
    return this.#lateral(call, rest, true, 'leftOuterJoinLateral');
  }

  #lateral(call: RowCallback<TableFunctionCall | UnnestCall>, rest: LateralRest, outer: boolean, method: string): TableBuilder {
    const { row, given } = this.#call(call);
    const [on, select] = rest.length === 2 ? rest : [undefined, rest[0]];
    const left = { node: this.plan, counts: this.#counts };
    const check = (expression: Expression): Expression => row.check(expression, method);
    const { node, counts } = inCallback(this.#executor, () =>
      lateralJoined(this.#executor, left, given, { outer, on, select, method }, check),
    );
    return this.#next(node, counts);
  }

  process(declaration: { readonly declaration: TabularDeclaration }, options: ProcessOptions = {}): TableBuilder {
    const node = processed(this.#executor, this.plan, declaration.declaration, options);
    const names = new Set(namesOf(schemaOf(node)));
    return this.#next(node, new Set([...this.#counts].filter(name => names.has(name))));
  }

  async insertInto(target: unknown, select: RowCallback<Selected>): Promise<Job> {
    return this.#executor.insert(this.#insert(target, select, 'insertInto'));
  }

  insertion(target: unknown, select: RowCallback<Selected>): InsertionPlan {
    return new InsertionPlan(this.#insert(target, select, 'insertion'));
  }

  #insert(target: unknown, select: RowCallback<Selected>, method: string): Insert {
    if (!(target instanceof TableBuilder) || target.#declared === undefined)
      throw new TidemillError('not-a-sink', `${method}() writes to a table made by table(…), not to a query`);
    const sink = target.#declared.sink();
    const { node } = this.#select(select, method);
    const columns = namesOf(schemaOf(node)).map(name => ({ name }));
    const names = namesOf(sink.schema);
    const missing = sink.schema.find(field => !field.type.nullable && !columns.some(given => given.name === field.name));
    if (missing !== undefined)
      throw new TidemillError('missing-column', `${sink.name} wants column '${missing.name}', which the callback does not give`, {
        hint: didYouMean(
          missing.name,
          columns.map(given => given.name).filter(name => !names.includes(name)),
        ),
      });
    return insertInto(node, sink, { columns });
  }

  async *changes(): AsyncGenerator<{ op: Operation; row: unknown }> {
    const schema = this.#schema;
    for await (const chunk of this.#executor.run(this.plan, 'changelog')) {
      for (let index = 0; index < chunk.rows.length; index++) {
        yield { op: chunk.operations?.[index] ?? '+I', row: publicRow(schema, chunk.rows[index]!, this.#counts) };
      }
    }
  }

  async *rows(): AsyncGenerator<unknown> {
    const schema = this.#schema;
    for await (const chunk of this.#executor.run(this.plan, this.#appendMode('rows')))
      for (const row of chunk.rows) yield publicRow(schema, row, this.#counts);
  }

  async *batches(): AsyncGenerator<ArrowTable> {
    yield* this.#executor.runArrow(this.plan, this.#appendMode('batches'));
  }

  async *ndjson(): AsyncGenerator<string> {
    const schema = this.#schema;
    const { bounded, changelog } = this.#executor.describe(this.plan);
    const updating = !bounded && changelog !== 'append';
    for await (const chunk of this.#executor.run(this.plan, bounded ? 'final' : 'changelog')) {
      for (let index = 0; index < chunk.rows.length; index++) {
        yield jsonRow(schema, chunk.rows[index]!, updating ? (chunk.operations?.[index] ?? '+I') : undefined);
      }
    }
  }

  async toArray(): Promise<unknown[]> {
    this.#requireEnd('toArray');
    const schema = this.#schema;
    const rows: PlanChunk['rows'][number][] = [];
    for await (const chunk of this.#executor.run(this.plan, 'final')) for (const row of chunk.rows) rows.push(row);
    return rows.map(row => publicRow(schema, row, this.#counts));
  }

  async toArrow(): Promise<ArrowTable> {
    this.#requireEnd('toArrow');
    const tables: ArrowTable[] = [];
    for await (const table of this.#executor.runArrow(this.plan, 'final')) tables.push(table);
    return this.#executor.joinArrow(this.#schema, tables);
  }

  explain(format: 'text' | 'json' = 'text'): string {
    return this.#executor.explain(this.plan, format);
  }

  get #schema(): Schema {
    return schemaOf(this.plan);
  }

  #next(node: LogicalNode, counts: Counts = this.#counts): TableBuilder {
    return new TableBuilder(this.#executor, node, counts);
  }

  #call<R>(callback: RowCallback<R>): { row: Row; given: R } {
    const row = rowOf(this.#schema, this.#counts);
    return { row, given: inCallback(this.#executor, () => callback(row.columns)) };
  }

  #select(select: RowCallback<Selected>, method: string): { node: LogicalNode; counts: Counts } {
    const { row, given } = this.#call(select);
    const selected = Object.entries(given);
    if (selected.length === 0) throw new TidemillError('no-columns', `${method}() is given no columns`);
    const node = project(
      this.plan,
      selected.map(([, value]) => row.check(toPlan(value), method)),
      selected.map(([name]) => name),
    );
    return { node, counts: countsOf(given) };
  }

  #appendMode(method: string): 'final' | 'changelog' {
    const { bounded, changelog } = this.#executor.describe(this.plan);
    if (bounded) return 'final';
    if (changelog === 'append') return 'changelog';
    throw new TidemillError('updating', `this query takes rows back that it has given before, which ${method}() cannot show`, {
      hint: 'use changes()',
    });
  }

  #requireEnd(method: string): void {
    const endless = this.#executor.endlessSource(this.plan);
    if (endless === undefined) return;
    throw new TidemillError('endless', `${endless} never ends: use changes(), ndjson(), limit(n) or scan.bounded.mode`, {
      hint: `${method}() waits for the last row`,
    });
  }
}

/** A windowed table, before its keys are named. */
export class WindowedBuilder {
  readonly #executor: PlanExecutor;
  readonly #node: LogicalNode;
  readonly #counts: Counts;

  constructor(executor: PlanExecutor, node: LogicalNode, counts: Counts) {
    this.#executor = executor;
    this.#node = node;
    this.#counts = counts;
  }

  groupBy(...keys: string[]): GroupedBuilder {
    const window = ['window_start', 'window_end'].filter(name => !keys.includes(name));
    return new GroupedBuilder(this.#executor, this.#node, this.#counts, [...keys, ...window]);
  }

  agg(select: RowCallback<Selected>): TableBuilder {
    return this.groupBy().agg(select);
  }
}

/** A table with keys to group by. */
export class GroupedBuilder {
  readonly #executor: PlanExecutor;
  readonly #node: LogicalNode;
  readonly #counts: Counts;
  readonly #keys: readonly string[];

  constructor(executor: PlanExecutor, node: LogicalNode, counts: Counts, keys: readonly string[]) {
    this.#executor = executor;
    this.#node = node;
    this.#counts = counts;
    this.#keys = [...new Set(keys)];
  }

  /** Keys, then the callback's columns, each an expression over aggregates and keys. */
  agg(select: RowCallback<Selected>): TableBuilder {
    const row = rowOf(schemaOf(this.#node), this.#counts);
    const given = inCallback(this.#executor, () => select(row.columns));
    const { node, counts } = aggregated(this.#node, this.#keys, given, row, this.#counts);
    return new TableBuilder(this.#executor, node, counts);
  }
}

/** Keys that are no columns are computed beside the row, sorted by, and dropped, as SQL does it. */
function sorted(input: LogicalNode, keys: readonly SortKey[]): LogicalNode {
  const schema = schemaOf(input);
  const hidden = keys.map(key => key.expression).filter(expression => expression.kind !== 'column');
  if (hidden.length === 0) return sort(input, keys);
  const shown = columnsOf(schema);
  const names = hidden.map(expression => `${expressionToString(expression)} (order)`);
  const wide = project(input, [...shown, ...hidden], [...namesOf(schema), ...names]);
  const fields = schemaOf(wide);
  const placed = (expression: Expression): Expression => {
    const index = shown.length + (hidden as Expression[]).indexOf(expression);
    return index < shown.length ? expression : column(index, fields[index]!);
  };
  const ordered = sort(
    wide,
    keys.map(key => ({ ...key, expression: placed(key.expression) })),
  );
  return project(ordered, shown, namesOf(schema));
}

const columnsOf = (schema: Schema): Expression[] => schema.map((field, index) => column(index, field));
const namesOf = (schema: Schema): string[] => schema.map(field => field.name);
