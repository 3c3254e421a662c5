import type { Schema } from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { type Expression, referencedColumns } from '../../plan/expressions.ts';
import type { Scan } from '../../plan/nodes.ts';
import type { Connector, OptionSpec, ReadContext, ScanRequest, Source, Split, SplitPosition, SplitReader } from '../contract.ts';
import { csvDecoder, csvSettings } from '../csv/decoder.ts';
import { badRecordOptions, badRecordPolicy, deadLetters, requireDeadLetterColumns } from '../decoding/bad-records.ts';
import type { RecordDecoder } from '../decoding/record-decoder.ts';
import { jsonDecoder } from '../json/decoder.ts';
import { commonOptions, type Options } from '../options.ts';
import { rawDecoder } from '../raw/decoder.ts';
import { arrowSource } from './arrow-source.ts';
import { avroSource } from './avro-source.ts';
import { type FileTable, fileMetadata, fileTable, isFileFilter, storedSchema } from './file-table.ts';
import { inferOptions, inferSchema } from './infer.ts';
import { isParquetFilter, parquetSource } from './parquet-source.ts';
import { announcesPartitions } from './partition-commit.ts';
import { fileSink } from './sink.ts';
import { packingOf } from './text-input.ts';
import { TextReader } from './text-reader.ts';

const filesystemOptions: Readonly<Record<string, OptionSpec>> = {
  path: { type: 'string', required: true, doc: 'A file, a directory (all files below it), or a glob.' },
  format: {
    type: 'enum',
    values: ['csv', 'json', 'parquet', 'avro', 'arrow', 'raw'],
    required: true,
    doc: 'How the bytes are to be read or written.',
  },
  'source.monitor-interval': {
    type: 'duration',
    doc: 'Look for new files that often; the table then never ends. Without it, the files there are at the start are read.',
  },
  'source.path.regex-pattern': { type: 'string', doc: 'Read only files whose whole path matches.' },
  'source.report-statistics': { type: 'string', ignored: true, doc: 'Statistics for the planner.' },
  'partition.default-name': {
    type: 'string',
    default: '__DEFAULT_PARTITION__',
    doc: 'What stands in directory names for NULL and for an empty text.',
  },
  'partition.keys': {
    type: 'string',
    doc: 'Columns, with ; between them, whose values are in directory names (dt=2026-01-31), for a table whose columns come from the data; PARTITIONED BY says it of others. Ours.',
  },
  'partition.time-extractor.kind': {
    type: 'enum',
    values: ['default', 'custom'],
    default: 'default',
    doc: 'How the time of a partition is found; custom needs a Java class and is refused.',
  },
  'partition.time-extractor.class': { type: 'string', ignored: true, doc: 'A Java class.' },
  'partition.time-extractor.timestamp-pattern': {
    type: 'string',
    doc: 'The time of a partition from its columns, such as $dt $hour:00:00; without it, the first column is the time.',
  },
  'partition.time-extractor.timestamp-formatter': {
    type: 'string',
    doc: 'How that text reads, in the letters of DATE_FORMAT; without it yyyy-MM-dd HH:mm:ss or yyyy-MM-dd.',
  },
  'sink.rolling-policy.file-size': {
    type: 'memory',
    default: '128 MB',
    doc: 'A part file is finished when it is larger; of Parquet and Arrow the rows are counted before they are compressed.',
  },
  'sink.rolling-policy.rollover-interval': {
    type: 'duration',
    default: '30 min',
    doc: 'A part file is finished when it is so old. Besides, every checkpoint finishes all of them, in every format (in Flink, of CSV, JSON and raw they go on).',
  },
  'sink.rolling-policy.inactivity-interval': {
    type: 'duration',
    default: '30 min',
    doc: 'A part file is finished when nothing was written to it for so long.',
  },
  'sink.rolling-policy.check-interval': {
    type: 'duration',
    default: '1 min',
    doc: 'How often the two intervals are looked at, when rows come.',
  },
  'sink.partition-commit.trigger': {
    type: 'enum',
    values: ['process-time', 'partition-time'],
    default: 'process-time',
    doc: 'What tells that a partition is complete: the clock, or the watermark against the time of the partition.',
  },
  'sink.partition-commit.delay': {
    type: 'duration',
    default: '0 s',
    doc: 'How long after that it is announced; looked at with every checkpoint, and at the end of the input all are.',
  },
  'sink.partition-commit.watermark-time-zone': {
    type: 'string',
    default: 'UTC',
    doc: "The zone of the times of partitions; for a watermark on a TIMESTAMP_LTZ column the session's.",
  },
  'sink.partition-commit.policy.kind': {
    type: 'string',
    doc: 'How partitions are announced: success-file. Without it they are not. All rows then go through one writer.',
  },
  'sink.partition-commit.policy.class': { type: 'string', ignored: true, doc: 'A Java class.' },
  'sink.partition-commit.policy.class.parameters': { type: 'string', ignored: true, doc: 'For a Java class.' },
  'sink.partition-commit.success-file.name': {
    type: 'string',
    default: '_SUCCESS',
    doc: 'The empty file that is put into a complete partition.',
  },
  'sink.shuffle-by-partition.enable': { type: 'boolean', ignored: true, doc: 'Whether rows go to one writer per partition.' },
  'auto-compaction': {
    type: 'boolean',
    default: 'false',
    doc: 'Whether small part files are put together; true is refused: it is not there yet.',
  },
  'compaction.file-size': { type: 'memory', ignored: true, doc: 'How large files become that were put together.' },
  'compaction.parallelism': { type: 'int', ignored: true, doc: 'How many tasks put files together.' },
};

