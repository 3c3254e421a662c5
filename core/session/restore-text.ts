import type { OperatorNote } from '../plan/operator-ids.ts';
import type { OperatorAbout, RestoredPart } from '../runtime/index.ts';

const outcomes = { kept: 'kept', dropped: 'dropped', empty: 'starts empty' } as const;

/**
 * What becomes of one operator's state, in a line.
 *
 * @example
 * partText(part); // 'dropped       line 12  group by item (aggregate-1f0c22a9b3d4), at most 300 rows'
 */
export function partText(part: RestoredPart): string {
  const { outcome, operatorId, kind, text, line, rows, reason } = part;
  const place = line === undefined ? '' : `line ${line}`;
  const unit = unitOf(kind, rows);
  const count = outcome === 'empty' || rows === 0 ? '' : `, ${unit.startsWith('row') ? 'at most ' : ''}${rows} ${unit}`;
  return `${outcomes[outcome].padEnd(12)}  ${place.padEnd(8)}  ${text ?? kind} (${operatorId})${count}${reason === undefined ? '' : `: ${reason}`}`;
}

function unitOf(kind: string, count: number): string {
  const unit = kind === 'source' || kind === 'duckdb' ? 'split' : kind === 'sink' ? 'part' : 'row';
  return count === 1 ? unit : `${unit}s`;
}

/** What operators do and in which line, by id. */
export function aboutOperators(notes: readonly OperatorNote[], text: string | undefined): Map<string, OperatorAbout> {
  return new Map(
    notes.map(({ id, text: does, span }) => {
      const line = text === undefined || span === undefined ? undefined : text.slice(0, span.start).split('\n').length;
      return [id, { text: does, ...(line !== undefined && { line }) }];
    }),
  );
}
