import { type Span, TidemillError } from '../common/errors.ts';
import type { QueryResult, RunningJob, Script } from './contract.ts';

/** `statement`: where the error stands when it does not know better itself. */
export function placedError(error: unknown, script: Script, statement?: Span): unknown {
  if (!(error instanceof TidemillError)) return error;
  const span = error.span ?? (error.domain === 'user' && error.place === undefined ? statement : undefined);
  return span === undefined ? error : error.at({ source: script.source, text: script.text, span });
}

/** A query whose running errors point into its script. */
export class PlacedQuery implements QueryResult {
  readonly #query: QueryResult;
  readonly #script: Script;

  constructor(query: QueryResult, script: Script) {
    this.#query = query;
    this.#script = script;
  }
  get schema() {
    return this.#query.schema;
  }
  get bounded() {
    return this.#query.bounded;
  }
  get changelog() {
    return this.#query.changelog;
  }
  get keys() {
    return this.#query.keys;
  }
  get job(): RunningJob | undefined {
    return this.#query.job;
  }
  async *chunks() {
    try {
      yield* this.#query.chunks();
    } catch (error) {
      throw placedError(error, this.#script);
    }
  }
}