/** Files: CSV, JSON lines, Parquet, Arrow, raw lines. Source: Flink docs, "FileSystem SQL Connector". */
export const filesystem: Connector = {
  name: 'filesystem',
  options: { ...commonOptions, ...badRecordOptions, ...filesystemOptions },
  formats: ['csv', 'json', 'parquet', 'avro', 'arrow', 'raw'],
  boundedness: options => (options['source.monitor-interval'] === undefined ? 'bounded' : 'unbounded'),
  capabilities: {
    projection: true,
    limit: true,
    filter: (expression, scan) =>
      isFileFilter(expression, scan) ||
      (scan.source.options['format'] === 'parquet' && isParquetFilter(expression) && isAboutRows(expression, scan)),
  },
  metadata: fileMetadata,
  inferSchema,
  inferOptions,
  sinkMode: 'append',
  overwrite: true,
  oneWriter: announcesPartitions,
  sink: sink => fileSink(sink),
  source(request: ScanRequest): Source {
    const format = request.source.options['format'];
    if (format === undefined)
      throw new TidemillError('missing-option', "connector 'filesystem' needs the option 'format'", {
        hint: "add 'format' = '…' to WITH: csv, json, parquet, avro, arrow, raw",
      });
    const { deadLetters: letters } = request.source;
    if (letters !== undefined) requireDeadLetterColumns(letters.schema, letters.name);
    const table = fileTable(request);
    return table.complete(formatSource(format, table));
  },
};

function formatSource(format: string, table: FileTable): Source {
  if (format === 'parquet') return parquetSource(table);
  if (format === 'avro') return avroSource(table);
  return format === 'arrow' ? arrowSource(table) : textSource(table, format);
}

/** Whether a condition names no column that a file's name tells. */
function isAboutRows(expression: Expression, scan: Pick<Scan, 'source' | 'columns'>): boolean {
  const stored = storedSchema(scan.source);
  return [...referencedColumns([expression])].every(index => stored.includes(scan.source.schema[scan.columns[index]!]!));
}

function textSource({ request, files }: FileTable, format: string): Source {
  const { options } = request.source;
  return {
    async discover(parallelism) {
      const splits: Split[] = [];
      for (const file of await files()) {
        if (packingOf(file.path) !== undefined) {
          splits.push({ id: file.path, data: { path: file.path, start: 0, end: Number.MAX_SAFE_INTEGER } });
          continue;
        }
        const parts = cutsLines(format, options)
          ? Math.min(parallelism, Math.floor(file.sizeBytes / limits.fileSplitBytesMin))
          : 1;
        for (let part = 0; part < Math.max(parts, 1); part++) {
          const start = Math.floor((file.sizeBytes * part) / Math.max(parts, 1));
          const end = Math.floor((file.sizeBytes * (part + 1)) / Math.max(parts, 1));
          splits.push({ id: parts > 1 ? `${file.path}#${start}` : file.path, data: { path: file.path, start, end } });
        }
      }
      return splits;
    },
    open(split: Split, position: SplitPosition | undefined, context: ReadContext): SplitReader {
      const header = format === 'csv' && csvSettings(options).header;
      return new TextReader(
        { path: String(split.data['path']), start: Number(split.data['start']), end: Number(split.data['end']) },
        position,
        decoderFor(request, format, context),
        { headerLines: header ? 1 : 0, limit: request.limit, badRecords: deadLetters(request.source, context) },
        context,
      );
    },
  };
}

/** A quoted field of CSV may hold line ends, so that a line's beginning need not be a record's. */
function cutsLines(format: string, options: Options): boolean {
  return format === 'csv' ? csvSettings(options).quote === 0 : true;
}

function decoderFor(request: ScanRequest, format: string, context: ReadContext): RecordDecoder {
  const { schema, options } = request.source;
  const wanted: Schema = request.columns.map(index => schema[index]!);
  const policy = badRecordPolicy(options);
  const collectBad = policy === 'skip' || policy === 'table';
  switch (format) {
    case 'json':
      return jsonDecoder(wanted, options, context, collectBad);
    case 'csv': {
      const places = schema.map((_, index) => request.columns.indexOf(index));
      return csvDecoder(wanted, places, { ...csvSettings(options), collectBad }, context);
    }
    case 'raw':
      return rawDecoder(schema, options, wanted.length > 0, context);
    default:
      throw notSupported(`format '${format}' of connector 'filesystem'`);
  }
}
