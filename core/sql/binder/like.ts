import type { TableDescriptor, TableDistribution } from '../../catalog/descriptors.ts';
import { TidemillError } from '../../common/errors.ts';
import type { Identifier } from '../ast/node.ts';
import type * as ast from '../ast/table.ts';
import type { BindContext } from './context.ts';
import { type UnboundColumn, type UnboundKey, type UnboundParts, unbound } from './unbound-table.ts';

/** What a table takes over from the one it is LIKE. */
export interface LikeParts {
  readonly columns: readonly UnboundColumn[];
  readonly options: Readonly<Record<string, string>>;
  readonly primaryKey: UnboundKey | undefined;
  readonly watermark: ast.Watermark | undefined;
  readonly partitionedBy: readonly Identifier[];
  readonly distribution: TableDistribution | undefined;
  /** Whether a column declared anew may take the place of one taken over. */
  readonly overwrites: (before: UnboundColumn, after: UnboundColumn) => boolean;
}

type Strategy = ast.LikeOption['strategy'];

const overwritable: ReadonlySet<ast.LikeFeature> = new Set(['GENERATED', 'METADATA', 'OPTIONS', 'WATERMARKS']);

/**
 * LIKE takes everything over unless EXCLUDING says otherwise; options overwrite those taken over unless INCLUDING OPTIONS is written, all else must be new.
 * Errors: wrong-kind, wrong-argument, duplicate-option. Source: Flink docs, CREATE TABLE, LIKE.
 */
export function likeParts(node: ast.CreateTable, like: ast.LikeTable, context: BindContext): LikeParts {
  const span = { start: like.table[0]!.span.start, end: like.table[like.table.length - 1]!.span.end };
  const found = context.catalog.lookup({ parts: like.table.map(part => part.name), span });
  if (found.kind === 'view')
    throw new TidemillError('wrong-kind', `'${found.path.name}' is a view; LIKE takes a table`, { span });
  const strategies = strategiesOf(like);
  const strategyOf = (feature: ast.LikeFeature): Strategy =>
    strategies.get(feature) ?? strategies.get('ALL') ?? (feature === 'OPTIONS' ? 'OVERWRITING' : 'INCLUDING');
  const includes = (feature: ast.LikeFeature): boolean => strategyOf(feature) !== 'EXCLUDING';
  const table = unbound(found, span, context);
  checkConflicts(node, table, includes, strategyOf, found);
  return {
    columns: table.columns.filter(
      column => column.kind === 'physical' || includes(column.kind === 'metadata' ? 'METADATA' : 'GENERATED'),
    ),
    options: includes('OPTIONS') ? found.options : {},
    primaryKey: includes('CONSTRAINTS') ? table.key : undefined,
    watermark: includes('WATERMARKS') ? table.watermark : undefined,
    partitionedBy: includes('PARTITIONS') ? table.partitionedBy : [],
    distribution: includes('DISTRIBUTION') ? found.distribution : undefined,
    overwrites: (before, after) =>
      (before.kind === 'computed-column' && after.kind === 'computed-column' && strategyOf('GENERATED') === 'OVERWRITING') ||
      (before.kind === 'metadata' && after.kind === 'metadata' && strategyOf('METADATA') === 'OVERWRITING'),
  };
}

function strategiesOf(like: ast.LikeTable): Map<ast.LikeFeature, Strategy> {
  const strategies = new Map<ast.LikeFeature, Strategy>();
  for (const { feature, strategy, span } of like.options) {
    if (strategies.has(feature)) throw new TidemillError('wrong-argument', `LIKE names ${feature} twice`, { span });
    if (strategy === 'OVERWRITING' && !overwritable.has(feature))
      throw new TidemillError('wrong-argument', `LIKE cannot overwrite ${feature}`, {
        span,
        hint: `write INCLUDING ${feature} or EXCLUDING ${feature}`,
      });
    strategies.set(feature, strategy);
  }
  return strategies;
}

function checkConflicts(
  node: ast.CreateTable,
  base: UnboundParts,
  includes: (feature: ast.LikeFeature) => boolean,
  strategyOf: (feature: ast.LikeFeature) => Strategy,
  found: TableDescriptor,
): void {
  if (node.primaryKey !== undefined && base.key !== undefined && includes('CONSTRAINTS'))
    throw new TidemillError('wrong-argument', `'${found.path.name}' has a primary key already`, {
      span: node.primaryKey.span,
      hint: 'LIKE … (EXCLUDING CONSTRAINTS) leaves it out',
    });
  const [watermark] = node.watermarks;
  if (watermark !== undefined && base.watermark !== undefined && strategyOf('WATERMARKS') === 'INCLUDING')
    throw new TidemillError('wrong-argument', `'${found.path.name}' has a watermark already`, {
      span: watermark.span,
      hint: 'LIKE … (OVERWRITING WATERMARKS) takes this one',
    });
  if (node.partitionedBy.length > 0 && base.partitionedBy.length > 0 && includes('PARTITIONS'))
    throw new TidemillError('wrong-argument', `'${found.path.name}' has partitions already`, {
      span: node.partitionedBy[0]!.span,
      hint: 'LIKE … (EXCLUDING PARTITIONS) leaves them out',
    });
  const again =
    strategyOf('OPTIONS') === 'INCLUDING'
      ? node.options.find(option => found.options[option.key.value] !== undefined)
      : undefined;
  if (again !== undefined)
    throw new TidemillError('wrong-argument', `'${found.path.name}' has the option '${again.key.value}' already`, {
      span: again.span,
      hint: 'LIKE … (OVERWRITING OPTIONS) takes this one',
    });
}
