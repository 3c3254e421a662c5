import { basename } from 'node:path';
import { batchOf, type Column } from '../../columnar/batch.ts';
import { type Field, type Schema, type SqlType, storageBytes, storageOf, types } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { columnOf } from '../../columnar/write-values.ts';
import { castValue } from '../../functions/cast-value.ts';
import { evaluateExpression } from '../../functions/index.ts';
import { call, column, type Expression, referencedColumns, substituteColumns } from '../../plan/expressions.ts';
import type { Scan, TableSource } from '../../plan/nodes.ts';
import type { StoredFile } from '../../storage/contract.ts';
import type { TaskMemory } from '../../wasm/memory.ts';
import type { ReadResult, ScanRequest, Source, Split, SplitReader } from '../contract.ts';
import { tableFiles, tablePath } from './files.ts';
import { partitionColumns, partitionValues } from './partitions.ts';

/** What a file tells about itself. Source: Flink docs, "FileSystem SQL Connector / Available Metadata". */
export const fileMetadata: Readonly<Record<string, SqlType>> = {
  'file.path': types.string(false),
  'file.name': types.string(false),
  'file.size': types.bigint(false),
  'file.modification-time': types.timestampLtz(3, false),
};

/** A file as a split's data tells it: plain data. */
interface FileFacts {
  readonly path: string;
  readonly sizeBytes: number;
  readonly changedMs: number;
}

/** A table seen as its files (their columns and the files to read) and as what all rows of one file have in common. */
export interface FileTable {
  /** The request for what lies in the files. */
  readonly request: ScanRequest;
  /** The files to read now: those whose partition and metadata the condition lets through. */
  readonly files: () => Promise<readonly StoredFile[]>;
  /** Puts the columns that are the same in all rows of a file beside those that its reader gives. */
  readonly complete: (source: Source) => Source;
}

/** Columns of a table that all rows of a file share: partition columns and metadata. */
function constantNames(source: TableSource): Set<string> {
  return new Set([...partitionColumns(source), ...Object.keys(source.metadata ?? {})]);
}

/** The columns that lie in the files of a table. */
export function storedSchema(source: TableSource): Schema {
  const constant = constantNames(source);
  return source.schema.filter(field => !constant.has(field.name));
}

/** Whether a condition is about nothing but a file's place and metadata, and cannot fail: then whole files are left out. */
export function isFileFilter(expression: Expression, scan: Pick<Scan, 'source' | 'columns'>): boolean {
  const constant = constantNames(scan.source);
  return (
    isComparison(expression) &&
    [...referencedColumns([expression])].every(index => constant.has(scan.source.schema[scan.columns[index]!]!.name))
  );
}

const comparisons = new Set([
  'and',
  'or',
  'not',
  'equals',
  'not-equals',
  'less-than',
  'less-or-equal',
  'greater-than',
  'greater-or-equal',
  'between',
  'not-between',
  'in',
  'is-null',
  'is-not-null',
  'like',
]);
/** Comparisons of columns with constants, which no row can make fail. */
export function isComparison(expression: Expression): boolean {
  if (expression.kind === 'column' || expression.kind === 'literal') return true;
  return expression.kind === 'call' && comparisons.has(expression.name) && expression.arguments.every(isComparison);
}

