import { internalError } from '../common/errors.ts';
import type { ShardImage, TableSpec } from '../state/contract.ts';
import { RecordTable } from '../state/index.ts';
import { keyGroupsOf } from '../state/key-groups.ts';
import type { OperatorDescription, ProgramDescription, StageDescription } from './program-description.ts';
import {
  finishedTask,
  type JobSnapshot,
  type SplitSnapshot,
  type StoredImage,
  type TableSnapshot,
  type TaskSnapshot,
} from './snapshot.ts';
import { convertible, matchTables, sameTable } from './table-match.ts';

/** What becomes of one operator's or source's state when a program goes on from a checkpoint. */
export interface RestoredPart {
  readonly outcome: 'kept' | 'dropped' | 'empty';
  readonly operatorId: string;
  readonly kind: string;
  readonly text?: string | undefined;
  readonly line?: number | undefined;
  /** Rows in the checkpoint, at most: a row that changed may be in it twice; of a source, splits that are not read to their end. */
  readonly rows: number;
  /** Why it is not all kept, or what is different. */
  readonly reason?: string | undefined;
}

/** How a checkpoint goes into a program: by operator for people, and by task for those that start it. */
export interface RestorePlan {
  readonly parts: readonly RestoredPart[];
  /** Whether the same operators and sources go on, at whatever parallelism. */
  readonly isSame: boolean;
  taskOf(stageId: string, subtask: number): TaskSnapshot<StoredImage> | undefined;
  /** Splits that were known of a source, read or not; undefined: it was not there. */
  knownOf(sourceId: string): readonly string[] | undefined;
}

interface OldTask {
  readonly stage: StageDescription;
  readonly subtask: number;
  readonly snapshot: TaskSnapshot<StoredImage>;
}

/**
 * Finds what of a checkpoint goes where: tables by operator id and name, rows by key group, splits by source, watermarks by operator. The
 * parallelism may be another one, and so may the program; nothing is decided here about what may be lost.
 */
export function planRestore(program: ProgramDescription, snapshot: JobSnapshot<StoredImage>): RestorePlan {
  return new Restore(program, snapshot);
}

class Restore implements RestorePlan {
  readonly parts: readonly RestoredPart[];
  readonly #program: ProgramDescription;
  readonly #snapshot: JobSnapshot<StoredImage>;
  readonly #old: readonly OldTask[];
  readonly #oldStages: ReadonlyMap<string, StageDescription>;
  /** By operator: the old one, and the stage it stood in. */
  readonly #oldOperators = new Map<string, { readonly operator: OperatorDescription; readonly stage: StageDescription }>();

