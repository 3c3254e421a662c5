import type { Catalog } from '../catalog/catalog.ts';
import { type Span, TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import type { OptionNode } from '../sql/ast/node.ts';
import { type Command, optionsOf } from '../sql/binder/index.ts';
import type { StatementResult } from './contract.ts';
import { written } from './written.ts';

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

const done = (message: string): StatementResult => ({ kind: 'done', message });

/** The one type of catalog there is; its options. */
const catalogType = 'generic_in_memory';
const catalogOptions = ['type', 'default-database'];

/** Errors: missing-option, unknown-catalog-type, unknown-option, catalog-exists. */
export function createCatalog(command: Of<'create-catalog'>, catalog: Catalog): StatementResult {
  checkCatalogOptions(command.options, command.name.span);
  const described = { options: optionsOf(command.options), comment: command.comment?.value };
  if (described.options['type'] === undefined)
    throw new TidemillError('missing-option', `catalog '${command.name.name}' does not say its type`, {
      span: command.name.span,
      hint: `write WITH ('type' = '${catalogType}')`,
    });
  catalog.createCatalog(command.name.name, { ifNotExists: command.ifNotExists, span: command.name.span }, described);
  return done(`catalog ${command.name.name} created`);
}

function checkCatalogOptions(options: readonly OptionNode[], span: Span): void {
  for (const { key, value } of options) {
    if (!catalogOptions.includes(key.value))
      throw new TidemillError('unknown-option', `a catalog in memory has no option '${key.value}'`, {
        span: key.span ?? span,
        hint: didYouMean(key.value, catalogOptions) ?? `it has ${catalogOptions.join(', ')}`,
      });
    if (key.value === 'type' && value.value !== catalogType)
      throw new TidemillError('unknown-catalog-type', `there is no catalog of the type '${value.value}'`, {
        span: value.span,
        hint: didYouMean(value.value, [catalogType]) ?? `there is '${catalogType}'; tables are declared with CREATE TABLE`,
      });
  }
}

/** Errors: unknown-catalog, unknown-option, wrong-argument. */
export function alterCatalog(command: Of<'alter-catalog'>, catalog: Catalog): StatementResult {
  const { name, span } = command.name;
  const before = catalog.describeCatalog(name, span);
  checkCatalogOptions(command.set, span);
  const options: Record<string, string> = { ...before.options, ...optionsOf(command.set) };
  for (const key of command.reset) {
    if (key.value === 'type')
      throw new TidemillError('wrong-argument', "a catalog cannot be without its 'type'", { span: key.span });
    delete options[key.value];
  }
  catalog.alterCatalog(name, { options, comment: command.comment?.value ?? before.comment }, span);
  return done(`catalog ${name} altered`);
}

const inCatalog = (command: Of<'create-database' | 'alter-database'>, catalog: Catalog) => {
  const { parts, span } = written(command.name);
  if (parts.length > 2)
    throw new TidemillError('wrong-name', `a database's name has one or two parts, not ${parts.length}`, { span });
  return { catalogName: parts.length > 1 ? parts[0]! : catalog.currentCatalog, name: parts[parts.length - 1]!, span };
};

export function createDatabase(command: Of<'create-database'>, catalog: Catalog): StatementResult {
  const { catalogName, name, span } = inCatalog(command, catalog);
  const described = { options: optionsOf(command.options), comment: command.comment?.value };
  catalog.createDatabase(catalogName, name, { ifNotExists: command.ifNotExists, span }, described);
  return done(`database ${name} created`);
}

export function alterDatabase(command: Of<'alter-database'>, catalog: Catalog): StatementResult {
  const { catalogName, name, span } = inCatalog(command, catalog);
  const before = catalog.describeDatabase(catalogName, name, span);
  catalog.alterDatabase(catalogName, name, { ...before, options: { ...before.options, ...optionsOf(command.set) } }, span);
  return done(`database ${name} altered`);
}
