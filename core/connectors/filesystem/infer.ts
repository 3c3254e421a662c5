import { open } from 'node:fs/promises';
import { type Schema, types } from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { inferCsv } from '../csv/infer.ts';
import { inferJson } from '../json/infer.ts';
import type { Options } from '../options.ts';
import { arrowFileSchema } from './arrow-source.ts';
import { avroFileSchema } from './avro-source.ts';
import { tableFiles } from './files.ts';
import { parquetFileSchema } from './parquet-source.ts';
import { unpackedStart } from './text-input.ts';

interface Inferred {
  readonly schema: Schema;
  readonly options: Options;
}

/** Columns of a table declared without any, from the first records of its first file that has some. */
export async function inferSchema(options: Options, baseDirectory: string | undefined): Promise<Schema> {
  return (await infer(options, baseDirectory)).schema;
}
/** What the data says about options that are not set: `csv.header`, `json.timestamp-format.standard`. */
export async function inferOptions(options: Options, baseDirectory: string | undefined): Promise<Options> {
  return (await infer(options, baseDirectory)).options;
}

async function infer(options: Options, baseDirectory: string | undefined): Promise<Inferred> {
  const files = await tableFiles(options, baseDirectory);
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