  constructor(program: ProgramDescription, snapshot: JobSnapshot<StoredImage>) {
    this.#program = program;
    this.#snapshot = snapshot;
    this.#oldStages = new Map(snapshot.program.stages.map(stage => [stage.id, stage]));
    this.#old = snapshot.tasks.map(({ stageId, subtask, snapshot: task }) => {
      const stage = this.#oldStages.get(stageId);
      if (stage === undefined) throw internalError(`a checkpoint has a task of ${stageId}, which its program has not`);
      return { stage, subtask, snapshot: task };
    });
    for (const stage of snapshot.program.stages)
      for (const operator of stage.operators) this.#oldOperators.set(operator.id, { operator, stage });
    this.parts = this.#parts();
  }

  get isSame(): boolean {
    return this.parts.every(part => part.outcome === 'kept' && part.reason === undefined);
  }

  knownOf(sourceId: string): readonly string[] | undefined {
    const places = this.#placesOf(sourceId);
    if (places.length === 0) return undefined;
    const isPlace = (stageId: string, port: number): boolean =>
      places.some(place => place.stage.id === stageId && place.port === port);
    const known = this.#snapshot.known.filter(each => isPlace(each.stageId, each.port)).flatMap(each => each.splits);
    return [...new Set(known)];
  }

  taskOf(stageId: string, subtask: number): TaskSnapshot<StoredImage> | undefined {
    const stage = this.#program.stages.find(each => each.id === stageId)!;
    const matching = this.#matchingStage(stage);
    const same = matching?.parallelism === stage.parallelism ? matching : undefined;
    if (same !== undefined) {
      const own = this.#old.find(task => task.stage === same && task.subtask === subtask)?.snapshot;
      if (own?.finished === true) return finishedTask;
    } else if (matching !== undefined && this.#tasksOf(matching).every(task => task.snapshot.finished)) return finishedTask;
    const splits = this.#splitsOf(stage, subtask, same);
    return {
      finished: false,
      handles: this.#handlesFor(stage, subtask, same),
      tables: stage.operators.flatMap(operator => this.#tablesOf(stage, operator, subtask, splits)),
      watermarksMs: this.#watermarksOf(stage, subtask, same),
      splits: splits.map(({ split }) => split),
    };
  }

  #tasksOf(stage: StageDescription): OldTask[] {
    return this.#old.filter(task => task.stage === stage);
  }

  /** The old stage that did the same: the same operators with state or of its own kind, over the same sources. */
  #matchingStage(stage: StageDescription): StageDescription | undefined {
    const wanted = signatureOf(stage);
    const candidates = this.#snapshot.program.stages.filter(each => signatureOf(each) === wanted);
    return candidates.find(each => each.id === stage.id) ?? (candidates.length === 1 ? candidates[0] : undefined);
  }

  #placesOf(sourceId: string): { readonly stage: StageDescription; readonly port: number }[] {
    return this.#snapshot.program.stages.flatMap(stage =>
      stage.inputs.flatMap((input, port) => (input.kind !== 'exchange' && input.id === sourceId ? [{ stage, port }] : [])),
    );
  }

  /** What sinks had prepared: it is committed already, and says what they remember. */
  #handlesFor(stage: StageDescription, subtask: number, same: StageDescription | undefined): TaskSnapshot['handles'] {
    const sinks = new Set(stage.operators.filter(operator => operator.sink !== undefined).map(operator => operator.id));
    if (sinks.size === 0) return [];
    const own = same === undefined ? this.#old : this.#tasksOf(same).filter(task => task.subtask === subtask);
    const handles = own.flatMap(task => task.snapshot.handles).filter(each => sinks.has(each.operatorId));
    return same === undefined ? handles.filter((_, index) => index % stage.parallelism === subtask) : handles;
  }

  /** Splits that this task is to read on, with where they were read before. */
  #splitsOf(stage: StageDescription, subtask: number, same: StageDescription | undefined): MovedSplit[] {
    const moved: MovedSplit[] = [];
    for (const [port, input] of stage.inputs.entries()) {
      if (input.kind === 'exchange') continue;
      const found = this.#placesOf(input.id).flatMap(place =>
        this.#tasksOf(place.stage).flatMap(task =>
          task.snapshot.splits
            .filter(split => split.port === place.port)
            .map(split => ({ split: { ...split, port }, from: task, ordinal: split.open?.ordinal })),
        ),
      );
      // open ones first, so that each task has its share of them
      const ordered = [...found.filter(each => each.ordinal !== undefined), ...found.filter(each => each.ordinal === undefined)];
      const own =
        same !== undefined
          ? ordered.filter(each => each.from.stage === same && each.from.subtask === subtask)
          : ordered.filter((_, index) => index % stage.parallelism === subtask);
      moved.push(...own);
    }
    if (same !== undefined) return moved;
    let ordinal = 0;
    return moved.map(each => {
      const { open } = each.split;
      return open === undefined ? each : { ...each, split: { ...each.split, open: { ...open, ordinal: ordinal++ } } };
    });
  }

  #tablesOf(
    stage: StageDescription,
    operator: OperatorDescription,
    subtask: number,
    splits: readonly MovedSplit[],
  ): TableSnapshot<StoredImage>[] {
    const old = this.#oldOperators.get(operator.id);
    if (old === undefined) return [];
    const tasks = this.#tasksOf(old.stage);
    const matches = matchTables(operator.tables, old.operator.tables);
    return operator.tables.flatMap((spec): TableSnapshot<StoredImage>[] => {
      const written = matches.get(spec);
      if (written === undefined) return [];
      const images = tasks.flatMap(task => imagesOf(task, operator.id, written.name));
      if (images.length === 0) return [];
      if (spec.kind === 'record' && isBySplit(spec)) {
        return old.stage.parallelism === stage.parallelism && signatureOf(old.stage) === signatureOf(stage)
          ? [{ operatorId: operator.id, table: spec.name, images: imagesOf(tasks[subtask]!, operator.id, written.name) }]
          : [
              {
                operatorId: operator.id,
                table: spec.name,
                images: [recordBySplit(spec, operator.id, written.name, splits, tasks)],
              },
            ];
      }
      const form = sameTable(spec, written) ? {} : { written };
      return [{ operatorId: operator.id, table: spec.name, images: imagesFor(spec, images, stage, subtask), ...form }];
    });
  }

  /**
   * The least of what the old tasks had seen and sent: behind an exchange all had seen the same, and a source's rows are measured by their own split.
   * An operator that was not there has seen what the one before it has sent.
   */
  #watermarksOf(stage: StageDescription, subtask: number, same: StageDescription | undefined): TaskSnapshot['watermarksMs'] {
    const found = stage.operators.map(operator => {
      const old = this.#oldOperators.get(operator.id);
      if (old === undefined) return undefined;
      const place = old.stage.operators.indexOf(old.operator);
      const tasks = this.#tasksOf(old.stage).filter(task => !task.snapshot.finished);
      const own = same === old.stage ? tasks.filter(task => task.subtask === subtask) : tasks;
      const watermarks = own.flatMap(task => task.snapshot.watermarksMs[place] ?? []);
      if (watermarks.length === 0) return undefined;
      return {
        seen: Math.min(...watermarks.map(each => each.seen)),
        sent: Math.min(...watermarks.map(each => each.sent)),
      };
    });
    const first = found.find(each => each !== undefined)?.seen ?? Number.NEGATIVE_INFINITY;
    let before = first;
    return found.map(each => {
      const watermarks = each ?? { seen: before, sent: before };
      before = watermarks.sent;
      return watermarks;
    });
  }

  #parts(): RestoredPart[] {
    const parts: RestoredPart[] = [];
    const sources = new Map(
      this.#program.stages
        .flatMap(stage => stage.inputs)
        .flatMap(input => (input.kind === 'exchange' ? [] : [[input.id, input]])),
    );
    const oldSources = new Map(
      this.#snapshot.program.stages
        .flatMap(stage => stage.inputs)
        .flatMap(input => (input.kind === 'exchange' ? [] : [[input.id, input]])),
    );
    for (const [id, input] of sources) {
      const text = `read ${input.name ?? input.kind}`;
      const rows = this.#openSplits(id);
      parts.push({ outcome: oldSources.has(id) ? 'kept' : 'empty', operatorId: id, kind: input.kind, text, rows });
    }
    for (const [id, input] of oldSources)
      if (!sources.has(id))
        parts.push({
          outcome: 'dropped',
          operatorId: id,
          kind: input.kind,
          text: `read ${input.name ?? input.kind}`,
          rows: this.#openSplits(id),
        });
    const operators = this.#program.stages.flatMap(stage => stage.operators);
    for (const operator of operators)
      if (operator.tables.length > 0 || operator.sink !== undefined) parts.push(...this.#operatorParts(operator));
    const there = new Set(operators.map(operator => operator.id));
    for (const { operator } of this.#oldOperators.values()) {
      if (there.has(operator.id)) continue;
      const rows = this.#rowsOf(operator.id);
      const handles = this.#handlesOf(operator.id);
      if (handles > 0)
        parts.push({
          ...partOf(operator),
          outcome: 'dropped',
          rows: handles,
          reason: 'parts written for it may not be committed',
        });
      else if (rows > 0 && !isEmptyRecord(operator)) parts.push({ ...partOf(operator), outcome: 'dropped', rows });
    }
    return parts;
  }

  #operatorParts(operator: OperatorDescription): RestoredPart[] {
    const old = this.#oldOperators.get(operator.id)?.operator;
    const rows = this.#rowsOf(operator.id);
    if (old === undefined) return operator.passing ? [] : [{ ...partOf(operator), outcome: 'empty', rows: 0 }];
    if (operator.sink !== undefined) return [{ ...partOf(operator), outcome: 'kept', rows: this.#handlesOf(operator.id) }];
    if (operator.passing) return [];
    const matches = matchTables(operator.tables, old.tables);
    const changes = operator.tables.flatMap(spec => {
      const written = matches.get(spec);
      if (written === undefined) return spec.kind === 'record' ? [] : [`${spec.name} is new`];
      return sameTable(spec, written) ? [] : (convertible(written, spec)?.changes ?? []);
    });
    const lost = old.tables.filter(written => written.kind !== 'record' && ![...matches.values()].includes(written));
    const lostRows = lost.reduce((sum, written) => sum + this.#rowsOf(operator.id, written.name), 0);
    const parts: RestoredPart[] = [];
    if (lostRows > 0)
      parts.push({
        ...partOf(old),
        outcome: 'dropped',
        rows: lostRows,
        reason: `its state has another form now (${lost.map(each => each.name).join(', ')})`,
      });
    if (lost.length > 0 && lost.length === old.tables.filter(each => each.kind !== 'record').length)
      parts.push({ ...partOf(operator), outcome: 'empty', rows: 0, reason: 'its state has another form now' });
    else
      parts.push({
        ...partOf(operator),
        outcome: 'kept',
        rows: rows - lostRows,
        ...(changes.length > 0 && { reason: changes.join(', ') }),
      });
    const dropped = operator.tables.flatMap(spec => {
      const written = matches.get(spec);
      return written === undefined || sameTable(spec, written) ? [] : (convertible(written, spec)?.dropped ?? []);
    });
    if (dropped.length > 0) parts.push({ ...partOf(old), outcome: 'dropped', rows, reason: dropped.join(', ') });
    return parts;
  }

  #rowsOf(operatorId: string, table?: string): number {
    let rows = 0;
    for (const task of this.#old)
      for (const each of task.snapshot.tables)
        if (each.operatorId === operatorId && (table === undefined || each.table === table))
          for (const image of each.images) rows += this.#isRecord(operatorId, each.table) ? 0 : image.rows;
    return rows;
  }

  #isRecord(operatorId: string, table: string): boolean {
    return this.#oldOperators.get(operatorId)?.operator.tables.find(each => each.name === table)?.kind === 'record';
  }

  #handlesOf(operatorId: string): number {
    return this.#old.reduce((sum, task) => sum + task.snapshot.handles.filter(each => each.operatorId === operatorId).length, 0);
  }

  #openSplits(sourceId: string): number {
    return this.#placesOf(sourceId).reduce(
      (sum, { stage, port }) =>
        sum +
        this.#tasksOf(stage).reduce((inner, task) => inner + task.snapshot.splits.filter(each => each.port === port).length, 0),
      0,
    );
  }
}

