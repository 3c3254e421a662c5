/** What a code of a TidemillError means: to people, and to programs by semver. `core/docs/errors.md` is made from this. */
export interface ErrorCodeDescription {
  readonly cause: string;
  /** What to do about it. */
  readonly action: string;
  /** A statement, command or line of a program that gives it. */
  readonly example?: string;
}
