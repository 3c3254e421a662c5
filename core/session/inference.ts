import type { Catalog } from '../catalog/catalog.ts';
import { TidemillError } from '../common/errors.ts';
import { connectorOf } from '../connectors/index.ts';
import type { Query } from '../sql/ast/query.ts';
import type { Statement } from '../sql/ast/statement.ts';
import { collectReferences, type OutsideReference, type ResolvedSource, unresolved } from '../sql/binder/index.ts';
import { type AllowPath, requireOptions } from './allowed-paths.ts';
import { withSecrets } from './secrets.ts';

const formatsByEnding: Readonly<Record<string, string>> = {
  parquet: 'parquet',
  csv: 'csv',
  json: 'json',
  jsonl: 'json',
  ndjson: 'json',
  arrow: 'arrow',
  arrows: 'arrow',
  feather: 'arrow',
};

/** Looks at files of `FROM 'f.parquet'` and at tables without columns, so that binding knows their columns. */
export async function resolveReferences(
  statement: Statement,
  catalog: Catalog,
  parseQuery: (text: string) => Query,
  baseDirectory: string,
  secret: (name: string) => string | undefined,
  allow?: AllowPath,
): Promise<Map<string, ResolvedSource>> {
  const resolved = new Map<string, ResolvedSource>();
  for (const reference of collectReferences(statement, catalog, parseQuery, baseDirectory)) {
    const options = optionsOf(reference);
    const connector = connectorOf(options['connector']!);
    if (connector.inferSchema === undefined)
      throw unresolved(reference, `connector '${connector.name}' does not know its columns`);
    const directory = reference.baseDirectory ?? baseDirectory;
    if (allow !== undefined)
      requireOptions(allow, { connector: connector.name, options, baseDirectory: directory }, secret, reference.span);
    try {
      const opened = withSecrets(options, secret, directory);
      resolved.set(reference.key, {
        connector: connector.name,
        options: { ...(await connector.inferOptions?.(opened, directory)), ...options },
        schema: await connector.inferSchema(opened, directory),
      });
    } catch (error) {
      if (error instanceof TidemillError && error.span === undefined) {
        throw new TidemillError(error.code, error.message, {
          domain: error.domain,
          span: reference.span,
          hint: error.hint,
          cause: error,
        });
      }
      throw error;
    }
  }
  return resolved;
}

function optionsOf(reference: OutsideReference): Readonly<Record<string, string>> {
  if (reference.path === undefined) {
    if (reference.options['connector'] === undefined)
      throw unresolved(reference, "its WITH does not say which 'connector' it uses");
    return reference.options;
  }
  const ending = /\.([a-z]+)(?:\.(?:gz|zst))?$/i.exec(reference.path)?.[1]?.toLowerCase() ?? '';
  const format = reference.options['format'] ?? formatsByEnding[ending];
  if (format === undefined)
    throw unresolved(
      reference,
      `its ending names no format; there are ${[...new Set(Object.values(formatsByEnding))].join(', ')}`,
    );
  return { connector: 'filesystem', path: reference.path, format, ...reference.options };
}
