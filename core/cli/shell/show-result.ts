import { formatValue } from '../../columnar/format-value.ts';
import { isNumeric, type Schema } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { QueryResult, StatementResult } from '../../session/contract.ts';
import { reportError } from '../failures.ts';
import { note, standardOutput } from '../io.ts';
import { Progress } from '../output/progress.ts';
import { writeListing, writeResult } from '../output/result-writer.ts';
import { columnWidths, fitWidths, recordLines, type TableColumn, tableColumns, tableLines } from '../output/text-table.ts';
import { paintExplain } from './explain-colours.ts';
import { showLive } from './live-table.ts';
import { page } from './pager.ts';
import type { ShellState } from './state.ts';

const cellColumnsMax = 60;

/** Shows what a statement gave; waits until it has ended or was stopped. */
export async function showResult(result: StatementResult, state: ShellState): Promise<void> {
  switch (result.kind) {
    case 'done':
      return note(result.message);
    case 'text':
      return showText(result.text, state);
    case 'listing':
      if (state.format !== 'table') return writeListing(result.schema, result.rows, state.format, standardOutput);
      return showRows(columnsOf(result.schema), textsOf(result.schema, result.rows), state, 'rows');
    case 'query':
      return showQuery(result.query, state);
    case 'insert': {
      const { job, sink } = result;
      if (!job.bounded) {
        state.endless.add(job);
        job.done.then(
          () => state.endless.delete(job),
          error => {
            if (state.endless.delete(job)) reportError(error, state.verbose);
          },
        );
        return note(`${job.name} runs in the background, rows go to ${sink}; \\jobs lists, \\stop ends it`);
      }
      state.stopRunning = () => void job.cancel();
      const progress = new Progress('auto', () => job.progress());
      try {
        await job.done;
      } finally {
        progress.close();
      }
      const written = job.progress().rowsWritten;
      return note(`${written.toLocaleString('en')} ${written === 1 ? 'row' : 'rows'} written to ${sink}`);
    }
  }
}

async function showQuery(query: QueryResult, state: ShellState): Promise<void> {
  const { terminal, format } = state;
  state.stopRunning = () => void query.job?.cancel();
  if (terminal === undefined || format !== 'table') {
    await writeResult(query, format, standardOutput);
    return;
  }
  if (!query.bounded) {
    const end = await showLive(query, terminal, state.colour);
    const last = end.rows.slice(-Math.max(1, terminal.rows - 6));
    await writeTable(end.columns, last, state);
    const hidden = end.rows.length - last.length;
    return note(
      `${end.rows.length.toLocaleString('en')} rows${hidden > 0 ? ` (the last ${last.length} shown)` : ''} after ${end.changes.toLocaleString('en')} changes`,
    );
  }
  const kept: string[][] = [];
  let more = false;
  const progress = new Progress('auto', () => query.job?.progress());
  try {
    for await (const chunk of query.chunks()) {
      const room = limits.shellRowsMax - kept.length;
      kept.push(...textsOf(query.schema, chunk.rows.slice(0, room)));
      more = chunk.rows.length > room;
      // nobody reads on by hand, and leaving the loop ends the job
      if (more) break;
    }
  } finally {
    progress.close();
  }
  state.finishedMs = performance.now();
  const noun = more ? 'rows, and there are more: .output csv gives all' : 'rows';
  await showRows(columnsOf(query.schema), kept, state, noun);
}

async function showRows(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  state: ShellState,
  noun: string,
): Promise<void> {
  const { terminal } = state;
  const summary = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? noun.replace(/^rows/, 'row') : noun}`;
  const expanded = state.expanded === 'on';
  if (terminal !== undefined && process.stdout.isTTY && state.pager === 'on' && rows.length > terminal.rows - 6) {
    const lines = expanded
      ? { head: [], body: recordLines(columns, rows, terminal.columns - 1) }
      : tableLines(columns, rows, columnWidths(columns, rows, limits.shellCellColumnsMax));
    const program = process.env['TIDEMILL_PAGER'] ?? process.env['PAGER'];
    await page({ title: summary, head: lines.head, body: lines.body }, terminal, program, state.colour);
  } else await writeTable(columns, rows, state);
  note(summary);
}

/** A table that fits the terminal, or records. */
async function writeTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  { expanded, terminal }: ShellState,
): Promise<void> {
  const total = terminal === undefined ? Number.POSITIVE_INFINITY : terminal.columns;
  const natural = columnWidths(columns, rows, expanded === 'off' ? Number.POSITIVE_INFINITY : cellColumnsMax);
  const fits = tableColumns(natural) <= total || expanded === 'off';
  const widths = fits ? natural : fitWidths(natural, columns, total);
  if ((expanded === 'on' || widths === undefined) && rows.length > 0)
    return standardOutput.write(`${recordLines(columns, rows, Math.min(total, 80)).join('\n')}\n`);
  const lines = tableLines(columns, rows, widths ?? natural);
  return standardOutput.write(`${[...lines.head, ...lines.body, lines.foot].join('\n')}\n`);
}

export async function showText(text: string, state: ShellState): Promise<void> {
  const { terminal } = state;
  const painted = state.colour ? paintExplain(text) : text;
  const lines = text.split('\n');
  if (terminal !== undefined && process.stdout.isTTY && state.pager === 'on' && lines.length > terminal.rows - 2) {
    const program = process.env['TIDEMILL_PAGER'] ?? process.env['PAGER'];
    return page({ title: `${lines.length} lines`, head: [], body: lines }, terminal, program, state.colour);
  }
  return standardOutput.write(`${painted}\n`);
}

/** Was it Ctrl-C? */
export const wasCancelled = (error: unknown): boolean => error instanceof TidemillError && error.code === 'cancelled';

const columnsOf = (schema: Schema): TableColumn[] =>
  schema.map(field => ({ name: field.name, alignRight: isNumeric(field.type) }));
const textsOf = (schema: Schema, rows: readonly (readonly Value[])[]): string[][] =>
  rows.map(row => row.map((value, index) => (value === null ? 'NULL' : formatValue(value, schema[index]!.type))));
