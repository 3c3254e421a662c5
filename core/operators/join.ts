import type { Compute } from '../codegen/contract.ts';
import { gatherColumn } from '../codegen/gather.ts';
import { compileCompute } from '../codegen/index.ts';
import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import { types } from '../columnar/types.ts';
import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { column, referencedColumns, substituteColumns } from '../plan/expressions.ts';
import { ListTable, type RowCursor, type StateTable } from '../state/index.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';
import { JoinIndex, joinKeys } from './join-index.ts';
import { JoinRows } from './join-rows.ts';
import type { JoinOutput, JoinSpec } from './join-spec.ts';

/** A batch of the probe side on its way: what is kept between calls with `more`, in a segment of its own. */
interface Probing {
  readonly address: number;
  readonly bytes: number;
  pairsDone: boolean;
}

/** Pairs of a probing row's number and a kept row's address. */
interface Pairs {
  readonly count: number;
  readonly probes: number;
  readonly builds: number;
}

const stateBytes = 8;
/** Number of the input that is kept; the probe side comes down the chain as input 0. */
const buildInput = 1;

/** All joins of inputs that end, by a hash index over the rows of the build side; see {@link JoinSpec}. */
class JoinOperator implements Operator {
  readonly #spec: JoinSpec;
  readonly #task: OperatorTask;
  readonly #table: ListTable;
  readonly #rows: JoinRows;
  readonly #keys: ReturnType<typeof joinKeys>;
  readonly #flagsAt: number;
  #buildKeys: Compute | undefined;
  #probeKeys: Compute | undefined;
  #residual: { readonly compute: Compute; readonly columns: readonly number[] } | undefined;
  #index: JoinIndex | undefined;
  #probing: Probing | undefined;
  #cursor: RowCursor | undefined;

  constructor(spec: JoinSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#rows = buildRows(spec);
    this.#keys = joinKeys(spec);
    const table = tables.get('rows');
    if (!(table instanceof ListTable)) throw internalError("the list table 'rows' is missing");
    this.#table = table;
    this.#flagsAt = table.store.form.keyBytes + 4;
  }

  processBatch(batch: Batch, context: OperatorContext, input: number): Progress {
    if (input === buildInput) {
      this.#keep(batch);
      return 'done';
    }
    this.#index ??= new JoinIndex(this.#task, this.#table, this.#keys);
    return this.#probe(batch, context);
  }

