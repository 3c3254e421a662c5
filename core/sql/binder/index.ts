export type { BindContext, ResolvedSource } from './context.ts';
export { optionsOf } from './ddl.ts';
export { type InsertOptions, insertInto } from './insert.ts';
export { processArgument, processCall } from './process-tables.ts';
export { collectReferences, type OutsideReference, unresolved } from './references.ts';
export {
  type BoundCreateFunction,
  type BoundCreateTable,
  type BoundStatement,
  bindStatement,
  type Command,
} from './statements.ts';
export { castArguments, lateralCall } from './table-functions.ts';
export { scanOf } from './table-scan.ts';
export { sinkOf } from './table-sink.ts';
