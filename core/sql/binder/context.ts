import type { Catalog } from '../../catalog/catalog.ts';
import type { ConnectorCatalog } from '../../catalog/connectors.ts';
import type { Schema } from '../../columnar/types.ts';
import type { AggregateCall, Expression } from '../../plan/expressions.ts';
import type { LogicalNode } from '../../plan/nodes.ts';
import type { Query } from '../ast/query.ts';
import type { Scope } from './scope.ts';

/** What a file of `FROM 'f.parquet'`, or a table declared without columns, turned out to be. */
export interface ResolvedSource {
  readonly connector: string;
  readonly options: Readonly<Record<string, string>>;
  readonly schema: Schema;
}

/** Everything binding needs besides the statement; nothing here reads or writes. */
export interface BindContext {
  readonly catalog: Catalog;
  readonly connectors: ConnectorCatalog;
  /** The text the spans point into. */
  readonly text: string;
  /** Directory that relative paths start from. */
  readonly baseDirectory?: string | undefined;
  readonly localTimeZone: string;
  /** Answers to `collectReferences`, by its keys. */
  readonly resolved: ReadonlyMap<string, ResolvedSource>;
  /** The parser, for the texts of views. */
  readonly parseQuery: (text: string) => Query;
}

/** A query's surroundings: the names of WITH that it sees. */
export interface QueryContext {
  readonly bind: BindContext;
  readonly commonTables: ReadonlyMap<string, LogicalNode>;
  /** Views being expanded, against views that contain themselves. */
  readonly views: readonly string[];
  /** Binds a query inside this one. */
  readonly bindQuery: (query: Query, context: QueryContext) => LogicalNode;
}

/** What a query's clause lets an expression do. */
export interface ExpressionContext {
  readonly bind: BindContext;
  readonly scope: Scope;
  /** Clause for messages: 'WHERE', 'GROUP BY', … */
  readonly clause: string;
  /** Takes an aggregate and gives what stands for it; absent where aggregates may not stand. */
  readonly aggregate?: ((call: AggregateCall) => Expression) | undefined;
  /** Names that come before the scope's: select aliases in ORDER BY. */
  readonly aliases?: ReadonlyMap<string, Expression> | undefined;
}
