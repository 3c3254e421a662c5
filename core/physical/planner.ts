import { keyLayoutOf } from '../columnar/key-layout.ts';
import { type Schema, withoutTimeAttribute } from '../columnar/types.ts';
import { internalError, notSupported } from '../common/errors.ts';
import type { ScanRequest } from '../connectors/contract.ts';
import type { WindowTableSpec } from '../operators/index.ts';
import { type AggregateCall, column, type Expression } from '../plan/expressions.ts';
import type {
  Aggregate,
  Insert,
  Limit,
  LogicalNode,
  Scan,
  Sort,
  TableSink,
  TableSource,
  UnionAll,
  Values,
  WatermarkAssigner,
  WindowTable,
} from '../plan/nodes.ts';
import { boundednessOf, changelogOf, type RuntimeMode, timeAttributeOf } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import { mapCall, operandsOf } from './aggregate-calls.ts';
import { checkUserAggregates } from './check-user-aggregates.ts';
import { columnsNeeded } from './columns-needed.ts';
import { type DuckdbStages, duckdbInput } from './duckdb-stages.ts';
import { buildsLeft } from './join-sides.ts';
import {
  flushed,
  inlined,
  materialised,
  mayInline,
  type OpenStage,
  withFilter,
  withOperator,
  withProjection,
} from './open-stage.ts';
import type { OperatorSpec } from './operator-spec.ts';
import { partialAggregatesOf } from './partial-aggregates.ts';
import type { ExchangeOutput, PhysicalPlan, Stage, StageInput } from './plan.ts';
import { needsAllRows, planGathered } from './plan-gathered.ts';
import { planJoin } from './plan-join.ts';
import { planMatchRecognize } from './plan-match.ts';
import { planOver, planTopRows } from './plan-over.ts';
import { planSession, planSessions } from './plan-session.ts';
import { planExpand, planSetOperation } from './plan-sets.ts';
import { addOutput, type SharedRows, sharedColumns } from './plan-shared.ts';
import type { PlanSteps } from './plan-steps.ts';
import { planProcessTable, planTableCall, planUnnest } from './plan-tabular.ts';
import { planTimeSort } from './plan-time-sort.ts';
import { planUpserts } from './plan-upserts.ts';
import { groupPhases, movedTime, partialCalls, type TwoPhases, windowPhases } from './two-phases.ts';
import { unboundedSort } from './unbounded-sort.ts';
import { timeColumnOf, type WindowShape, windowShapeOf } from './window-shape.ts';

export interface PhysicalOptions {
  /** `execution.runtime-mode`. */
  readonly runtimeMode: RuntimeMode;
  /** `final`: of bounded parts only the last rows are wanted; `changelog`: every change, as Flink's streaming mode gives them. */
  readonly results: 'final' | 'changelog';
  readonly parallelism: number;
  /** Finds bounded subtrees that DuckDB runs; absent: `duckdb.stages` is off. */
  readonly duckdb?: DuckdbStages | undefined;
  /** What the connector of an INSERT takes; default append. */
  /** `table.exec.state.ttl`, ms; 0 or absent: state is kept for ever. */
  readonly stateTtlMs?: number | undefined;
  readonly sinkMode?: ((connector: string) => 'append' | 'changelog' | 'upsert') | undefined;
  /** Whether all rows of a sink must go through one writer. */
  readonly oneWriter?: ((sink: TableSink) => boolean) | undefined;
  /** What several plans read, by the source that stands for it in them. */
  readonly shared?: ReadonlyMap<TableSource, SharedRows> | undefined;
}

/** Why a bounded subtree did not become a DuckDB stage, or did. */
export interface CutReason {
  readonly node: LogicalNode;
  readonly text: string;
}
export interface PlannedProgram {
  readonly plan: PhysicalPlan<OperatorSpec>;
  readonly cuts: readonly CutReason[];
}

