import type { Catalog } from '../catalog/catalog.ts';
import { types } from '../columnar/types.ts';
import { internalError, notSupported, TidemillError, unreachable } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import type { Identifier } from '../sql/ast/node.ts';
import type { Command } from '../sql/binder/index.ts';
import { alterCatalog, alterDatabase, createCatalog, createDatabase } from './catalog-commands.ts';
import type { StatementResult } from './contract.ts';
import { describe, show } from './listings.ts';
import type { Settings } from './settings.ts';
import { written } from './written.ts';

const done = (message: string): StatementResult => ({ kind: 'done', message });

/** Runs what needs the catalog and the settings only. @throws TidemillError with the place in the statement. */
export function runCommand(command: Command, catalog: Catalog, settings: Settings): StatementResult {
  switch (command.kind) {
    case 'set': {
      if (command.option === undefined) {
        const schema = [
          { name: 'key', type: types.string(false) },
          { name: 'value', type: types.string(false) },
        ];
        return { kind: 'listing', schema, rows: settings.entries() };
      }
      settings.set(command.option.key.value, command.option.value.value, command.option.span);
      return done('set');
    }
    case 'reset':
      settings.reset(command.key?.value);
      return done('reset');
    case 'use':
      if (command.object === 'CATALOG') catalog.useCatalog(command.name[0]!.name, written(command.name).span);
      else catalog.useDatabase(written(command.name));
      return done(`using ${command.name.map(part => part.name).join('.')}`);
    case 'create-catalog':
      return createCatalog(command, catalog);
    case 'alter-catalog':
      return alterCatalog(command, catalog);
    case 'create-database':
      return createDatabase(command, catalog);
    case 'alter-database':
      return alterDatabase(command, catalog);
    case 'drop':
      return drop(command, catalog);
    case 'show':
      return show(command, catalog);
    case 'describe':
      return describe(command, catalog);
    case 'use-modules':
      return useModules(command);
    case 'load-module':
      throw command.name.name === 'core'
        ? new TidemillError('module-exists', "the module 'core' is loaded already", { span: command.name.span })
        : notSupported(`the module '${command.name.name}'`, command.name.span, "there is the module 'core' only");
    case 'unload-module':
      requireModule(command.name);
      throw notSupported('being without the built-in functions', command.span);
    case 'analyze':
      return analyze(command, catalog, settings);
    case 'update':
    case 'delete':
    case 'truncate':
      return refuseRowChange(command, catalog);
    case 'call-procedure':
      throw new TidemillError('unknown-procedure', `there is no procedure '${written(command.name).parts.join('.')}'`, {
        span: written(command.name).span,
        hint: 'catalogs in memory have no procedures',
      });
    case 'alter-function':
      throw internalError('ALTER FUNCTION is the session’s');
    case 'jar':
      throw notSupported('JAR files', command.span, "a .wasm file takes their place: CREATE FUNCTION f USING 'f.wasm'");
    case 'compile-plan':
    case 'execute-plan':
      throw notSupported('compiled plans', command.span, 'the statement itself is planned in milliseconds');
    case 'create-model':
    case 'alter-model':
      throw notSupported('models', command.span, 'a function from a .wasm file can hold a model');
    case 'create-materialized-table':
    case 'alter-materialized-table':
      throw notSupported('materialized tables', command.span, 'INSERT INTO a table does the same as a job of its own');
    case 'explain-stall':
    case 'stop-job':
      throw internalError('statements about jobs are the session’s');
    default:
      return unreachable(command);
  }
}

