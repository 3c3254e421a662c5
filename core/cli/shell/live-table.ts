import { isNumeric } from '../../columnar/types.ts';
import { limits } from '../../common/limits.ts';
import type { QueryResult } from '../../session/contract.ts';
import { columnWidths, type TableColumn, tableLines } from '../output/text-table.ts';
import { ChangingRows } from './changing-rows.ts';
import type { Terminal } from './terminal.ts';
import { Viewer } from './viewer.ts';

const cellColumnsMax = 40;

export interface LiveEnd {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly string[])[];
  readonly changes: number;
}

/**
 * Shows an endless query as a table that changes in place, until q, Ctrl-C or its end. What stood there last is given back.
 *
 * @throws TidemillError what the query fails with
 */
export async function showLive(query: QueryResult, terminal: Terminal, colour: boolean): Promise<LiveEnd> {
  const append = query.changelog === 'append';
  const rows = new ChangingRows(query.schema, query.keys, limits.shellRowsMax, append);
  const columns = query.schema.map(field => ({ name: field.name, alignRight: isNumeric(field.type) }));
  const startedMs = performance.now();
  let widths = columnWidths(columns, [], cellColumnsMax);
  let frozen: readonly (readonly string[])[] | undefined;
  let ended = false;
  let failure: unknown;
  const list = (): readonly (readonly string[])[] => frozen ?? rows.list();
  // columns only ever grow, so that the table does not jump
  const grow = (part: readonly (readonly string[])[]): void => {
    const wanted = columnWidths(columns, part, cellColumnsMax);
    widths = widths.map((width, index) => Math.max(width, wanted[index]!));
  };
  const viewer = new Viewer(
    terminal,
    {
      status: () => {
        const seconds = (performance.now() - startedMs) / 1000;
        const progress = query.job?.progress();
        const parts = [
          ended ? 'ended' : frozen === undefined ? 'live' : 'paused',
          `${list().length.toLocaleString('en')} rows${rows.dropped > 0 ? ` (the latest; ${rows.dropped.toLocaleString('en')} before)` : ''}`,
          ...(append ? [] : [`${rows.changes.toLocaleString('en')} changes`]),
          `${(progress?.rowsRead ?? 0).toLocaleString('en')} rows read`,
        ];
        if (progress?.watermarkMs !== undefined)
          parts.push(`watermark ${new Date(progress.watermarkMs).toISOString().replace('T', ' ').replace('Z', '')}`);
        if (progress !== undefined && progress.lateRows > 0) parts.push(`${progress.lateRows.toLocaleString('en')} late`);
        parts.push(`${seconds.toFixed(0)} s`);
        return parts.join(' · ');
      },
      head: () => tableLines(columns, [], widths).head,
      count: () => list().length,
      lines: (from, count) => {
        const part = list().slice(from, from + count);
        grow(part);
        return tableLines(columns, part, widths).body;
      },
      press: (_, typed) => {
        if (typed !== 'p') return false;
        frozen = frozen === undefined ? [...rows.list()] : undefined;
        return true;
      },
      help: 'p pause  ',
    },
    { colour, follow: append },
  );
  const chunks = query.chunks()[Symbol.asyncIterator]();
  let stopped = false;
  const reading = (async () => {
    for (let next = await chunks.next(); !next.done && !stopped; next = await chunks.next()) rows.apply(next.value);
    ended = true;
  })().catch(error => {
    failure = error;
    throw error;
  });
  await viewer.show(reading, true);
  stopped = true;
  await query.job?.cancel();
  await reading.catch(() => undefined);
  await chunks.return?.();
  if (failure !== undefined && !(failure as { code?: string }).code?.includes('cancelled')) throw failure;
  return { columns, rows: rows.list(), changes: rows.changes };
}
