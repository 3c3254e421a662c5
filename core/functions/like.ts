/** A piece of a LIKE pattern: text that must be there, one character, or any number of them. */
export type LikePiece = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'one' } | { readonly kind: 'many' };

/** A LIKE pattern taken apart; an escapeCharacter that escapeCharacters nothing stands for itself. */
export function likePieces(pattern: string, escapeCharacter?: string): readonly LikePiece[] {
  const pieces: LikePiece[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    let character = characters[at]!;
    if (character === escapeCharacter && at + 1 < characters.length) {
      character = characters[++at]!;
    } else if (character === '_') {
      pieces.push({ kind: 'one' });
      continue;
    } else if (character === '%') {
      if (pieces.at(-1)?.kind !== 'many') pieces.push({ kind: 'many' });
      continue;
    }
    const last = pieces.at(-1);
    if (last?.kind === 'text') pieces[pieces.length - 1] = { kind: 'text', text: last.text + character };
    else pieces.push({ kind: 'text', text: character });
  }
  return pieces;
}

/** The place of an escape character that stands before nothing it could escape. */
export function wrongEscape(pattern: string, escapeCharacter: string): number | undefined {
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    if (escapeCharacter === '' || characters[at] !== escapeCharacter) continue;
    const next = characters[++at];
    if (next !== '%' && next !== '_' && next !== escapeCharacter) return at - 1;
  }
  return undefined;
}

/** LIKE by definition, by characters. */
export function likeMatches(value: string, pattern: string, escapeCharacter?: string): boolean {
  const pieces = likePieces(pattern, escapeCharacter).flatMap((piece): LikePiece[] =>
    piece.kind === 'text' ? [...piece.text].map(character => ({ kind: 'text', text: character })) : [piece],
  );
  const characters = [...value];
  // reached[j]: the first j pieces fit the characters so far
  let reached = new Array<boolean>(pieces.length + 1).fill(false);
  const skipMany = (flags: boolean[]): void => {
    for (const [index, piece] of pieces.entries()) if (flags[index] && piece.kind === 'many') flags[index + 1] = true;
  };
  reached[0] = true;
  skipMany(reached);
  for (const character of characters) {
    const next = new Array<boolean>(pieces.length + 1).fill(false);
    for (const [index, piece] of pieces.entries()) {
      if (!reached[index]) continue;
      if (piece.kind === 'many') next[index] = true;
      else if (piece.kind === 'one' || piece.text === character) next[index + 1] = true;
    }
    skipMany(next);
    reached = next;
  }
  return reached[pieces.length]!;
}
