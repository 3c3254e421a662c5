/** Something that could stand at the cursor. */
export interface Candidate {
  /** What takes the place of what was typed of it. */
  readonly text: string;
  /** How it is shown; default: the text. */
  readonly label?: string | undefined;
  /** A line about it. */
  readonly detail?: string | undefined;
}

export interface Completion {
  /** Offset where what was typed of it begins. */
  readonly from: number;
  readonly candidates: readonly Candidate[];
  /** Whether to show them without being asked. */
  readonly offer: boolean;
}

export const noCompletion: Completion = { from: 0, candidates: [], offer: false };

/** The longest beginning that all texts share. */
export function commonPrefix(texts: readonly string[]): string {
  let prefix = texts[0] ?? '';
  for (const text of texts) while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix;
}