/**
 * Cuts a program into stages of operator chains. Each plan is a query, whose rows are collected, or an insert.
 * Errors: not-supported for what no operator does, with its place.
 *
 * @example
 * const { plan } = planPhysical([optimized], { runtimeMode: 'streaming', results: 'final', parallelism: 1 });
 */
export function planPhysical(plans: readonly LogicalNode[], options: PhysicalOptions): PlannedProgram {
  const planner = new Planner(options);
  for (const plan of plans) planner.addProgram(plan);
  return { plan: Object.freeze({ stages: planner.stages }), cuts: planner.cuts };
}

/** A batch keeps its state to its end. */
const ttlOf = (ttlMs: number | undefined, mode: RuntimeMode): number | undefined =>
  mode === 'batch' || ttlMs === undefined || ttlMs <= 0 ? undefined : ttlMs;

const always = 'reads and computes';

/** What an operator that groups needs of the rows below it, over their columns. */
interface Wanted {
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
  readonly columns: readonly Expression[];
}
/** The same over `stage.rows`. */
interface Prepared extends Wanted {
  readonly stage: OpenStage;
  readonly filter?: Expression | undefined;
}

class Planner {
  readonly stages: Stage<OperatorSpec>[] = [];
  readonly cuts: CutReason[] = [];
  readonly #options: PhysicalOptions;
  readonly #ordinals = new Map<string, number>();
  #needed: ReturnType<typeof columnsNeeded> = new Map();

  readonly #steps: PlanSteps;
  /** Stages of shared rows, by what stands for them in the plans. */
  readonly #sharedStages = new Map<TableSource, { readonly id: string; readonly stage: OpenStage }>();

