import type { Span } from '../common/errors.ts';
import type { Path } from '../sql/ast/node.ts';

/** A name of a statement as the catalog takes it. */
export const written = (name: Path): { readonly parts: readonly string[]; readonly span: Span } => ({
  parts: name.map(part => part.name),
  span: { start: name[0]!.span.start, end: name[name.length - 1]!.span.end },
});