export function fileTable(request: ScanRequest): FileTable {
  const { source } = request;
  const { options, baseDirectory } = source;
  const partitions = partitionColumns(source).map(name => source.schema.find(field => field.name === name)!);
  const constant = constantNames(source);
  const stored = source.schema.filter(field => !constant.has(field.name));
  const wanted = request.columns.map(index => source.schema[index]!);
  // positions, among the request's columns, of what lies in the files
  const inFile = wanted.flatMap((field, position) => (constant.has(field.name) ? [] : [position]));
  const conditions = request.filter === undefined ? [] : conjuncts(request.filter);
  const aboutFiles = conditions.filter(condition => isFileFilter(condition, { source, columns: request.columns }));
  const rest = conditions.filter(condition => !aboutFiles.includes(condition));
  const inner: ScanRequest = {
    ...request,
    source: { ...source, schema: stored },
    columns: inFile.map(position => stored.indexOf(wanted[position]!)),
    filter:
      rest.length === 0
        ? undefined
        : substituteColumns(
            rest.reduce((left, right) => call('and', [left, right], types.boolean())),
            reference => column(inFile.indexOf(reference.index), wanted[reference.index]!),
          ),
    usedFields: request.usedFields && inFile.map(position => request.usedFields![position]),
  };
  const root = tablePath(options, baseDirectory);
  const valuesOf = (file: FileFacts): Value[] | undefined => {
    const inPath = partitionValues(root, file.path, partitions, options);
    return inPath && wanted.map(field => sharedValue(field, file, inPath, partitions, source));
  };
  const unbounded = options['source.monitor-interval'] !== undefined;
  const files = async (): Promise<readonly StoredFile[]> => {
    const found = await tableFiles(options, baseDirectory, unbounded);
    if (constant.size === 0) return found;
    return found.filter(file => {
      const values = valuesOf(file);
      if (values === undefined) return false;
      return aboutFiles.every(condition => evaluateExpression(condition, values, { localTimeZone: 'UTC' }) === true);
    });
  };
  const complete = (given: Source): Source => {
    if (inFile.length === wanted.length) return given;
    return {
      async discover(parallelism) {
        const splits = await given.discover(parallelism);
        const facts = new Map((await tableFiles(options, baseDirectory, true)).map(file => [file.path, file]));
        return splits.map((split): Split => {
          const file = facts.get(String(split.data['path']));
          return { ...split, data: { ...split.data, fileBytes: file?.sizeBytes ?? 0, fileChangedMs: file?.changedMs ?? 0 } };
        });
      },
      open(split, position, context) {
        const facts = {
          path: String(split.data['path']),
          sizeBytes: Number(split.data['fileBytes']),
          changedMs: Number(split.data['fileChangedMs']),
        };
        return new CompletedReader(given.open(split, position, context), context.memory, wanted, inFile, valuesOf(facts)!);
      },
    };
  };
  return { request: inner, files, complete };
}

const conjuncts = (condition: Expression): Expression[] =>
  condition.kind === 'call' && condition.name === 'and' ? condition.arguments.flatMap(conjuncts) : [condition];

function sharedValue(
  field: Field,
  file: FileFacts,
  inPath: readonly Value[],
  partitions: readonly Field[],
  source: TableSource,
): Value {
  const partition = partitions.findIndex(candidate => candidate.name === field.name);
  if (partition >= 0) return inPath[partition]!;
  const key = source.metadata?.[field.name];
  if (key === undefined) return null;
  return castValue(metadataValue(key, file), fileMetadata[key]!, field.type, { localTimeZone: 'UTC' });
}

function metadataValue(key: string, file: FileFacts): Value {
  switch (key) {
    case 'file.path':
      return file.path;
    case 'file.name':
      return basename(file.path);
    case 'file.size':
      return BigInt(file.sizeBytes);
    default:
      return BigInt(Math.floor(file.changedMs)) * 1000n;
  }
}

/** Rows of a file with the columns that are the same for all of them. */
class CompletedReader implements SplitReader {
  readonly #reader: SplitReader;
  readonly #memory: TaskMemory;
  readonly #columns: Schema;
  readonly #inFile: readonly number[];
  readonly #values: readonly Value[];

  constructor(reader: SplitReader, memory: TaskMemory, columns: Schema, inFile: readonly number[], values: readonly Value[]) {
    this.#reader = reader;
    this.#memory = memory;
    this.#columns = columns;
    this.#inFile = inFile;
    this.#values = values;
  }

  tryRead(rowsMax: number): ReadResult {
    const result = this.#reader.tryRead(rowsMax);
    if (result.kind !== 'batch') return result;
    const { batch } = result;
    const columns = this.#columns.map((field, position): Column => {
      const place = this.#inFile.indexOf(position);
      return place >= 0 ? batch.columns[place]! : constantColumn(this.#memory, field.type, this.#values[position]!, batch.length);
    });
    return { kind: 'batch', batch: batchOf(batch.length, columns, batch.weights, batch.watermarkBefore) };
  }

  position() {
    return this.#reader.position();
  }
  badRecords(): number {
    return this.#reader.badRecords?.() ?? 0;
  }
  close(): void {
    this.#reader.close();
  }
}

/** A value of a flat type in every row; in the arena. */
function constantColumn(memory: TaskMemory, type: SqlType, value: Value, length: number): Column {
  const one = columnOf(memory, type, [value]);
  const storage = storageOf(type);
  if (storage === 'struct' || storage === 'list') return columnOf(memory, type, new Array<Value>(length).fill(value));
  const bytes = storageBytes(storage);
  const data = memory.arena.allocateZeroed(Math.max(length, 1) * bytes);
  const { u8 } = memory;
  u8.copyWithin(data, one.data, one.data + bytes);
  for (let done = bytes; done < length * bytes; done *= 2)
    u8.copyWithin(data + done, data, data + Math.min(done, length * bytes - done));
  const validity = value === null ? memory.arena.allocateZeroed(((length + 63) >> 6) << 3) : 0;
  return { type, validity, data };
}