  constructor(options: PhysicalOptions) {
    this.#options = options;
    this.#steps = {
      runtimeMode: options.runtimeMode,
      parallelism: options.parallelism,
      stateTtlMs: ttlOf(options.stateTtlMs, options.runtimeMode),
      visit: (node, final) => this.visit(node, final),
      flush: stage => this.#flush(stage),
      gathered: (stage, reason) => this.#gathered(stage, reason),
      byKeys: (stage, keys, reason) => this.#byKeys(stage, keys, reason),
      exchanged: (stage, output, parallelism, reason) => this.#exchanged(stage, output, parallelism, reason),
      asInputs: stage => this.#asInputs(stage),
      appends: (node, final) => this.#appends(node, final),
      fused: (stage, columns) => this.#fused(stage, { keys: [], aggregates: [], columns }),
      id: kind => this.#id(kind),
    };
  }

  addProgram(plan: LogicalNode): void {
    this.#needed = columnsNeeded(plan);
    const final = this.#options.runtimeMode === 'batch' || this.#options.results === 'final';
    if (plan.kind === 'insert') {
      this.#insert(plan);
      return;
    }
    const rows = this.#gathered(this.#flush(this.visit(plan, final)), 'results are read in one place');
    const spec: OperatorSpec = Object.freeze({ kind: 'collect', schema: schemaOf(plan) });
    this.#close(withOperator(rows, { id: this.#id('collect'), spec }, schemaOf(plan)), undefined);
  }

  #insert(plan: Insert): void {
    const takes = this.#options.sinkMode?.(plan.sink.connector) ?? 'append';
    const bounded = boundednessOf(plan.input) === 'bounded';
    const final = this.#options.runtimeMode === 'batch' || (bounded && (takes === 'append' || this.#options.results === 'final'));
    if (plan.overwrite && !bounded)
      throw notSupported('INSERT OVERWRITE of a query that never ends', plan.span, 'Use INSERT INTO, or bound the sources.');
    const given = this.#flush(this.visit(plan.input, final));
    const why = plan.overwrite ? 'files are replaced in one place' : 'one writer decides for the whole table';
    const rows = plan.overwrite || this.#options.oneWriter?.(plan.sink) ? this.#gathered(given, why) : given;
    const spec: OperatorSpec = Object.freeze({ kind: 'sink', sink: plan.sink, schema: plan.sink.schema });
    this.#close(withOperator(rows, { id: plan.id ?? this.#id(`sink-${plan.sink.name}`), spec }, plan.sink.schema), undefined);
  }

  /** The stage that gives a node's rows. `final`: where the node is bounded, only its last rows are wanted. */
  visit(node: LogicalNode, final: boolean): OpenStage {
    const stage = this.#duckdbStage(node, final);
    if (stage !== undefined) return stage;
    switch (node.kind) {
      case 'scan':
        return node.source.changelog === 'upsert'
          ? planUpserts(node, final, this.#steps, request => this.#scan(request))
          : this.#scan(node);
      case 'values':
        return this.#values(node);
      case 'filter':
        return (
          planTopRows(node, this.#needed.get(node), final, this.#steps) ??
          withFilter(this.visit(node.input, final), node.condition)
        );
      case 'project':
        return withProjection(this.visit(node.input, final), node.expressions, schemaOf(node));
      case 'watermark':
        return this.#watermark(node, final);
      case 'window-table':
        return this.#windowTable(node, final);
      case 'aggregate':
        return this.#aggregate(node, final);
      case 'sort':
        return this.#sort(node);
      case 'limit':
        return this.#limit(node, final);
      case 'union':
        return this.#union(node, final);
      case 'join':
        return planJoin(node, this.#needed.get(node), buildsLeft(node), this.#steps);
      case 'set-operation':
        return planSetOperation(node, final, this.#steps);
      case 'expand':
        return planExpand(node, final, this.#steps);
      case 'unnest':
        return planUnnest(node, final, this.#steps);
      case 'table-call':
        return planTableCall(node, final, this.#steps);
      case 'over':
        return planOver(node, final, this.#steps);
      case 'match-recognize':
        return planMatchRecognize(node, final, this.#steps);
      case 'process-table':
        return planProcessTable(node, final, this.#steps);
      case 'insert':
        throw internalError('an insert stands at the top of a plan');
    }
  }

  #duckdbStage(node: LogicalNode, final: boolean): OpenStage | undefined {
    const { duckdb, runtimeMode } = this.#options;
    if (duckdb === undefined || boundednessOf(node) === 'unbounded') return undefined;
    const found = duckdb.tryStage(node, { final, runtimeMode });
    if (found === undefined) return undefined;
    if (found.kind === 'no') {
      const isShared = found.node.kind === 'scan' && this.#options.shared?.has(found.node.source) === true;
      if (!isShared && !this.cuts.some(cut => cut.node === found.node && cut.text === found.reason))
        this.cuts.push({ node: found.node, text: found.reason });
      return undefined;
    }
    return this.#leaf(duckdbInput(found), schemaOf(node), 1, found.reason, found.ordered);
  }

  #leaf(input: StageInput, schema: Schema, parallelism: number, reason: string, ordered = false): OpenStage {
    return Object.freeze({ inputs: [input], operators: [], rows: schema, fields: schema, parallelism, reason, ordered });
  }

  #scan(node: Scan): OpenStage {
    const shared = this.#options.shared?.get(node.source);
    if (shared !== undefined) return this.#sharedRows(node, shared);
    const schema = schemaOf(node);
    const request: ScanRequest = Object.freeze({
      source: node.source,
      columns: node.columns,
      filter: node.filter,
      limit: node.limit,
      ...(node.usedFields && { usedFields: node.usedFields }),
    });
    const id = node.id ?? this.#id('scan');
    return this.#leaf({ kind: 'source', id, request, schema }, schema, this.#options.parallelism, always);
  }

  #sharedRows(node: Scan, shared: SharedRows): OpenStage {
    let made = this.#sharedStages.get(node.source);
    if (made === undefined) {
      const stage = this.#flush(this.visit(shared.plan, false));
      made = { id: this.#close({ ...stage, reason: 'read once for several' }, undefined), stage };
      this.#sharedStages.set(node.source, made);
    }
    addOutput(this.stages, made.id);
    return sharedColumns(node, shared, made.id, made.stage);
  }

  #values(node: Values): OpenStage {
    const source: TableSource = Object.freeze({
      name: 'VALUES',
      connector: 'values',
      options: {},
      schema: node.schema,
      bounded: true,
      rows: node.rows,
    });
    const request = { source, columns: node.schema.map((_, index) => index) };
    const id = node.id ?? this.#id('values');
    return this.#leaf({ kind: 'source', id, request, schema: node.schema }, node.schema, 1, always);
  }

  /** A batch has no late rows, so that nothing waits for a watermark. */
  #watermark(node: WatermarkAssigner, final: boolean): OpenStage {
    const below = this.visit(node.input, final);
    const schema = schemaOf(node);
    if (this.#options.runtimeMode === 'batch') return Object.freeze({ ...below, fields: schema });
    const rows = this.#flush(below);
    const spec: OperatorSpec = Object.freeze({
      kind: 'watermark-assigner',
      input: rows.rows,
      column: node.column,
      watermark: node.watermark,
      schema,
    });
    return withOperator(rows, { id: node.id ?? this.#id('watermark'), spec }, schema);
  }

  #windowTable(node: WindowTable, final: boolean): OpenStage {
    const rows = this.#flush(this.visit(node.input, final));
    const schema = schemaOf(node);
    const proctime = timeAttributeOf(node) === 'proctime' && this.#options.runtimeMode === 'streaming';
    const time: WindowTableSpec['time'] = proctime ? { kind: 'proctime' } : { kind: 'rowtime', column: node.timeColumn };
    const { window } = node;
    if (window.kind === 'session') return planSession(node, window.gapMs, rows, this.#steps);
    const spec: OperatorSpec = Object.freeze({ kind: 'window-table', input: rows.rows, window, time, schema });
    return withOperator(rows, { id: this.#id('window-table'), spec }, schema);
  }

  #aggregate(node: Aggregate, final: boolean): OpenStage {
    const retracting = !this.#appends(node.input, final);
    const shape = windowShapeOf(node, this.#options.runtimeMode);
    checkUserAggregates(node, retracting, shape, this.#options.runtimeMode);
    if (needsAllRows(node, retracting)) return planGathered(node, final, this.#steps);
    if (shape === undefined) {
      const sessions = planSessions(node, final, this.#steps);
      if (sessions !== undefined) return sessions;
    }
    return shape === undefined ? this.#groupAggregate(node, final) : this.#windowAggregate(node, shape, final);
  }

  #groupAggregate(node: Aggregate, final: boolean): OpenStage {
    const ends = final && boundednessOf(node) === 'bounded';
    const retracting = !this.#appends(node.input, final);
    const below = this.visit(node.input, final);
    const several = node.keys.length > 0 ? this.#options.parallelism > 1 : below.parallelism > 1 && ends;
    const partials = several && !retracting ? partialAggregatesOf(node.aggregates) : undefined;
    if (partials !== undefined) {
      const fused = this.#fused(below, { keys: node.keys, aggregates: partialCalls(partials), columns: [] });
      const id = node.id ?? this.#id('group-aggregate');
      return this.#inPhases(
        id,
        node,
        fused,
        groupPhases(node, partials, { ...fused, rows: fused.stage.rows }, { final: ends, ttlMs: this.#ttlOf(node, ends) }),
      );
    }
    const prepared = this.#prepare(below, { keys: node.keys, aggregates: node.aggregates, columns: [] }, 'grouping');
    const spec: OperatorSpec = Object.freeze({
      kind: 'group-aggregate',
      input: prepared.stage.rows,
      filter: prepared.filter,
      keys: prepared.keys,
      aggregates: prepared.aggregates,
      retracting,
      final: ends,
      ttlMs: this.#ttlOf(node, ends),
      schema: schemaOf(node),
    });
    return withOperator(prepared.stage, { id: node.id ?? this.#id('group-aggregate'), spec }, schemaOf(node));
  }

  /** How long a group without input is kept: what the query's hint says, else the setting; groups that are sent at the end stay till then. */
  #ttlOf(node: Aggregate, ends: boolean): number | undefined {
    if (ends) return undefined;
    return node.stateTtlMs === undefined ? this.#steps.stateTtlMs : ttlOf(node.stateTtlMs, this.#options.runtimeMode);
  }

  #windowAggregate(node: Aggregate, shape: WindowShape, final: boolean): OpenStage {
    const input = this.visit(shape.input, final);
    const below = shape.filter === undefined ? input : withFilter(input, shape.filter);
    const timeColumn = timeColumnOf(shape.time);
    const columns = timeColumn === undefined ? [] : [column(timeColumn, below.fields[timeColumn]!)];
    const several = this.#options.parallelism > 1 && below.parallelism > 1 && shape.time.kind === 'rowtime';
    const partials = several ? partialAggregatesOf(shape.aggregates) : undefined;
    if (partials !== undefined) {
      const fused = this.#fused(below, { keys: shape.keys, aggregates: partialCalls(partials), columns });
      const input = { ...fused, rows: fused.stage.rows };
      const id = node.id ?? this.#id('window-aggregate');
      return this.#inPhases(id, node, fused, windowPhases(node, shape, partials, input, columns[0]!.type));
    }
    const prepared = this.#prepare(below, { keys: shape.keys, aggregates: shape.aggregates, columns }, 'windows by key');
    const spec: OperatorSpec = Object.freeze({
      kind: 'window-aggregate',
      input: prepared.stage.rows,
      filter: prepared.filter,
      window: shape.window,
      time: movedTime(shape.time, prepared.columns[0]),
      keys: prepared.keys,
      aggregates: prepared.aggregates,
      outputs: shape.outputs,
      schema: schemaOf(node),
    });
    return withOperator(prepared.stage, { id: node.id ?? this.#id('window-aggregate'), spec }, schemaOf(node));
  }

  /**
   * Brings rows to where their key is kept. With one task the filter, keys and arguments go into the operator's own loop; with several they are
   * computed before the exchange.
   */
  #prepare(below: OpenStage, wanted: Wanted, reason: string): Prepared {
    if (below.parallelism === 1 && this.#options.parallelism === 1) return this.#fused(below, wanted);
    const { stage, place } = materialised(below, [...wanted.keys, ...wanted.columns], wanted.aggregates.flatMap(operandsOf));
    const keys = wanted.keys.map(place);
    const placed = { keys, aggregates: wanted.aggregates.map(call => mapCall(call, place)), columns: wanted.columns.map(place) };
    const rows = this.#flush(stage);
    if (keys.length === 0) return { stage: this.#gathered(rows, 'one group'), ...placed };
    const layout = keyLayoutOf(keys.map(key => withoutTimeAttribute(key.type)));
    return {
      stage: this.#exchanged(rows, to => ({ kind: 'hash', keys, layout, to }), this.#options.parallelism, reason),
      ...placed,
    };
  }

  /** An aggregate of which each task first makes its own part, so that only partial results cross the exchange. */
  #inPhases(id: string, node: Aggregate, fused: Prepared, phases: TwoPhases): OpenStage {
    const local = withOperator(fused.stage, { id: `${id}-local`, spec: phases.local }, phases.sent);
    const gathered = this.#exchangeByKeys(local, fused.keys.length);
    return withProjection(withOperator(gathered, { id, spec: phases.main }, phases.merged), phases.results, schemaOf(node));
  }

  /** Rows whose first columns are their key, to the tasks that merge them. */
  #exchangeByKeys(stage: OpenStage, count: number): OpenStage {
    if (count === 0) return this.#gathered(stage, 'one group, from partial results');
    const keys = stage.rows.slice(0, count).map((field, index) => column(index, field));
    const layout = keyLayoutOf(keys.map(key => withoutTimeAttribute(key.type)));
    return this.#exchanged(
      stage,
      to => ({ kind: 'hash', keys, layout, to }),
      this.#options.parallelism,
      'partial results by key',
    );
  }

  /** Filter, keys and arguments for an operator that computes them in its own loop. */
  #fused(below: OpenStage, wanted: Wanted): Prepared {
    const stage = mayInline(below, operandsOfAll(wanted)) ? below : this.#flush(below);
    const inline = (expression: Expression): Expression => inlined(stage, expression);
    return {
      stage: Object.freeze({ ...stage, pending: undefined }),
      filter: stage.pending?.filter,
      keys: wanted.keys.map(inline),
      aggregates: wanted.aggregates.map(call => mapCall(call, inline)),
      columns: wanted.columns.map(inline),
    };
  }

  #sort(node: Sort): OpenStage {
    if (boundednessOf(node.input) === 'unbounded') return planTimeSort(node, this.#steps);
    const rows = this.#gathered(this.#flush(this.visit(node.input, true)), 'one order');
    return this.#placeSort(node, rows, { offset: 0 });
  }

  #placeSort(node: Sort, rows: OpenStage, range: { readonly offset: number; readonly count?: number | undefined }): OpenStage {
    const schema = schemaOf(node);
    const spec: OperatorSpec = Object.freeze({ kind: 'sort', schema, keys: node.keys, offset: range.offset, count: range.count });
    return Object.freeze({ ...withOperator(rows, { id: node.id ?? this.#id('sort'), spec }, schema), ordered: true });
  }

  #limit(node: Limit, final: boolean): OpenStage {
    const input = node.input;
    const schema = schemaOf(node);
    if (input.kind === 'sort') {
      const ends = final && boundednessOf(input) === 'bounded';
      if (node.count === undefined) {
        if (boundednessOf(input) === 'unbounded') throw unboundedSort(input);
        const rows = this.#gathered(this.#flush(this.visit(input.input, true)), 'one order');
        return this.#placeSort(input, rows, { offset: node.offset });
      }
      const retracting = !this.#appends(input.input, final);
      const rows = this.#gathered(this.#flush(this.visit(input.input, final)), 'one order');
      const spec: OperatorSpec = Object.freeze({
        kind: 'top-n',
        schema,
        keys: input.keys,
        offset: node.offset,
        count: node.count,
        retracting,
        final: ends,
      });
      return Object.freeze({ ...withOperator(rows, { id: input.id ?? this.#id('top-n'), spec }, schema), ordered: ends });
    }
    const appends = this.#appends(input, final);
    const rows = this.#gathered(this.#flush(this.visit(input, final)), 'one count of rows');
    if (!appends) {
      if (node.count === undefined) throw notSupported('OFFSET without LIMIT over rows that change');
      const spec: OperatorSpec = Object.freeze({
        kind: 'top-n',
        schema,
        keys: [],
        offset: node.offset,
        count: node.count,
        retracting: true,
        final: false,
      });
      return withOperator(rows, { id: node.id ?? this.#id('top-n'), spec }, schema);
    }
    const spec: OperatorSpec = Object.freeze({ kind: 'limit', schema, offset: node.offset, count: node.count });
    return withOperator(rows, { id: node.id ?? this.#id('limit'), spec }, schema);
  }

  /** Branches that are nothing but sources are inputs of one stage; others are stages of their own. */
  #union(node: UnionAll, final: boolean): OpenStage {
    const schema = schemaOf(node);
    const branches = node.inputs.map(input => this.#flush(this.visit(input, final)));
    const parallelism = Math.max(...branches.map(branch => branch.parallelism));
    const inputs = branches.flatMap((branch): readonly StageInput[] => {
      if (branch.operators.length === 0 && branch.parallelism === parallelism) return branch.inputs;
      const same = branch.parallelism === parallelism;
      const from = this.#close(branch, to => (same ? { kind: 'forward', to } : { kind: 'single', to }));
      return [{ kind: 'exchange', from, schema: branch.rows }];
    });
    const spec: OperatorSpec = Object.freeze({ kind: 'union', schema });
    const stage: OpenStage = {
      inputs,
      operators: [],
      rows: schema,
      fields: schema,
      parallelism,
      reason: 'several inputs',
      ordered: false,
    };
    return withOperator(stage, { id: this.#id('union'), spec }, schema);
  }

  /** Whether the rows of a node, planned this way, are never taken back. */
  #appends(node: LogicalNode, final: boolean): boolean {
    if (changelogOf(node, this.#options.runtimeMode).kind === 'append') return true;
    return final && boundednessOf(node) === 'bounded';
  }

  #asInputs(stage: OpenStage): readonly StageInput[] {
    if (stage.operators.length === 0 && stage.inputs.length === 1) return stage.inputs;
    const from = this.#close(stage, to => ({ kind: 'forward', to }));
    return [{ kind: 'exchange', from, schema: stage.rows }];
  }

  /** Rows of equal keys to one task. */
  #byKeys(stage: OpenStage, keys: readonly Expression[], reason: string): OpenStage {
    if (keys.length === 0) return this.#gathered(stage, reason);
    if (stage.parallelism === 1 && this.#options.parallelism === 1) return stage;
    const layout = keyLayoutOf(keys.map(key => withoutTimeAttribute(key.type)));
    return this.#exchanged(stage, to => ({ kind: 'hash', keys, layout, to }), this.#options.parallelism, reason);
  }

  #flush(stage: OpenStage): OpenStage {
    return flushed(stage, kind => this.#id(kind));
  }

  /** All rows to one task. */
  #gathered(stage: OpenStage, reason: string): OpenStage {
    if (stage.parallelism === 1) return stage;
    return this.#exchanged(stage, to => ({ kind: 'single', to }), 1, reason);
  }

  #exchanged(stage: OpenStage, output: (to: string) => ExchangeOutput, parallelism: number, reason: string): OpenStage {
    const from = this.#close(stage, output);
    const schema = stage.rows;
    const next: OpenStage = {
      inputs: [{ kind: 'exchange', from, schema }],
      operators: [],
      rows: schema,
      fields: stage.fields,
      parallelism,
      reason,
      ordered: false,
    };
    return Object.freeze(next);
  }

  /** Stage ids are given when a stage is closed; its consumer is known only later, so that it is filled in by its inputs. */
  #close(stage: OpenStage, output: ((to: string) => ExchangeOutput) | undefined): string {
    const id = `stage-${this.stages.length + 1}`;
    this.stages.push({
      id,
      parallelism: stage.parallelism,
      inputs: stage.inputs,
      operators: stage.operators,
      outputs: output === undefined ? [] : [output('')],
      outputSchema: stage.rows,
      reason: stage.reason,
    });
    for (const input of stage.inputs) if (input.kind === 'exchange') this.#connect(input.from, id);
    return id;
  }

  #connect(from: string, to: string): void {
    const index = this.stages.findIndex(stage => stage.id === from);
    const producer = this.stages[index]!;
    const open = producer.outputs.findIndex(output => output.to === '');
    if (open < 0) throw internalError(`stage ${from} has no output for ${to}`);
    const outputs = producer.outputs.map((output, place) => (place === open ? Object.freeze({ ...output, to }) : output));
    this.stages[index] = Object.freeze({ ...producer, outputs });
  }

  /** Ids of operators without state of their own only have to be different. */
  #id(kind: string): string {
    const ordinal = (this.#ordinals.get(kind) ?? 0) + 1;
    this.#ordinals.set(kind, ordinal);
    return `${kind}-${ordinal}`;
  }
}

const operandsOfAll = ({ keys, columns, aggregates }: Wanted): Expression[] => [
  ...keys,
  ...columns,
  ...aggregates.flatMap(operandsOf),
];