interface MovedSplit {
  readonly split: SplitSnapshot;
  readonly from: OldTask;
  /** What it was in the old task, when it had been opened. */
  readonly ordinal: number | undefined;
}

const partOf = ({ id, kind, text, line }: OperatorDescription): Pick<RestoredPart, 'operatorId' | 'kind' | 'text' | 'line'> => ({
  operatorId: id,
  kind,
  ...(text !== undefined && { text }),
  ...(line !== undefined && { line }),
});

const isEmptyRecord = (operator: OperatorDescription): boolean => operator.tables.every(table => table.kind === 'record');

/** What a stage is known by: sources and operators that are known by id. */
function signatureOf(stage: StageDescription): string {
  const inputs = stage.inputs.map(input => (input.kind === 'exchange' ? 'exchange' : input.id));
  const operators = stage.operators.filter(
    operator => operator.tables.length > 0 || operator.sink !== undefined || operator.kind === 'collect',
  );
  return JSON.stringify([inputs, operators.map(operator => [operator.id, operator.kind])]);
}

const imagesOf = (task: OldTask, operatorId: string, table: string): StoredImage[] =>
  task.snapshot.tables
    .filter(each => each.operatorId === operatorId && each.table === table)
    .flatMap(each => each.images.map(image => ({ ...image, origin: task.subtask })));

