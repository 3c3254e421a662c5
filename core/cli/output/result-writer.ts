import { formatValue } from '../../columnar/format-value.ts';
import { jsonRow } from '../../columnar/json-value.ts';
import { isNumeric, type Schema } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { TidemillError } from '../../common/errors.ts';
import type { QueryResult, ResultChunk } from '../../session/contract.ts';
import { columnWidths, type TableColumn, tableLines, textTable } from './text-table.ts';

export type OutputFormat = 'table' | 'json' | 'csv' | 'changelog';

export interface Output {
  /** Resolves when the text may be followed by more. */
  write(text: string): Promise<void>;
}

/** @throws TidemillError `endless` or `updating` where the format wants final rows and the query has none. */
export function checkFormat(query: QueryResult, format: OutputFormat): void {
  if (format === 'changelog' || query.bounded) return;
  if (format === 'table') return;
  if (query.changelog === 'append') return;
  throw new TidemillError('endless', `--output ${format} shows final rows, and this query updates its rows without end`, {
    hint: 'Use --output changelog, which puts "op" before each row, or bound the input (number-of-rows, scan.bounded.mode, LIMIT).',
  });
}

/** Writes a query's rows in a format as they come. */
export async function writeResult(query: QueryResult, format: OutputFormat, output: Output): Promise<number> {
  checkFormat(query, format);
  const showsChanges = query.changelog !== 'append' && !query.bounded;
  const writer =
    format === 'table' && !query.bounded
      ? growingTable(query.schema, output, showsChanges)
      : writers[format](query.schema, output);
  let rows = 0;
  for await (const chunk of query.chunks()) {
    rows += chunk.rows.length;
    await writer.write(chunk);
  }
  await writer.end();
  return rows;
}

/** Rows of SHOW and DESCRIBE, in the same formats. */
export async function writeListing(
  schema: Schema,
  rows: readonly (readonly Value[])[],
  format: OutputFormat,
  output: Output,
): Promise<void> {
  const writer = writers[format === 'changelog' ? 'json' : format](schema, output);
  await writer.write({ rows });
  await writer.end();
}

interface ResultWriter {
  write(chunk: ResultChunk): Promise<void>;
  end(): Promise<void>;
}

function lines(render: (chunk: ResultChunk) => string, output: Output, head = ''): ResultWriter {
  let first = true;
  return {
    async write(chunk) {
      await output.write((first ? head : '') + render(chunk));
      first = false;
    },
    async end() {
      if (first && head !== '') await output.write(head);
    },
  };
}

const csvCell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const tableRowsMax = 1000;
const growingColumnsMax = 60;

const writers: Record<OutputFormat, (schema: Schema, output: Output) => ResultWriter> = {
  json: (schema, output) => lines(chunk => chunk.rows.map(row => `${jsonRow(schema, row)}\n`).join(''), output),
  changelog: (schema, output) =>
    lines(
      chunk => chunk.rows.map((row, index) => `${jsonRow(schema, row, chunk.operations?.[index] ?? '+I')}\n`).join(''),
      output,
    ),
  csv: (schema, output) => {
    const head = `${schema.map(field => csvCell(field.name)).join(',')}\n`;
    const cell = (value: Value, index: number): string =>
      value === null ? '' : csvCell(formatValue(value, schema[index]!.type));
    return lines(chunk => chunk.rows.map(row => `${row.map(cell).join(',')}\n`).join(''), output, head);
  },
  table: (schema, output) => {
    const columns = tableColumnsOf(schema);
    const kept: string[][] = [];
    let rows = 0;
    return {
      async write(chunk) {
        kept.push(...chunk.rows.slice(0, Math.max(0, tableRowsMax - kept.length)).map(row => textsOf(schema, row)));
        rows += chunk.rows.length;
      },
      async end() {
        const more = rows > kept.length ? ` (the first ${kept.length} shown: use --output json or csv for all)` : '';
        await output.write(`${textTable(columns, kept)}\n${rows} ${rows === 1 ? 'row' : 'rows'}${more}\n`);
      },
    };
  },
};

const tableColumnsOf = (schema: Schema): TableColumn[] =>
  schema.map(field => ({ name: field.name, alignRight: isNumeric(field.type) }));
const textsOf = (schema: Schema, row: readonly Value[]): string[] =>
  row.map((value, index) => (value === null ? 'NULL' : formatValue(value, schema[index]!.type)));

/** Rows of an endless query as they come: the head once, and columns that never get narrower. */
function growingTable(schema: Schema, output: Output, showsChanges: boolean): ResultWriter {
  const columns = [...(showsChanges ? [{ name: 'op', alignRight: false }] : []), ...tableColumnsOf(schema)];
  let widths: number[] | undefined;
  let rows = 0;
  return {
    async write(chunk) {
      const texts = chunk.rows.map((row, index) => [
        ...(showsChanges ? [chunk.operations?.[index] ?? '+I'] : []),
        ...textsOf(schema, row),
      ]);
      rows += texts.length;
      if (texts.length === 0) return;
      const wanted = columnWidths(columns, texts, growingColumnsMax);
      const first = widths === undefined;
      widths = widths?.map((width, index) => Math.max(width, wanted[index]!)) ?? wanted;
      const { head, body } = tableLines(columns, texts, widths);
      await output.write(`${[...(first ? head : []), ...body].join('\n')}\n`);
    },
    async end() {
      const { head, foot } = tableLines(columns, [], widths ?? columnWidths(columns, [], growingColumnsMax));
      await output.write(`${[...(widths === undefined ? head : []), foot].join('\n')}\n${rows} ${rows === 1 ? 'row' : 'rows'}\n`);
    },
  };
}
