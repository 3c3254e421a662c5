/** Who can mend it: the user (their text, data or settings), an outside system, or we ourselves. */
export type ErrorDomain = 'user' | 'external' | 'internal';

/** A half-open range of UTF-16 offsets in a text the user wrote. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where an error stands: a named text (SQL file, `-c` text, TypeScript file) and a range in it. */
export interface Place {
  readonly source: string;
  readonly text: string;
  readonly span: Span;
}

export interface ErrorDetails {
  readonly domain?: ErrorDomain;
  /** Range in the statement's own text; whoever knows the whole text turns it into a `place`. */
  readonly span?: Span | undefined;
  readonly place?: Place | undefined;
  /** What to do about it, a full sentence or a `did you mean 'x'?`. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Every error that reaches a user. `code` is kebab-case and stable by semver.
 *
 * @example
 * throw new TidemillError('unknown-column', "bid has no column 'pricee'", { span, hint: "did you mean 'price'?" });
 */
export class TidemillError extends Error {
  readonly code: string;
  readonly domain: ErrorDomain;
  readonly span: Span | undefined;
  readonly place: Place | undefined;
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'TidemillError';
    this.code = code;
    this.domain = details.domain ?? 'user';
    this.span = details.span;
    this.place = details.place;
    this.hint = details.hint;
  }

  /** The same error with the text it stands in, once that is known. */
  at(place: Place): TidemillError {
    if (this.place !== undefined) return this;
    return new TidemillError(this.code, this.message, {
      domain: this.domain,
      span: this.span,
      place,
      hint: this.hint,
      cause: this.cause,
    });
  }
}

/** A bug of ours: the exit code is 3 and the message asks for a report. */
export function internalError(message: string, cause?: unknown): TidemillError {
  return new TidemillError('internal', message, {
    domain: 'internal',
    hint: 'This is a bug in Tidemill: please report it with the statement.',
    cause,
  });
}

/** What Tidemill cannot do yet, said at its place in the text. */
export function notSupported(what: string, span?: Span, hint?: string): TidemillError {
  return new TidemillError('not-supported', `not supported yet: ${what}`, { span, hint });
}

/** For `default:` of exhaustive switches: does not compile while a case is missing. */
export function unreachable(value: never): never {
  throw internalError(`unexpected ${JSON.stringify(value)}`);
}