/** Those that may hold rows of the task; where rows have no owner, each image for one task only. */
function imagesFor(spec: TableSpec, images: readonly StoredImage[], stage: StageDescription, subtask: number): StoredImage[] {
  if (stage.parallelism === 1) return [...images];
  if (spec.kind === 'record' || spec.kind === 'timers') return [...images];
  const owner = spec.owner?.kind ?? 'key-group';
  if (owner === 'all') return [...images];
  if (owner === 'any') return images.filter(image => image.origin % stage.parallelism === subtask);
  const own = keyGroupsOf(subtask, stage.parallelism);
  return images.filter(({ keyGroups }) => keyGroups.first < own.end && own.first < keyGroups.end);
}

/** Records are small: whoever opens a checkpoint reads them. */
function inMemory(image: StoredImage): ShardImage {
  const { bytes } = image;
  if (bytes instanceof Uint8Array) return { ...image, bytes };
  throw internalError('a record was not read from its checkpoint');
}

/** A record with numbers of each split of its task: `watermark0`, `state0`, `watermark1` … */
const isBySplit = (spec: Extract<TableSpec, { kind: 'record' }>): boolean => spec.name === 'splits';

/** Numbers of splits go where the splits go; rows of an exchange are split 0 everywhere, with the least watermark. */
function recordBySplit(
  spec: Extract<TableSpec, { kind: 'record' }>,
  operatorId: string,
  table: string,
  splits: readonly MovedSplit[],
  tasks: readonly OldTask[],
): ShardImage {
  const records = new Map<OldTask, RecordTable>();
  for (const task of tasks) {
    const record = new RecordTable(spec);
    record.restore(imagesOf(task, operatorId, table).map(inMemory));
    records.set(task, record);
  }
  const moved = new RecordTable(spec);
  const copy = (from: RecordTable, old: number, ordinal: number): void => {
    for (const field of ['watermark', 'state']) {
      const value = from.get(`${field}${old}`);
      if (value !== undefined) moved.set(`${field}${ordinal}`, value);
    }
  };
  const opened = splits.filter(each => each.ordinal !== undefined);
  for (const each of opened) {
    const from = [...records].find(([task]) => task.subtask === each.from.subtask && task.stage === each.from.stage)?.[1];
    if (from !== undefined) copy(from, each.ordinal!, each.split.open!.ordinal);
  }
  const readsSplits = tasks.some(task => task.stage.inputs.some(input => input.kind !== 'exchange'));
  if (!readsSplits) {
    const active = [...records.values()].filter(record => record.get('watermark0') !== undefined);
    active.sort((a, b) => a.get('watermark0')! - b.get('watermark0')!);
    if (active[0] !== undefined) copy(active[0], 0, 0);
  }
  return moved.snapshot()[0]!;
}
