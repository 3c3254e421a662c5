import { basename } from 'node:path';
import { typeToString, withoutTimeAttribute } from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import type { TableSource } from '../../plan/nodes.ts';
import { nodesOf } from '../../plan/properties.ts';
import { createTableText, quoteText } from '../../session/create-table-text.ts';
import { Session } from '../../session/session.ts';
import { standardOutput } from '../io.ts';

export interface SchemaOptions {
  readonly as: 'sql' | 'ts' | 'python';
  readonly format?: string;
  readonly name?: string;
}

/** `tidemill schema`: looks at a file, folder or glob and prints the declaration of it, to be pasted. */
export async function schema(source: string, options: SchemaOptions): Promise<void> {
  if (/^(kafka|jdbc|https?|s3|hdfs):/.test(source))
    throw notSupported(`schema of ${source.replace(/:.*/, '')} sources`, undefined, 'Files, folders and globs are there.');
  const table = await inferred(source, options.format);
  const name = options.name ?? tableName(source);
  await standardOutput.write(`${texts[options.as](name, table)}\n`);
}

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
