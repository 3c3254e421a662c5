import { inputsOf, type LogicalNode, type Scan, scan, type TableSource, withInputs } from './nodes.ts';
import { boundednessOf, nodesOf, uniqueKeysOf } from './properties.ts';
import { schemaOf } from './schema.ts';

/** The connector of what stands for shared rows: it gives the columns that are asked for. */
export const sharedConnector = 'shared';

/** A source, and the steps above it, that several plans (or one several times) read: `source` stands for it in them. */
export interface SharedSource {
  readonly source: TableSource;
  readonly plan: LogicalNode;
}

/** Which sources of a set of plans may be read once for all of them. */
export interface SharedSources {
  /** Whether a scan is read once, however many plans there are. */
  isShared(scan: Scan): boolean;
  /** Replaces what is read several times. */
  replace(plans: readonly LogicalNode[]): { readonly plans: readonly LogicalNode[]; readonly shared: readonly SharedSource[] };
}

/**
 * Finds what plans have in common from their sources up: scans of the same table with the same options, and the computed columns, watermark and conditions above
 * that all of them begin with. `mayShare` refuses sources. Sources that end are read by each plan when one of the plans joins them: which
 * of a join's inputs is read first could hold the other plans up for ever. So are those whose rows replace each other, and those a client put.
 *
 * @example
 * const sources = sharedSources(inserts, () => true);
 * const { plans, shared } = sources.replace(inserts.map(plan => withOperatorIds(plan, { scope: { name: 'a', isShared: sources.isShared } })));
 */
export function sharedSources(plans: readonly LogicalNode[], mayShare: (scan: Scan) => boolean): SharedSources {
  const joined = new Set(plans.flatMap(plan => [...nodesOf(plan)].filter(node => node.kind === 'join').flatMap(scansOf)));
  const refused = new Set<string>();
  const named = new Map<string, string>();
  const starts = new Map<string, { common: string[] }>();
  for (const chain of plans.flatMap(chainsOf)) {
    const [first] = chain as [Scan];
    const start = digest(first);
    const { source } = first;
    const ends = boundednessOf(first) === 'bounded';
    if (source.changelog !== undefined || source.content !== undefined || source.rows !== undefined) refused.add(start);
    if ((ends && joined.has(first)) || !mayShare(first)) refused.add(start);
    // an operator's id says a table's name, not its options
    const other = named.get(`${source.name} ${source.connector}`) ?? start;
    if (other !== start) refused.add(start).add(other);
    named.set(`${source.name} ${source.connector}`, other);
    const steps = chain.map(digest);
    const known = starts.get(start);
    if (known === undefined) starts.set(start, { common: steps });
    else known.common = known.common.filter((step, index) => step === steps[index]);
  }
  for (const chain of plans.flatMap(chainsOf)) {
    const start = digest(chain[0]!);
    const top = starts.get(start)!.common.length;
    // a watermark is made where rows know their split
    if (chain.slice(top).some(node => node.kind === 'watermark')) refused.add(start);
  }
  const isShared = (each: Scan): boolean => starts.has(digest(each)) && !refused.has(digest(each));
  return { isShared, replace: given => replaced(given, start => (refused.has(start) ? undefined : starts.get(start)?.common)) };
}

function replaced(plans: readonly LogicalNode[], commonOf: (start: string) => readonly string[] | undefined) {
  const chains = plans.flatMap(chainsOf);
  const uses = new Map<string, number>();
  for (const chain of chains) uses.set(digest(chain[0]!), (uses.get(digest(chain[0]!)) ?? 0) + 1);
  const shared = new Map<string, SharedSource>();
  const placeholders = new Map<LogicalNode, LogicalNode>();
  for (const chain of chains) {
    const start = digest(chain[0]!);
    const common = commonOf(start);
    if (common === undefined || uses.get(start)! < 2) continue;
    const top = chain[common.length - 1]!;
    let found = shared.get(start);
    if (found === undefined) shared.set(start, (found = { source: standIn(chain[0] as Scan, top), plan: top }));
    placeholders.set(top, scan(found.source));
  }
  const visit = (node: LogicalNode): LogicalNode => placeholders.get(node) ?? withInputs(node, inputsOf(node).map(visit));
  return { plans: plans.map(visit), shared: [...shared.values()] };
}

function standIn({ source }: Scan, top: LogicalNode): TableSource {
  const schema = schemaOf(top);
  const key = uniqueKeysOf(top)[0]?.map(index => schema[index]!.name);
  return Object.freeze({
    name: source.name,
    connector: sharedConnector,
    options: {},
    schema,
    bounded: source.bounded,
    ...(key !== undefined && { primaryKey: key }),
    ...(source.rowCount !== undefined && { rowCount: source.rowCount }),
  });
}

/** From each scan of a plan up: the steps that keep no state and that only one node reads. */
function chainsOf(plan: LogicalNode): LogicalNode[][] {
  const own = chainOf(plan);
  return own === undefined ? inputsOf(plan).flatMap(chainsOf) : [own];
}

function chainOf(node: LogicalNode): LogicalNode[] | undefined {
  if (node.kind === 'scan') return [node];
  if (node.kind !== 'project' && node.kind !== 'filter' && node.kind !== 'watermark') return undefined;
  const below = chainOf(node.input);
  return below && [...below, node];
}

const scansOf = (node: LogicalNode): Scan[] => (node.kind === 'scan' ? [node] : inputsOf(node).flatMap(scansOf));

const digests = new WeakMap<LogicalNode, string>();

/** Equal texts for nodes that give the same rows, whatever their ids are and wherever they stand in the text. */
function digest(node: LogicalNode): string {
  let text = digests.get(node);
  if (text === undefined) {
    text = JSON.stringify(node, (name, value: unknown) => {
      if (name === 'span' || name === 'id' || name === 'content') return undefined;
      return typeof value === 'bigint' ? `${value}n` : value;
    });
    digests.set(node, text);
  }
  return text;
}
