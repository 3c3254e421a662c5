import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Column } from '../columnar/batch.ts';
import type { KeyLayout } from '../columnar/key-layout.ts';
import { readColumn } from '../columnar/read-values.ts';
import { type Schema, types, withoutTimeAttribute } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { type Kernels, loadKernels } from '../kernels/index.ts';
import { type JobSnapshot, loadTable, type ProgramDescription, type StoredImage, snapshotToLoad } from '../runtime/index.ts';
import { CheckpointStore } from '../state/checkpoint-store.ts';
import type { StateTable, TableSpec } from '../state/contract.ts';
import { createTable, ListTable, RecordTable, type RowCursor, SlicedTable, ValueTable } from '../state/index.ts';
import { unpackField } from '../state/packed-rows.ts';
import type { RowStore } from '../state/row-store.ts';
import { localStorage } from '../storage/local-storage.ts';
import type { TaskMemory } from '../wasm/memory.ts';

/** A folder that holds checkpoints of one job. */
export interface JobFolder {
  readonly job: string;
  readonly path: string;
  /** Latest first. */
  readonly ids: readonly number[];
}

/** A table of a checkpoint as SQL sees it. */
export interface CheckpointTable {
  readonly name: string;
  readonly operatorId: string;
  readonly kind: string;
  readonly text: string | undefined;
  readonly line: number | undefined;
  /** Rows that an operator keeps: neither a small record of its own nor positions. */
  readonly isState: boolean;
  readonly schema: Schema;
  /** How many rows there are; reads them, unless each stands in the checkpoint once. */
  rowCount(): Promise<number>;
  /** Rows in pieces; only they are read of the checkpoint's files. Errors: bad-checkpoint. */
  rows(): AsyncGenerator<readonly (readonly Value[])[]>;
}

/** Jobs whose checkpoints lie in a folder: the folder itself, one of its parts, or a `chk-N` in it. Errors: file-not-found, usage. */
export async function jobFolders(given: string): Promise<JobFolder[]> {
  const path = resolve(given);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new TidemillError('file-not-found', `there is no folder ${given}`, {
      hint: 'name the folder that --checkpoints was given',
    });
  const named = /^chk-(\d+)$/.exec(basename(path));
  if (named !== null) return [{ job: basename(dirname(path)), path: dirname(path), ids: [Number(named[1])] }];
  const inner = readdirSync(path, { withFileTypes: true }).filter(entry => entry.isDirectory() && !entry.name.startsWith('chk-'));
  const found: JobFolder[] = [];
  for (const folder of [path, ...inner.map(entry => join(path, entry.name)).sort()]) {
    const ids = await storeOf(folder).ids();
    if (ids.length > 0) found.push({ job: basename(folder), path: folder, ids });
  }
  if (found.length > 0) return found;
  throw new TidemillError('usage', `${given} holds no checkpoints`, {
    hint: 'name the folder that --checkpoints was given, or a savepoint',
  });
}

const storeOf = (path: string): CheckpointStore => new CheckpointStore(localStorage, path, { retained: Number.MAX_SAFE_INTEGER });

/** A checkpoint of a folder, whose rows are read when they are wanted. Errors: bad-checkpoint. */
export async function openSnapshot(folder: JobFolder, id: number): Promise<JobSnapshot<StoredImage>> {
  return snapshotToLoad(await storeOf(folder.path).open(id));
}

/** When its manifest was written, and how many bytes its own files have. */
export async function sizeOf(folder: JobFolder, id: number): Promise<{ readonly madeMs: number; readonly sizeBytes: number }> {
  const path = join(folder.path, `chk-${id}`);
  const sizes = readdirSync(path).map(name => statSync(join(path, name)));
  return { madeMs: statSync(join(path, 'manifest.json')).mtimeMs, sizeBytes: sizes.reduce((sum, each) => sum + each.size, 0) };
}

/** The tables of a checkpoint: of every operator, and `splits`, where its sources are read to. */
export function checkpointTables(snapshot: JobSnapshot<StoredImage>): CheckpointTable[] {
  const tables = snapshot.program.stages.flatMap(stage =>
    stage.operators.flatMap(operator => {
      const shown = operator.tables.filter(
        table => table.kind !== 'timers' && (table.kind !== 'record' || table.name !== 'splits'),
      );
      const alone = shown.filter(table => table.kind !== 'record').length === 1;
      return shown.map((spec): CheckpointTable => {
        const images = snapshot.tasks.flatMap(task =>
          task.snapshot.tables
            .filter(table => table.operatorId === operator.id && table.table === spec.name)
            .flatMap(table => table.images.map(image => ({ ...image, origin: task.subtask }))),
        );
        const base = operator.id.replaceAll(/\W+/g, '_');
        const name = alone && spec.kind !== 'record' ? base : `${base}_${spec.name.replaceAll(/\W+/g, '_')}`;
        const schema = schemaOf(spec);
        const filled = async (): Promise<FilledTable> => {
          const loaded = await loadTable({ operatorId: operator.id, table: spec.name, images });
          const kernels = loadKernels(loaded.memory);
          const table = createTable(spec, loaded.memory, kernels);
          if (images.length > 0) table.restore(loaded.images);
          return { table, memory: loaded.memory, kernels };
        };
        return {
          name,
          operatorId: operator.id,
          kind: operator.kind,
          text: operator.text,
          line: operator.line,
          isState: spec.kind !== 'record' && operator.passing !== true,
          schema,
          rowCount: async () => countOf(spec, images) ?? (await filled()).table.rowCount(),
          async *rows() {
            yield* rowsOf(await filled(), schema);
          },
        };
      });
    }),
  );
  return [...tables, splitsTable(snapshot)];
}

