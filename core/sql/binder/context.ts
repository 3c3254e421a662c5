import type { Catalog } from '../../catalog/catalog.ts';
import type { ConnectorCatalog } from '../../catalog/connectors.ts';
import type { Schema } from '../../columnar/types.ts';
import type { Span } from '../../common/errors.ts';
import type { AggregateCall, Expression, SortKey } from '../../plan/expressions.ts';
import type { LogicalNode } from '../../plan/nodes.ts';
import type { OverCall } from '../../plan/windows.ts';
import type { Identifier } from '../ast/node.ts';
import type * as ast from '../ast/query.ts';
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
  /** Names of the queries around this one, for a sub-query in an expression. */
  readonly outer?: Scope['outer'] | undefined;
  /** Binds a query inside this one. */
  readonly bindQuery: (query: Query, context: QueryContext) => LogicalNode;
}

/** An expression that holds a query. */
export type SubqueryNode = Extract<ast.Expression, { readonly kind: 'in-query' | 'quantified' | 'exists' | 'subquery' }>;

/** Where the functions with OVER of a SELECT are gathered. */
export interface OverScope {
  /** The window that OVER names or gives, with what named windows say filled in. */
  window(node: ast.WindowSpecification | Identifier): ast.WindowSpecification;
  /** Takes a call and gives what stands for it. */
  add(call: WindowedCall): Expression;
}
export interface WindowedCall {
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortKey[];
  readonly call: OverCall;
}

/** What a query's clause lets an expression do. */
export interface ExpressionContext {
  readonly bind: BindContext;
  readonly scope: Scope;
  /** Clause for messages: 'WHERE', 'GROUP BY', … */
  readonly clause: string;
  /** Takes an aggregate and gives what stands for it; absent where aggregates may not stand. */
  readonly aggregate?: ((call: AggregateCall) => Expression) | undefined;
  /** Takes functions with OVER; absent where they may not stand. */
  readonly over?: OverScope | undefined;
  /** GROUPING and its like, over bound arguments; absent without GROUP BY. */
  readonly grouping?: ((name: string, args: readonly Expression[], span: Span) => Expression) | undefined;
  /** Functions of patterns; undefined for all others. */
  readonly matchCall?:
    | ((node: ast.Call, upper: string, bind: (node: ast.Expression) => Expression) => Expression | undefined)
    | undefined;
  /** TUMBLE_START and its like; absent outside of an aggregation. */
  readonly windowProperty?: ((node: ast.Call, upper: string) => Expression) | undefined;
  /** Names that come before the scope's: select aliases in ORDER BY. */
  readonly aliases?: ReadonlyMap<string, Expression> | undefined;
  /** Takes a sub-query and gives what stands for its value; absent where sub-queries may not stand. */
  readonly subquery?: ((node: SubqueryNode, context: ExpressionContext) => Expression) | undefined;
}