  onEnd(context: OperatorContext): Progress {
    const { sendBuild } = this.#spec;
    if (sendBuild === 'none') return 'done';
    const { memory, kernels } = this.#task;
    this.#cursor ??= this.#table.store.cursor();
    const rows = memory.arena.allocate(4 * limits.batchRows);
    const found = this.#table.scan(this.#cursor, limits.batchRows, rows);
    const count = sendBuild === 'all' ? found : kernels.join_rows(found, rows, this.#flagsAt, sendBuild === 'matched' ? 1 : 0);
    if (count > 0) {
      const nulls = this.#nullProbes(count);
      context.emit(
        this.#output(
          count,
          output => this.#rows.unpack(this.#task, output.index, count, rows),
          output => nulls(output.index),
          values => kernels.join_matched(count, rows, this.#flagsAt, values),
        ),
      );
    }
    if (found === limits.batchRows) return 'more';
    this.#cursor = undefined;
    return 'done';
  }

  close(): void {
    this.#index?.close();
    this.#index = undefined;
    this.#endProbing();
  }

  #keep(batch: Batch): void {
    const { build, keys } = this.#spec;
    this.#buildKeys ??= compileCompute(
      { input: build, outputs: build.map((field, index) => column(index, field)), ...keyOf(keys.build, keys.layout) },
      this.#task,
    );
    const computed = this.#buildKeys.run(batch);
    const packed = this.#rows.pack(this.#task, computed.batch.columns, batch.length, computed.keyRows);
    this.#table.append(batch.length, packed, this.#task.memory.arena.allocate(4 * batch.length));
  }

  #probe(batch: Batch, context: OperatorContext): Progress {
    const { spec, keys, hashes } = this.#probed(batch);
    const { kernels } = this.#task;
    const probing = (this.#probing ??= this.#begin(batch.length));
    const flags = probing.address + stateBytes;
    if (!probing.pairsDone && this.#needsNoPairs) {
      const index = this.#index!;
      const { words, views, reject } = this.#keys;
      const where = [keys, words, views, reject, hashes, index.offsets, index.entries, index.mask] as const;
      if (spec.sendProbe !== 'none') kernels.join_found(batch.length, ...where, flags);
      if (spec.sendBuild !== 'none') kernels.join_mark(batch.length, ...where, this.#flagsAt);
      probing.pairsDone = true;
    }
    for (let round = 0; !probing.pairsDone; round++) {
      if (round === limits.joinRoundsPerCall) return 'more';
      const candidates = this.#candidates(batch.length, keys, hashes, probing);
      const pairs = this.#matching(batch, candidates);
      if (spec.sendProbe !== 'none') kernels.join_flag(pairs.count, pairs.probes, flags);
      if (spec.sendBuild !== 'none') kernels.join_mark_rows(pairs.count, pairs.builds, this.#flagsAt);
      if (!spec.pairs || pairs.count === 0) continue;
      context.emit(this.#pairsOutput(batch, pairs));
      if (!probing.pairsDone || spec.sendProbe !== 'none') return 'more';
    }
    if (spec.sendProbe !== 'none') this.#sendProbes(batch, flags, context);
    this.#endProbing();
    return 'done';
  }

  get #needsNoPairs(): boolean {
    return !this.#spec.pairs && this.#spec.residual === undefined && this.#keys.words > 0;
  }

  #probed(batch: Batch): { readonly spec: JoinSpec; readonly keys: number; readonly hashes: number } {
    const spec = this.#spec;
    if (this.#keys.words === 0) return { spec, keys: 0, hashes: this.#task.memory.arena.allocateZeroed(4 * batch.length) };
    this.#probeKeys ??= compileCompute(
      { input: spec.probe, outputs: [], ...keyOf(spec.keys.probe, spec.keys.layout) },
      this.#task,
    );
    const { keyRows, hashes } = this.#probeKeys.run(batch);
    return { spec, keys: keyRows, hashes };
  }

  #begin(rows: number): Probing {
    const { memory } = this.#task;
    const bytes = stateBytes + rows;
    const address = memory.allocateSegment(bytes);
    memory.u8.fill(0, address, address + bytes);
    return { address, bytes, pairsDone: false };
  }

  #endProbing(): void {
    if (this.#probing !== undefined) this.#task.memory.freeSegment(this.#probing.address, this.#probing.bytes);
    this.#probing = undefined;
  }

  /** The next rows with equal keys. */
  #candidates(rows: number, keys: number, hashes: number, probing: Probing): Pairs {
    const { memory, kernels } = this.#task;
    const most = limits.joinPairsMax;
    const probes = memory.arena.allocate(4 * most);
    const builds = memory.arena.allocate(4 * most);
    const { words, views, reject } = this.#keys;
    const { offsets, entries, mask } = this.#index!;
    const count = kernels.join_pairs(
      rows,
      keys,
      words,
      views,
      reject,
      hashes,
      offsets,
      entries,
      mask,
      most,
      probing.address,
      probes,
      builds,
    );
    probing.pairsDone = memory.u32[probing.address >> 2]! >= rows;
    return { count, probes, builds };
  }

  /** Those candidates for which the residual condition is TRUE. */
  #matching(batch: Batch, candidates: Pairs): Pairs {
    const { residual, build, probe } = this.#spec;
    if (residual === undefined || candidates.count === 0) return candidates;
    this.#residual ??= this.#compileResidual();
    const { compute, columns } = this.#residual;
    const { count, probes, builds } = candidates;
    const read = columns.map(index =>
      index < build.length
        ? this.#rows.unpack(this.#task, index, count, builds)
        : gatherColumn(
            this.#task,
            { ...batch.columns[index - build.length]!, type: probe[index - build.length]!.type },
            probes,
            count,
          ),
    );
    const int = types.int(false);
    const numbers = [probes, builds].map((data): Column => ({ type: int, validity: 0, data }));
    const kept = compute.run(batchOf(count, [...read, ...numbers])).batch;
    return { count: kept.length, probes: kept.columns[0]!.data, builds: kept.columns[1]!.data };
  }

  #compileResidual() {
    const { residual, build, probe } = this.#spec;
    const fields = [...build, ...probe];
    const columns = [...referencedColumns([residual!])].sort((a, b) => a - b);
    const int = types.int(false);
    const input = [...columns.map(index => fields[index]!), { name: 'probe', type: int }, { name: 'build', type: int }];
    const filter = substituteColumns(residual!, reference => ({ ...reference, index: columns.indexOf(reference.index) }));
    const outputs = [columns.length, columns.length + 1].map(index => column(index, input[index]!));
    return { compute: compileCompute({ input, filter, outputs }, this.#task), columns };
  }

  #pairsOutput(batch: Batch, { count, probes, builds }: Pairs): Batch {
    return this.#output(
      count,
      output => this.#rows.unpack(this.#task, output.index, count, builds),
      output => gatherColumn(this.#task, batch.columns[output.index]!, probes, count),
      values => void this.#task.memory.u8.fill(1, values, values + count),
    );
  }

  /** Probing rows that are sent by themselves, once all their pairs have been looked at. */
  #sendProbes(batch: Batch, flags: number, context: OperatorContext): void {
    const { memory, kernels } = this.#task;
    const { sendProbe } = this.#spec;
    const numbers = memory.arena.allocate(4 * batch.length);
    const count =
      sendProbe === 'all' ? batch.length : kernels.join_flagged(batch.length, flags, sendProbe === 'matched' ? 1 : 0, numbers);
    if (count === 0) return;
    const nulls = this.#nullRows(count);
    const every = count === batch.length;
    context.emit(
      this.#output(
        count,
        output => this.#rows.unpack(this.#task, output.index, count, nulls()),
        output => (every ? batch.columns[output.index]! : gatherColumn(this.#task, batch.columns[output.index]!, numbers, count)),
        values => void memory.u8.copyWithin(values, flags, flags + count),
      ),
    );
  }

  /** Addresses of the row of NULLs that stands for the build side. */
  #nullRows(count: number): () => number {
    let rows: number | undefined;
    return () => {
      if (rows === undefined) {
        rows = this.#task.memory.arena.allocate(4 * count);
        this.#task.kernels.fill_32(count, this.#rows.nulls(this.#task), rows);
      }
      return rows;
    };
  }

  #nullProbes(count: number): (index: number) => Column {
    const { probe, keys } = this.#spec;
    const rows = new JoinRows(probe, { ...keys.layout, fields: [], types: [], nullable: false }, []);
    let addresses: number | undefined;
    return index => {
      if (addresses === undefined) {
        addresses = this.#task.memory.arena.allocate(4 * count);
        this.#task.kernels.fill_32(count, rows.nulls(this.#task), addresses);
      }
      return rows.unpack(this.#task, index, count, addresses);
    };
  }

  #output(
    count: number,
    build: (output: Extract<JoinOutput, { index: number }>) => Column,
    probe: (output: Extract<JoinOutput, { index: number }>) => Column,
    mark: (values: number) => void,
  ): Batch {
    const { outputs, schema } = this.#spec;
    const columns = outputs.map((output, index): Column => {
      const { type } = schema[index]!;
      if (output.from === 'build') return { ...build(output), type };
      if (output.from === 'probe') return { ...probe(output), type };
      const data = this.#task.memory.arena.allocate(count);
      mark(data);
      return { type, validity: 0, data };
    });
    return batchOf(count, columns);
  }
}

const keyOf = (expressions: JoinSpec['keys']['build'], layout: JoinSpec['keys']['layout']) =>
  expressions.length === 0 ? {} : { key: { expressions, layout } };

const known = new WeakMap<JoinSpec, JoinRows>();
function buildRows(spec: JoinSpec): JoinRows {
  let rows = known.get(spec);
  if (rows === undefined) known.set(spec, (rows = new JoinRows(spec.build, spec.keys.layout, spec.keys.build)));
  return rows;
}

export const joinDefinition: OperatorDefinition<JoinSpec> = {
  tables: spec => {
    const fields = spec.keys.layout.fields.map((_, index) => index);
    return [{ kind: 'list', name: 'rows', row: buildRows(spec).row, owner: { kind: 'key-group', fields } }];
  },
  create: (spec, tables, task) => new JoinOperator(spec, tables, task),
  outputSchema: spec => spec.schema,
  shards({ keys: { build, probe, layout }, ...spec }) {
    if (build.length === 0) return undefined;
    const [left, right] = [
      { schema: spec.probe, keys: probe, layout },
      { schema: spec.build, keys: build, layout },
    ];
    return { inputs: [left, right], atEnd: true };
  },
};
