/** Tidemill's public API: what `import … from 'tidemill'` gives. */
export { type ErrorDomain, type Place, type Span, TidemillError } from './common/errors.ts';
export type {
  JobProgress,
  QueryResult,
  ResultChunk,
  ResultMode,
  RunningJob,
  Script,
  StatementResult,
} from './session/contract.ts';
export type { SessionOptions } from './session/options.ts';
export { Session } from './session/session.ts';
export { avg, count, countDistinct, max, min, sum } from './table-api/aggregates.ts';
export { cumulate, hop, tumble } from './table-api/windows.ts';