interface FilledTable {
  readonly table: StateTable;
  readonly memory: TaskMemory;
  readonly kernels: Kernels;
}

/** Rows of images in which no row comes twice; undefined: they have to be looked at. */
function countOf(spec: TableSpec, images: readonly StoredImage[]): number | undefined {
  if (spec.kind === 'record' || spec.kind === 'timers' || spec.owner?.kind === 'all' || spec.owner?.kind === 'any')
    return undefined;
  const checkpoints = new Set(images.map(({ origin, sliceEndMs, checkpointId }) => `${origin} ${sliceEndMs} ${checkpointId}`));
  const chains = new Set(images.map(({ origin, sliceEndMs }) => `${origin} ${sliceEndMs}`));
  return checkpoints.size === chains.size ? images.reduce((sum, image) => sum + image.rows, 0) : undefined;
}

const text = types.string(false);

function splitsTable({ program, tasks }: JobSnapshot<StoredImage>): CheckpointTable {
  const stages = new Map<string, ProgramDescription['stages'][number]>(program.stages.map(stage => [stage.id, stage]));
  const rows = tasks.flatMap(({ stageId, subtask, snapshot }) =>
    snapshot.splits.map(({ port, split, open }): Value[] => {
      const input = stages.get(stageId)!.inputs[port]!;
      return [input.name ?? input.id, split.id, subtask, open === undefined ? null : JSON.stringify(open.position)];
    }),
  );
  return {
    name: 'splits',
    operatorId: '',
    kind: 'splits',
    text: 'where sources are read to',
    line: undefined,
    isState: false,
    schema: [
      { name: 'source', type: text },
      { name: 'split', type: text },
      { name: 'task', type: types.int(false) },
      { name: 'position', type: types.string() },
    ],
    rowCount: async () => rows.length,
    async *rows() {
      yield rows;
    },
  };
}

function schemaOf(spec: TableSpec): Schema {
  switch (spec.kind) {
    case 'list':
      return spec.row.types.map((type, index) => ({
        name: spec.names?.[index] ?? `column ${index}`,
        type: withoutTimeAttribute(type),
      }));
    case 'value':
    case 'sliced': {
      const keys = spec.key.types.map((type, index) => ({
        name: spec.names?.[index] ?? `key ${index}`,
        type: withoutTimeAttribute(type),
      }));
      const payload = payloadOf(spec).map(({ name, type }) => ({ name, type: withoutTimeAttribute(type) }));
      const slice = spec.kind === 'sliced' ? [{ name: 'slice_end', type: types.timestamp(3, false) }] : [];
      return distinctNames([...slice, ...keys, ...payload]);
    }
    case 'record':
      return spec.fields.map(name => ({ name, type: types.double() }));
    case 'timers':
      return [];
  }
}

function distinctNames(schema: Schema): Schema {
  const seen = new Map<string, number>();
  return schema.map(field => {
    const count = (seen.get(field.name) ?? 0) + 1;
    seen.set(field.name, count);
    return count === 1 ? field : { ...field, name: `${field.name} ${count}` };
  });
}

/** What a payload's bytes are; words that nobody names are numbers. */
function payloadOf({ payload }: Extract<TableSpec, { kind: 'value' | 'sliced' }>) {
  if (payload.columns !== undefined) return payload.columns;
  return Array.from({ length: payload.bytes / 8 }, (_, index) => ({
    name: `word ${8 * index}`,
    type: types.bigint(false),
    offsetBytes: 8 * index,
  }));
}

function* rowsOf({ table, memory, kernels }: FilledTable, schema: Schema): Generator<readonly (readonly Value[])[]> {
  if (table instanceof RecordTable) {
    yield [table.spec.fields.map(field => table.get(field) ?? null)];
  } else if (table instanceof ListTable) {
    yield* storeRows(table.store, table.spec.row, [], schema, undefined, memory, kernels);
  } else if (table instanceof ValueTable) {
    yield* storeRows(table.groups.store, table.spec.key, payloadOf(table.spec), schema, undefined, memory, kernels);
  } else if (table instanceof SlicedTable) {
    for (const end of table.ends())
      yield* storeRows(table.peek(end)!.store, table.spec.key, payloadOf(table.spec), schema.slice(1), end, memory, kernels);
  }
}

function* storeRows(
  store: RowStore,
  key: KeyLayout,
  payload: ReturnType<typeof payloadOf>,
  schema: Schema,
  sliceEndMs: number | undefined,
  memory: TaskMemory,
  kernels: Kernels,
): Generator<readonly (readonly Value[])[]> {
  const parts: KeyLayout = {
    types: payload.map(column => column.type),
    fields: payload.map(({ type, offsetBytes }) => ({ type, offsetBytes, form: 'integer' })),
    nullable: false,
    strideBytes: store.form.payloadBytes,
  };
  const cursor: RowCursor = store.cursor();
  for (;;) {
    const mark = memory.arena.mark();
    const rows = memory.arena.allocate(4 * limits.batchRows);
    const count = store.scan(cursor, limits.batchRows, rows);
    if (count === 0) {
      memory.arena.release(mark);
      return;
    }
    const columns: Column[] = [
      ...key.types.map((_, index) => unpackField(memory, kernels, key, index, count, rows)),
      ...payload.map((_, index) => unpackField(memory, kernels, parts, index, count, rows, store.form.keyBytes + 8)),
    ];
    const values = columns.map((column, index) => readColumn(memory, { ...column, type: schema[index]!.type }, count));
    const slice = sliceEndMs === undefined ? [] : [BigInt(Math.floor(sliceEndMs)) * 1000n];
    const read = Array.from({ length: count }, (_, row) => [...slice, ...values.map(column => column[row]!)]);
    memory.arena.release(mark);
    yield read;
  }
}