function drop(command: Extract<Command, { kind: 'drop' }>, catalog: Catalog): StatementResult {
  const name = written(command.name);
  const options = { ifExists: command.ifExists, temporary: command.temporary };
  switch (command.object) {
    case 'TABLE':
    case 'VIEW':
      catalog.drop(command.object === 'TABLE' ? 'table' : 'view', name, options);
      break;
    case 'FUNCTION':
      catalog.dropFunction(name, { ...options, system: command.system });
      break;
    case 'CATALOG':
      catalog.dropCatalog(name.parts[0]!, options, name.span);
      break;
    case 'DATABASE':
      catalog.dropDatabase(
        name.parts.length > 1 ? name.parts[0]! : catalog.currentCatalog,
        name.parts.at(-1)!,
        { ...options, cascade: command.behavior === 'CASCADE' },
        name.span,
      );
      break;
    case 'MODEL':
      if (!command.ifExists) throw notSupported('models', command.span);
      break;
    case 'MATERIALIZED TABLE':
      if (!command.ifExists)
        throw new TidemillError('unknown-table', `there is no materialized table '${name.parts.join('.')}'`, {
          span: name.span,
          hint: `write DROP ${command.object} IF EXISTS`,
        });
      break;
  }
  return done(`${command.object.toLowerCase()} ${name.parts.join('.')} dropped`);
}

// Modules -------------------------------------------------------------------------------------------------------------

function requireModule({ name, span }: Identifier): void {
  if (name === 'core') return;
  throw new TidemillError('unknown-module', `there is no module '${name}'`, {
    span,
    hint: didYouMean(name, ['core']) ?? "there is the module 'core' only",
  });
}

function useModules({ names }: Extract<Command, { kind: 'use-modules' }>): StatementResult {
  for (const name of names) requireModule(name);
  return done(`using ${names.map(name => name.name).join(', ')}`);
}

// Statements about rows that are there --------------------------------------------------------------------------------

/** Statistics are read from the data when a query is planned, so there is nothing to gather; what is named must exist. */
function analyze(command: Extract<Command, { kind: 'analyze' }>, catalog: Catalog, settings: Settings): StatementResult {
  const table = catalog.lookup(written(command.table));
  if (settings.get('execution.runtime-mode') !== 'batch')
    throw new TidemillError('wrong-mode', 'ANALYZE TABLE is for batch mode', {
      span: command.span,
      hint: "SET 'execution.runtime-mode' = 'batch'",
    });
  if (table.kind === 'view')
    throw new TidemillError('wrong-kind', `'${table.path.name}' is a view, which has no statistics`, {
      span: written(command.table).span,
    });
  const columns = table.columns.map(column => column.name);
  const asked = [...(command.columns === 'ALL' ? [] : (command.columns ?? [])), ...command.partition.map(part => part.column)];
  for (const { name, span } of asked)
    if (!columns.includes(name))
      throw new TidemillError('unknown-column', `the table has no column '${name}'`, { span, hint: didYouMean(name, columns) });
  const missing = table.partitionedBy.filter(name => !command.partition.some(part => part.column.name === name));
  if (missing.length > 0)
    throw new TidemillError('wrong-argument', `ANALYZE needs all partition columns, and ${missing.join(', ')} is not named`, {
      span: command.span,
      hint: `write PARTITION (${table.partitionedBy.join(', ')})`,
    });
  return done('statistics are read from the data itself: nothing to gather');
}

/** As in Flink, rows change only where a connector can do it; those here append or replace by key. */
function refuseRowChange(
  command: Extract<Command, { kind: 'update' | 'delete' | 'truncate' }>,
  catalog: Catalog,
): StatementResult {
  const name = written(command.table);
  const table = catalog.lookup(name);
  if (table.kind === 'view')
    throw new TidemillError('wrong-kind', `'${table.path.name}' is a view, which cannot be changed`, { span: name.span });
  if (command.kind === 'update')
    for (const { column } of command.assignments) {
      const [first] = column;
      const columns = table.columns.map(entry => entry.name);
      if (!columns.includes(first!.name))
        throw new TidemillError('unknown-column', `${table.path.name} has no column '${first!.name}'`, {
          span: first!.span,
          hint: didYouMean(first!.name, columns),
        });
    }
  const verb = { update: 'updated', delete: 'deleted', truncate: 'truncated' }[command.kind];
  throw new TidemillError(
    'not-a-sink',
    `rows of '${table.path.name}' cannot be ${verb}: connector '${table.options['connector'] ?? ''}' cannot change rows in place`,
    { span: name.span, hint: 'INSERT INTO a table with a PRIMARY KEY replaces the rows of equal keys' },
  );
}
