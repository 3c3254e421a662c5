import { open } from 'node:fs/promises';
import { type Field, type Schema, types } from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { StoredFile } from '../../storage/contract.ts';
import { inferCsv, typeOfText } from '../csv/infer.ts';
import { inferJson } from '../json/infer.ts';
import type { Options } from '../options.ts';
import { arrowFileSchema } from './arrow-source.ts';
import { avroFileSchema } from './avro-source.ts';
import { tableFiles, tablePath } from './files.ts';
import { parquetFileSchema } from './parquet-source.ts';
import { defaultPartition, inferredPartitions } from './partitions.ts';
import { unpackedStart } from './text-input.ts';

interface Inferred {
  readonly schema: Schema;
  readonly options: Options;
}

/** Columns of a table declared without any, from the first records of its first file that has some. */
export async function inferSchema(options: Options, baseDirectory: string | undefined): Promise<Schema> {
  return (await infer(options, baseDirectory)).schema;
}
/** What the data says about options that are not set: `csv.header`, `json.timestamp-format.standard`, `partition.keys`. */
export async function inferOptions(options: Options, baseDirectory: string | undefined): Promise<Options> {
  return (await infer(options, baseDirectory)).options;
}

async function infer(options: Options, baseDirectory: string | undefined): Promise<Inferred> {
  const files = await tableFiles(options, baseDirectory);
  const found = await inferFile(files, options);
  const { columns, texts } = inferredPartitions(
    tablePath(options, baseDirectory),
    files.map(file => file.path),
  );
  const added = columns.filter(name => !found.schema.some(field => field.name === name));
  if (added.length === 0 || options['partition.keys'] !== undefined) return found;
  const partitions = added.map((name): Field => {
    const index = columns.indexOf(name);
    const values = texts.map(text => text[index]!).filter(text => text !== defaultPartition(options));
    const kinds = new Set(values.map(text => typeOfText(text)?.kind));
    const only = kinds.size === 1 ? [...kinds][0] : undefined;
    return { name, type: only === 'BIGINT' ? types.bigint() : only === 'DATE' ? types.date() : types.string() };
  });
  return { schema: [...found.schema, ...partitions], options: { ...found.options, 'partition.keys': added.join(';') } };
}

async function inferFile(files: readonly StoredFile[], options: Options): Promise<Inferred> {
  const file = files.find(candidate => candidate.sizeBytes > 0) ?? files[0];
  if (file === undefined)
    throw new TidemillError('no-columns', `there is no file in ${options['path']} to take the columns from`, {
      hint: 'Declare the columns with CREATE TABLE.',
    });
  switch (options['format']) {
    case 'csv':
      return inferCsv(await sample(file.path), options, file.path);
    case 'json':
      return inferJson(await sample(file.path), options, file.path);
    case 'parquet':
      return { schema: await parquetFileSchema(file.path), options: {} };
    case 'avro':
      return { schema: avroFileSchema(file.path, options), options: {} };
    case 'raw':
      return { schema: [{ name: 'line', type: types.string() }], options: {} };
    case 'arrow':
      return { schema: await arrowFileSchema(file.path), options: {} };
    default:
      throw notSupported(`taking the columns of a table from format '${options['format'] ?? ''}'`);
  }
}

/** The first whole lines of a file. */
async function sample(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(limits.inferenceBytesMax);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    const text = unpackedStart(path, bytes.subarray(0, bytesRead));
    return text
      .subarray(0, bytesRead < bytes.length ? text.length : text.lastIndexOf(10) + 1)
      .toString()
      .replace(/^\ufeff/, '');
  } finally {
    await file.close();
  }
}
