import { Catalog } from '../../core/catalog/catalog.ts';
import type { ConnectorCatalog, ConnectorDescriptor } from '../../core/catalog/connectors.ts';
import type { Schema } from '../../core/columnar/types.ts';
import { internalError, TidemillError } from '../../core/common/errors.ts';
import { type OptimizerContext, optimize } from '../../core/optimizer/index.ts';
import type { LogicalNode } from '../../core/plan/nodes.ts';
import { withOperatorIds } from '../../core/plan/operator-ids.ts';
import type { Query } from '../../core/sql/ast/query.ts';
import { type BindContext, type BoundStatement, bindStatement, type ResolvedSource } from '../../core/sql/binder/index.ts';
import { parseScript, parseStatement } from '../../core/sql/parse.ts';

const text = { type: 'string' } as const;
const source = {};
const all = { projection: true, limit: true, filter: () => false };
const none = { projection: false, limit: false, filter: () => false };

const descriptors: readonly ConnectorDescriptor[] = [
  {
    name: 'endless',
    options: { rows: text },
    formats: [],
    boundedness: options => (options.rows === undefined ? 'unbounded' : 'bounded'),
    capabilities: all,
    source,
  },
  { name: 'plain', options: {}, formats: [], boundedness: () => 'unbounded', capabilities: none, source },
  {
    name: 'files',
    options: { path: { type: 'string', required: true }, format: text },
    formats: ['parquet', 'json'],
    boundedness: () => 'bounded',
    capabilities: { ...all, filter: expression => expression.kind === 'call' && expression.name === 'greater-than' },
    source,
    sink: source,
  },
  {
    name: 'print',
    options: {},
    formats: [],
    boundedness: () => 'bounded',
    capabilities: none,
    sink: source,
    sinkMode: 'changelog',
  },
  {
    name: 'append',
    options: {},
    formats: [],
    boundedness: () => 'bounded',
    capabilities: none,
    sink: source,
    sinkMode: 'append',
  },
  {
    name: 'upsert',
    options: {},
    formats: [],
    boundedness: () => 'bounded',
    capabilities: none,
    sink: source,
    sinkMode: 'upsert',
  },
];

/** Connectors that do nothing, for plans that are never run. */
export const planConnectors: ConnectorCatalog = {
  connectors: new Map(descriptors.map(descriptor => [descriptor.name, descriptor])),
  formats: new Map([['json', { name: 'json', options: { 'json.ignore-parse-errors': { type: 'boolean' } } }]]),
};

export const optimizerContext: OptimizerContext = {
  connectors: planConnectors,
  evaluation: { localTimeZone: 'UTC' },
  isDeterministicUserFunction: name => name !== 'dice',
};

/** Tables that most plan tests use. */
export const standardTables = `
CREATE TABLE bid (auction BIGINT NOT NULL, bidder BIGINT, price BIGINT, channel STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '4' SECOND) WITH ('connector' = 'endless');
CREATE TABLE person (id BIGINT NOT NULL, name STRING, city STRING, address ROW<street STRING, zip INT NOT NULL>, born DATE, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'endless');
CREATE TABLE orders (id BIGINT NOT NULL, item STRING, amount INT, price DECIMAL(8, 2), weight DOUBLE, at_time TIMESTAMP(3)) WITH ('connector' = 'files', 'path' = 'orders.parquet', 'format' = 'parquet');
CREATE TABLE printed (k STRING, n BIGINT) WITH ('connector' = 'print');
CREATE TABLE appended (k STRING, n BIGINT) WITH ('connector' = 'append');
CREATE TABLE upserted (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'upsert');
`;

/** A session's worth of binding: statements that make things change the catalog, others are bound. */
export class Planning {
  readonly catalog = new Catalog();
  readonly resolved = new Map<string, ResolvedSource>();

  constructor(tables = standardTables) {
    this.run(tables);
  }

  /** Columns of a file or of a table without any, as if they had been looked at. */
  resolve(key: string, schema: Schema): this {
    this.resolved.set(key, { connector: 'files', options: { connector: 'files', path: key, format: 'parquet' }, schema });
    return this;
  }

  context(sql: string): BindContext {
    return {
      catalog: this.catalog,
      connectors: planConnectors,
      text: sql,
      localTimeZone: 'UTC',
      resolved: this.resolved,
      parseQuery,
    };
  }

  run(script: string): BoundStatement[] {
    const { statements, errors } = parseScript(script);
    if (errors.length > 0) throw errors[0];
    return statements.map(statement => {
      const bound = bindStatement(statement, this.context(script));
      if (bound.kind === 'create-table') this.catalog.create(bound.table, { ifNotExists: bound.ifNotExists });
      if (bound.kind === 'create-view') this.catalog.create(bound.view, { ifNotExists: bound.ifNotExists });
      return bound;
    });
  }

  bind(sql: string): BoundStatement {
    return bindStatement(parseStatement(sql), this.context(sql));
  }

  /** The logical plan of a query or INSERT, with operator ids. */
  plan(sql: string): LogicalNode {
    const bound = this.bind(sql);
    if (bound.kind !== 'query' && bound.kind !== 'insert') throw internalError(`${bound.kind} has no plan`);
    return withOperatorIds(bound.plan);
  }

  optimized(sql: string): LogicalNode {
    return optimize(this.plan(sql), optimizerContext);
  }

  /** The error of a statement that must fail, with the text it points at. */
  errorOf(sql: string): { code: string; message: string; at: string; hint: string | undefined } {
    try {
      this.bind(sql);
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error;
      const at = error.span === undefined ? '' : sql.slice(error.span.start, error.span.end);
      return { code: error.code, message: error.message, at, hint: error.hint };
    }
    throw new Error(`no error: ${sql}`);
  }
}

export function parseQuery(sql: string): Query {
  const statement = parseStatement(sql);
  if (statement.kind !== 'query') throw internalError(`not a query: ${sql}`);
  return statement;
}
