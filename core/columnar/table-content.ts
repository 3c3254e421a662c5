/** A message of Arrow IPC: its flatbuffer and its body. */
export interface IpcPart {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

/** Messages with one schema, in the order they came; all but its first message. */
export interface ContentPiece {
  readonly schema: IpcPart;
  readonly parts: readonly IpcPart[];
  /** Rows of each part; 0 for a dictionary. */
  readonly rows: readonly number[];
}

/**
 * The rows of a table that is held in memory: Arrow messages whose bodies lie in memory that threads share, so that a plan can carry them to any
 * task without a copy. It is never changed; appending makes another that has the same pieces and more.
 */
export class ArrowContent {
  readonly pieces: readonly ContentPiece[];

  constructor(pieces: readonly ContentPiece[]) {
    this.pieces = pieces;
  }

  /** Plans are shown as JSON; rows are not. */
  toJSON(): { readonly rows: number } {
    return { rows: contentRows(this) };
  }
}

/** A copy of a thread's own has lost its methods: these take both. */
export function contentRows(content: Pick<ArrowContent, 'pieces'>): number {
  let rows = 0;
  for (const piece of content.pieces) for (const count of piece.rows) rows += count;
  return rows;
}
