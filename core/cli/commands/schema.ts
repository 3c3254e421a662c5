import { basename } from 'node:path';
import { typeToString, withoutTimeAttribute } from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { kafkaPlace } from '../../connectors/kafka/place.ts';
import type { TableSource } from '../../plan/nodes.ts';
import { nodesOf } from '../../plan/properties.ts';
import { createTableText, quoteText } from '../../session/create-table-text.ts';
import { Session } from '../../session/session.ts';
import { standardOutput } from '../io.ts';

export interface SchemaOptions {
  /** Connection options of a Kafka topic: `properties.security.protocol=SSL`. */
  readonly with?: readonly string[];
  readonly as: 'sql' | 'ts' | 'python';
  readonly format?: string;
  readonly name?: string;
}

/** `tidemill schema`: looks at a file, folder, glob or topic and prints the declaration of it, to be pasted. */
export async function schema(source: string, options: SchemaOptions): Promise<void> {
  if (/^(jdbc|https?|s3|hdfs):/.test(source))
    throw notSupported(
      `schema of ${source.replace(/:.*/, '')} sources`,
      undefined,
      'Files, folders, globs and kafka://host/topic are there.',
    );
  const table = source.startsWith('kafka:') ? await inferredTopic(source, options) : await inferred(source, options.format);
  const name = options.name ?? tableName(source);
  await standardOutput.write(`${texts[options.as](name, table)}\n`);
}

/** `kafka://host:port/topic`: from up to 1000 records at the end of its partitions. */
async function inferredTopic(source: string, { format, with: given = [] }: SchemaOptions): Promise<TableSource> {
  const { servers, topic } = kafkaPlace(source);
  const options: Record<string, string> = {
    connector: 'kafka',
    topic,
    'properties.bootstrap.servers': servers,
    format: format ?? 'json',
    'scan.startup.mode': 'earliest-offset',
  };
  const shown = { ...options };
  for (const pair of given) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (key === undefined) throw new TidemillError('usage', `--with wants name=value, not '${pair}'`);
    shown[key] = value!;
    options[key] = value!.replace(/\$\{env:([^}]+)\}/g, (_, name: string) => process.env[name] ?? '');
  }
  const { inferTopic } = await import('../../connectors/kafka/infer.ts');
  const found = await inferTopic(options);
  const written = { ...shown, ...(shown['json.timestamp-format.standard'] === undefined && isoTimes(found.options)) };
  return { name: topic, connector: 'kafka', options: written, schema: found.schema, bounded: false };
}

/** What differs from the default is said. */
const isoTimes = (options: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  options['json.timestamp-format.standard'] === 'ISO-8601' ? { 'json.timestamp-format.standard': 'ISO-8601' } : {};

async function inferred(source: string, givenFormat: string | undefined): Promise<TableSource> {
  const session = new Session();
  try {
    const hint = givenFormat === undefined ? '' : ` /*+ OPTIONS('format' = ${quoteText(givenFormat)}) */`;
    const bound = await session.bind(`SELECT * FROM ${quoteText(source)}${hint}`, process.cwd());
    if (bound.kind === 'query')
      for (const node of nodesOf(bound.plan))
        if (node.kind === 'scan') {
          const { connector, path, format, ...rest } = node.source.options;
          return { ...node.source, options: { connector: connector!, path: path!, format: format!, ...rest } };
        }
    throw new TidemillError('no-columns', `there is nothing to see in ${source}`);
  } catch (error) {
    // the place is in a text that nobody wrote
    if (!(error instanceof TidemillError)) throw error;
    const hint =
      error.code === 'unknown-format' || /ending names no format/.test(error.message) ? 'Say it with --format csv.' : error.hint;
    throw new TidemillError(error.code, error.message, { domain: error.domain, hint, cause: error.cause });
  } finally {
    await session.close();
  }
}

/** The last part of a path that has no wildcard, as a name: `data/2026 sales-*.csv` → `sales`. */
function tableName(source: string): string {
  const part =
    source
      .split('/')
      .filter(each => each !== '' && !/^[*?.]+$/.test(each))
      .at(-1) ?? 'data';
  const word = basename(part)
    .replace(/\.[a-z0-9.]+$/i, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^[_\d]+|_+$/gu, '');
  return word === '' ? 'data' : word;
}

const columnsOf = (table: TableSource): [string, string][] =>
  table.schema.map(field => [field.name, typeToString(withoutTimeAttribute(field.type))]);

const sqlText = (name: string, table: TableSource): string =>
  `${createTableText(name, { columns: Object.fromEntries(columnsOf(table)), with: table.options })};`;

const texts: Record<SchemaOptions['as'], (name: string, table: TableSource) => string> = {
  sql: sqlText,
  ts(name, table) {
    const key = (text: string): string => (/^[A-Za-z_$][\w$]*$/.test(text) ? text : `'${escaped(text)}'`);
    const columns = columnsOf(table).map(([column, type]) => `    ${key(column)}: '${escaped(type)}',`);
    const options = Object.entries(table.options).map(([option, value]) => `    ${key(option)}: '${escaped(value)}',`);
    const variable = key(name).startsWith("'") ? 'table' : name;
    return `const ${variable} = tm.table('${escaped(name)}', {\n  columns: {\n${columns.join('\n')}\n  },\n  with: {\n${options.join('\n')}\n  },\n});`;
  },
  python: (name, table) => `t_env.execute_sql(r"""\n${sqlText(name, table).replace(/;$/, '')}\n""")`,
};

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
