import type { Catalog } from '../catalog/catalog.ts';
import type { TableDescriptor } from '../catalog/descriptors.ts';
import { type Schema, typeToString, withoutTimeAttribute } from '../columnar/types.ts';
import type { Span, TidemillError } from '../common/errors.ts';
import { connectors, formats, ignoredOptions } from '../connectors/index.ts';
import { keyMatches } from '../connectors/options.ts';
import type { LogicalNode, TableSource } from '../plan/nodes.ts';
import { boundednessOf, changelogOf, nodesOf, type RuntimeMode, stateBoundOf } from '../plan/properties.ts';
import type { BoundStatement } from '../sql/binder/index.ts';
import { createTableText } from './create-table-text.ts';

/** A query or insert of a checked text: what it is, and what bounds its state. */
export interface CheckedQuery {
  readonly line: number;
  readonly what: string;
  readonly bounded: boolean;
  readonly changelog: 'append' | 'retract' | 'upsert';
  /** One entry for each operator that keeps state. */
  readonly state: readonly { readonly operator: string; readonly bound: string; readonly reason: string }[];
}

/** Something of ours that Flink would not take as it is, and what it becomes there. */
export interface FlinkDifference {
  readonly line: number;
  readonly what: string;
  readonly instead: string;
}

export interface CheckReport {
  readonly statements: number;
  readonly errors: readonly TidemillError[];
  readonly warnings: readonly string[];
  readonly queries: readonly CheckedQuery[];
  /** Options and settings that Flink knows and that mean nothing here. */
  readonly ignored: readonly { readonly line: number; readonly table: string; readonly options: readonly string[] }[];
  readonly differences: readonly FlinkDifference[];
}

export const lineOf = (text: string, span: Span): number => text.slice(0, span.start).split('\n').length;

export function checkedQuery(plan: LogicalNode, line: number, mode: RuntimeMode, ttlMs: number): CheckedQuery {
  return {
    line,
    what: plan.kind === 'insert' ? `INSERT INTO ${plan.sink.name}` : 'query',
    bounded: boundednessOf(plan) === 'bounded',
    changelog: changelogOf(plan, mode).kind,
    state: [...nodesOf(plan)].flatMap(node => {
      const { bound, reason } = stateBoundOf(node, mode, ttlMs);
      return bound === 'stateless' ? [] : [{ operator: node.kind, bound, reason }];
    }),
  };
}

/** What a bound statement says that is not Flink's. */
export function flinkDifferences(
  bound: BoundStatement,
  plans: readonly LogicalNode[],
  line: number,
  catalog: Catalog,
): FlinkDifference[] {
  const found: FlinkDifference[] = [];
  const add = (what: string, instead: string): void => {
    if (!found.some(other => other.what === what)) found.push({ line, what, instead });
  };
  if (bound.kind === 'create-table') tableDifferences(bound.table, add);
  if (bound.kind === 'create-function')
    add(
      `function ${bound.function.name} comes from ${bound.file}`,
      "Flink takes functions from JARs: CREATE FUNCTION … AS 'class' USING JAR '…', with a class that does the same",
    );
  if (bound.kind === 'command' && bound.command.kind === 'set' && bound.command.option !== undefined) {
    const key = bound.command.option.key.value;
    if (/^(duckdb|tidemill)\./.test(key)) add(`setting '${key}'`, 'it means nothing on Flink: leave it out');
  }
  for (const plan of plans)
    for (const node of nodesOf(plan)) if (node.kind === 'scan') sourceDifferences(node.source, catalog, add);
  return found;
}

type Add = (what: string, instead: string) => void;

const columnTexts = (schema: Schema): Record<string, string> =>
  Object.fromEntries(schema.map(field => [field.name, typeToString(withoutTimeAttribute(field.type))]));

function sourceDifferences(source: TableSource, catalog: Catalog, add: Add): void {
  if (source.connector !== 'filesystem' || source.rows !== undefined) return;
  const table = catalog.listObjects().find(object => object.kind === 'table' && object.path.name === source.name);
  if (table === undefined && !source.name.includes('.default_database.')) {
    const name =
      (source.options['path'] ?? source.name).replace(/^.*\//, '').replace(/\..*$/, '').replaceAll(/\W+/g, '_') || 'files';
    const options = Object.fromEntries(
      Object.entries(source.options).filter(([key]) => !isOurs(source.connector, source.options, key)),
    );
    add(
      `FROM '${source.name}' reads a file without a table`,
      `declare one, and read FROM \`${name}\`:\n${createTableText(name, { columns: columnTexts(source.schema), with: options })};`,
    );
    formatDifference(source.options, add);
  } else if (table?.kind === 'table' && table.inferred)
    add(
      `table ${source.name} has no columns of its own: they come from its files`,
      `write them down:\n${createTableText(table.path.name, { columns: columnTexts(source.schema), with: source.options })};`,
    );
}

function tableDifferences(table: TableDescriptor, add: Add): void {
  const { options } = table;
  const name = table.path.name;
  const connector = options['connector'] ?? '';
  if (connector === 'nexmark')
    add(`table ${name}: connector 'nexmark'`, "Flink has it in a JAR of its own (nexmark-flink), with an event's nested columns");
  formatDifference(options, add);
  for (const key of Object.keys(options))
    if (isOurs(connector, options, key)) add(`table ${name}: option '${key}'`, 'Flink does not know it: leave it out');
}

function formatDifference(options: Readonly<Record<string, string>>, add: Add): void {
  if (options['format'] === 'arrow') add("format 'arrow'", 'Flink reads no Arrow files: write them as Parquet');
}

/** Options of ours say so in their documentation. */
function isOurs(connector: string, options: Readonly<Record<string, string>>, key: string): boolean {
  const specs = { ...connectors.get(connector)?.options, ...formats.get(options['format'] ?? '')?.options };
  const spec = specs[key] ?? Object.entries(specs).find(([pattern]) => keyMatches(pattern, key))?.[1];
  return /\bOurs[.;]/.test(spec?.doc ?? '');
}

/** Options of a declared table that mean nothing here. */
export const ignoredOf = (bound: BoundStatement): { table: string; options: string[] } | undefined => {
  if (bound.kind !== 'create-table') return undefined;
  const options = ignoredOptions(bound.table.options);
  return options.length === 0 ? undefined : { table: bound.table.path.name, options };
};
