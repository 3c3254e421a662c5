import { batchOf } from '../../columnar/batch.ts';
import type { Field, Schema } from '../../columnar/types.ts';
import { isBinary, isCharacter, typeToString } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { columnOf } from '../../columnar/write-values.ts';
import { internalError, TidemillError } from '../../common/errors.ts';
import type { TableSink, TableSource } from '../../plan/nodes.ts';
import type { OptionSpec, ReadContext, SinkWriter } from '../contract.ts';
import { type Options, optionOf, wrongOption } from '../options.ts';

/** Options of every table whose records may be bad. */
export const badRecordOptions: Readonly<Record<string, OptionSpec>> = {
  'bad-records': {
    type: 'string',
    doc: "What to do with a record that cannot be read: 'fail' the job (the default); 'skip' it and count it; or 'table:<name>', put it into that table, whose columns may be source STRING, position BIGINT, column STRING, error STRING and record BYTES or STRING. Ours; Flink's ignore-parse-errors makes single values NULL instead.",
  },
};

/** A record that was left out. */
export interface LostRecord {
  /** The file, or the topic and partition. */
  readonly source: string;
  /** Its byte in the file, or its offset. */
  readonly position: number;
  /** The column that is wrong, if one is. */
  readonly column: string;
  readonly error: string;
  readonly record: Uint8Array;
}

/** `flink`: as the format's own options say. */
export type BadRecordPolicy = 'flink' | 'fail' | 'skip' | 'table';

/** @throws TidemillError `wrong-option` for other words, and together with Flink's ignore-parse-errors. */
export function badRecordPolicy(options: Options): BadRecordPolicy {
  const given = options['bad-records'];
  if (given === undefined) return 'flink';
  const policy = given.startsWith('table:') ? 'table' : given;
  if (policy !== 'fail' && policy !== 'skip' && policy !== 'table')
    throw wrongOption('bad-records', given, "'fail', 'skip' or 'table:<name>'");
  const ignoring = Object.keys(options).find(key => key.endsWith('.ignore-parse-errors') && optionOf.boolean(options, key));
  if (ignoring !== undefined)
    throw new TidemillError('wrong-option', `'bad-records' = '${given}' and '${ignoring}' = 'true' contradict each other`, {
      hint: `Leave one of them out: '${ignoring}' is Flink's, makes values NULL and leaves records out without a trace.`,
    });
  return policy;
}

/** Where a reader puts records it leaves out. */
export interface BadRecords {
  /** False: they are held, and nothing more is to be read until `pending` is over. */
  add(records: readonly LostRecord[]): boolean;
  pending(): boolean;
  /** Called at the end until it is true: all records are in the table. */
  finished(): boolean;
  close(): void;
}

/** The dead-letter table of a source, opened with its first bad record. */
export function deadLetters(source: TableSource, context: ReadContext): BadRecords | undefined {
  const sink = source.deadLetters;
  if (sink === undefined) return undefined;
  if (context.openSink === undefined) throw internalError('a source has a dead-letter table and nobody opens it');
  return new DeadLetters(sink, context, context.openSink);
}

class DeadLetters implements BadRecords {
  readonly #sink: TableSink;
  readonly #context: ReadContext;
  readonly #open: (sink: TableSink) => SinkWriter;
  #writer: SinkWriter | undefined;
  #held: LostRecord[] = [];
  #settled: 'no' | 'under way' | 'done' = 'no';
  #failure: { readonly error: unknown } | undefined;

  constructor(sink: TableSink, context: ReadContext, open: (sink: TableSink) => SinkWriter) {
    this.#sink = sink;
    this.#context = context;
    this.#open = open;
  }

  add(records: readonly LostRecord[]): boolean {
    this.#held.push(...records);
    return !this.pending();
  }

  pending(): boolean {
    if (this.#held.length === 0) return false;
    const { memory } = this.#context;
    this.#writer ??= this.#open(this.#sink);
    const columns = this.#sink.schema.map(field =>
      columnOf(
        memory,
        field.type,
        this.#held.map(record => valueOfRecord(field, record)),
      ),
    );
    if (!this.#writer.tryWrite(batchOf(this.#held.length, columns))) return true;
    this.#held = [];
    return false;
  }

  finished(): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#writer === undefined || this.#settled === 'done') return true;
    if (this.#settled === 'no') {
      this.#settled = 'under way';
      this.#settle(this.#writer)
        .catch((error: unknown) => {
          this.#failure = { error };
        })
        .finally(() => {
          this.#settled = 'done';
          this.#context.wake();
        });
    }
    return false;
  }

  /** Nobody waits any more (a LIMIT is reached, or the job ends): what was written is still put into place. */
  close(): void {
    if (this.#writer === undefined || this.#settled !== 'no') return;
    this.#settled = 'under way';
    this.#settle(this.#writer).catch(() => undefined);
  }

  async #settle(writer: SinkWriter): Promise<void> {
    const handle = await writer.prepare(Number.MAX_SAFE_INTEGER);
    if (handle !== undefined) await writer.commit(handle);
    await writer.close();
  }
}

function valueOfRecord(field: Field, record: LostRecord): Value {
  switch (field.name) {
    case 'source':
      return record.source;
    case 'position':
      return BigInt(record.position);
    case 'column':
      return record.column === '' ? null : record.column;
    case 'error':
      return record.error;
    case 'record':
      return isCharacter(field.type) ? Buffer.from(record.record).toString() : record.record;
    default:
      return null;
  }
}

/** @throws TidemillError `wrong-schema` for a dead-letter table that has no column for what there is to say, or one of another type. */
export function requireDeadLetterColumns(schema: Schema, table: string): void {
  const fits: Readonly<Record<string, (field: Field) => boolean>> = {
    source: field => isCharacter(field.type),
    position: field => field.type.kind === 'BIGINT',
    column: field => isCharacter(field.type),
    error: field => isCharacter(field.type),
    record: field => isCharacter(field.type) || isBinary(field.type),
  };
  const wrong = schema.find(field => (fits[field.name] === undefined ? !field.type.nullable : !fits[field.name]!(field)));
  if (wrong === undefined && schema.some(field => fits[field.name] !== undefined)) return;
  throw new TidemillError(
    'wrong-schema',
    wrong === undefined
      ? `${table} has no column for bad records`
      : `column '${wrong.name}' of ${table} cannot be ${typeToString(wrong.type)} in a table of bad records`,
    {
      hint: 'Columns are source STRING, position BIGINT, column STRING, error STRING, record BYTES or STRING; others have to be nullable.',
    },
  );
}
