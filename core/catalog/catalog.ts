import { type Span, TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import type { CatalogObject, FunctionDescriptor, ObjectPath } from './descriptors.ts';
import { pathToString } from './descriptors.ts';

export const defaultCatalogName = 'default_catalog';
export const defaultDatabaseName = 'default_database';

interface Database extends Described {
  readonly objects: Map<string, CatalogObject>;
  readonly functions: Map<string, FunctionDescriptor>;
}

/** What SHOW CREATE and DESCRIBE tell of a catalog or database. */
export interface Described {
  readonly comment?: string | undefined;
  readonly options: Readonly<Record<string, string>>;
}

interface CatalogEntry extends Described {
  readonly databases: Map<string, Database>;
}

/** A name as written, with its place for errors. */
export interface WrittenName {
  readonly parts: readonly string[];
  readonly span?: Span | undefined;
}

export interface CreateOptions {
  readonly ifNotExists?: boolean | undefined;
  readonly orReplace?: boolean | undefined;
  readonly span?: Span | undefined;
}
export interface DropOptions {
  readonly ifExists?: boolean | undefined;
  readonly temporary?: boolean | undefined;
  readonly cascade?: boolean | undefined;
}

/**
 * Names of one session: catalogs, databases, tables, views and functions, all in memory. Temporary objects hide permanent ones of the same path.
 * Holds data only; whoever uses a table reads its connector and options from the descriptor.
 *
 * @example
 * const catalog = new Catalog();
 * catalog.lookup({ parts: ['bid'] }); // throws unknown-table, naming the nearest
 */
export class Catalog {
  currentCatalog = defaultCatalogName;
  currentDatabase = defaultDatabaseName;
  readonly #catalogs = new Map<string, CatalogEntry>();
  readonly #temporary = new Map<string, CatalogObject>();
  readonly #temporaryFunctions = new Map<string, FunctionDescriptor>();
  readonly #systemFunctions = new Map<string, FunctionDescriptor>();

  constructor() {
    this.#catalogs.set(defaultCatalogName, {
      options: {},
      databases: new Map([[defaultDatabaseName, emptyDatabase()]]),
    });
  }

  /** Completes a name of one to three parts with the current catalog and database. */
  resolve({ parts, span }: WrittenName): ObjectPath {
    if (parts.length === 0 || parts.length > 3)
      throw new TidemillError('wrong-name', `a name has one to three parts, not ${parts.length}: ${parts.join('.')}`, { span });
    const name = parts[parts.length - 1]!;
    if (parts.length === 3) return { catalog: parts[0]!, database: parts[1]!, name };
    if (parts.length === 2) return { catalog: this.currentCatalog, database: parts[0]!, name };
    return { catalog: this.currentCatalog, database: this.currentDatabase, name };
  }

  find(path: ObjectPath): CatalogObject | undefined {
    return (
      this.#temporary.get(pathToString(path)) ??
      this.#catalogs.get(path.catalog)?.databases.get(path.database)?.objects.get(path.name)
    );
  }

  /** The table or view of a name. Errors: unknown-table with the nearest names. */
  lookup(written: WrittenName): CatalogObject {
    const path = this.resolve(written);
    const found = this.find(path);
    if (found !== undefined) return found;
    this.#requireDatabase(path, written.span);
    const names = this.listObjects(path.catalog, path.database).map(object => object.path.name);
    const shown = written.parts.join('.');
    throw new TidemillError('unknown-table', `there is no table '${shown}'`, {
      span: written.span,
      hint: didYouMean(path.name, names) ?? knownTables(names),
    });
  }

  /** Adds a table or view; false when it was there and IF NOT EXISTS was said. */
  create(object: CatalogObject, options: CreateOptions = {}): boolean {
    const key = pathToString(object.path);
    const database = this.#requireDatabase(object.path, options.span);
    const exists = object.temporary ? this.#temporary.has(key) : database.objects.has(object.path.name);
    if (exists && options.ifNotExists) return false;
    if (exists && !options.orReplace)
      throw new TidemillError('table-exists', `${object.kind} '${object.path.name}' exists already`, {
        span: options.span,
        hint: `write CREATE ${object.kind.toUpperCase()} IF NOT EXISTS, or drop it first`,
      });
    if (object.temporary) this.#temporary.set(key, object);
    else database.objects.set(object.path.name, object);
    return true;
  }

  /** Puts a changed descriptor in the place of the old one (ALTER), under its new name if it has one. */
  alter(before: CatalogObject, after: CatalogObject): void {
    if (before.path.name !== after.path.name) this.#requireDatabase(before.path).objects.delete(before.path.name);
    this.replace(after);
  }

  /** Puts a changed descriptor in the place of the old one (inferred columns). */
  replace(object: CatalogObject): void {
    if (object.temporary) this.#temporary.set(pathToString(object.path), object);
    else this.#requireDatabase(object.path).objects.set(object.path.name, object);
  }

  drop(kind: 'table' | 'view', written: WrittenName, options: DropOptions = {}): boolean {
    const path = this.resolve(written);
    const key = pathToString(path);
    const permanent = this.#catalogs.get(path.catalog)?.databases.get(path.database)?.objects;
    const temporary = this.#temporary.get(key);
    if (temporary !== undefined && !options.temporary && permanent?.has(path.name))
      throw new TidemillError('temporary-exists', `a temporary ${temporary.kind} '${path.name}' hides the permanent one`, {
        span: written.span,
        hint: `DROP TEMPORARY ${temporary.kind.toUpperCase()} first`,
      });
    const found = options.temporary ? temporary : (temporary ?? permanent?.get(path.name));
    if (found === undefined || found.kind !== kind) {
      if (options.ifExists) return false;
      if (found !== undefined)
        throw new TidemillError('wrong-kind', `'${path.name}' is a ${found.kind}, not a ${kind}`, {
          span: written.span,
          hint: `DROP ${found.kind.toUpperCase()}`,
        });
      const names = this.listObjects(path.catalog, path.database).flatMap(object =>
        object.kind === kind ? [object.path.name] : [],
      );
      throw new TidemillError('unknown-table', `there is no ${kind} '${written.parts.join('.')}'`, {
        span: written.span,
        hint: didYouMean(path.name, names) ?? `write DROP ${kind.toUpperCase()} IF EXISTS`,
      });
    }
    return found.temporary ? this.#temporary.delete(key) : permanent!.delete(path.name);
  }

  /** Errors: unknown-catalog, unknown-database. */
  requireDatabase(catalog: string, database: string, span?: Span): void {
    this.#requireDatabase({ catalog, database }, span);
  }

  /** Tables and views one can name in a database, temporary ones in the place of those they hide; by name. */
  listObjects(catalog = this.currentCatalog, database = this.currentDatabase): CatalogObject[] {
    const found = new Map(this.#catalogs.get(catalog)?.databases.get(database)?.objects);
    for (const object of this.#temporary.values())
      if (object.path.catalog === catalog && object.path.database === database) found.set(object.path.name, object);
    return [...found.values()].sort((left, right) => (left.path.name < right.path.name ? -1 : 1));
  }

  listCatalogs(): string[] {
    return [...this.#catalogs.keys()].sort();
  }

  listDatabases(catalog = this.currentCatalog, span?: Span): string[] {
    return [...this.#requireCatalog(catalog, span).databases.keys()].sort();
  }

  /** A catalog in memory; its option `default-database` names the database it begins with. Errors: catalog-exists, wrong-option. */
  createCatalog(name: string, options: CreateOptions = {}, described: Described = { options: {} }): boolean {
    if (this.#catalogs.has(name)) {
      if (options.ifNotExists) return false;
      throw new TidemillError('catalog-exists', `catalog '${name}' exists already`, {
        span: options.span,
        hint: 'write CREATE CATALOG IF NOT EXISTS, or drop it first',
      });
    }
    const first = described.options['default-database'] ?? 'default';
    this.#catalogs.set(name, { ...described, databases: new Map([[first, emptyDatabase()]]) });
    return true;
  }

  /** Errors: unknown-catalog. */
  describeCatalog(name: string, span?: Span): Described {
    const { comment, options } = this.#requireCatalog(name, span);
    return { comment, options };
  }

  /** Another comment or other options; with another `default-database` that one is there too. */
  alterCatalog(name: string, described: Described, span?: Span): void {
    const entry = this.#requireCatalog(name, span);
    const first = described.options['default-database'];
    if (first !== undefined && !entry.databases.has(first)) entry.databases.set(first, emptyDatabase());
    this.#catalogs.set(name, { databases: entry.databases, ...described });
  }

  dropCatalog(name: string, options: DropOptions = {}, span?: Span): boolean {
    if (!this.#catalogs.has(name) && options.ifExists) return false;
    this.#requireCatalog(name, span);
    if (name === this.currentCatalog)
      throw new TidemillError('catalog-in-use', `catalog '${name}' is the current one`, {
        span,
        hint: 'USE CATALOG another first',
      });
    return this.#catalogs.delete(name);
  }

  createDatabase(catalog: string, name: string, options: CreateOptions = {}, described: Described = { options: {} }): boolean {
    const { databases } = this.#requireCatalog(catalog, options.span);
    if (databases.has(name)) {
      if (options.ifNotExists) return false;
      throw new TidemillError('database-exists', `database '${name}' exists already`, {
        span: options.span,
        hint: 'write CREATE DATABASE IF NOT EXISTS, or drop it first',
      });
    }
    databases.set(name, { ...emptyDatabase(), ...described });
    return true;
  }

  /** Errors: unknown-catalog, unknown-database. */
  describeDatabase(catalog: string, name: string, span?: Span): Described {
    const { comment, options } = this.#requireDatabase({ catalog, database: name }, span);
    return { comment, options };
  }

  alterDatabase(catalog: string, name: string, described: Described, span?: Span): void {
    const database = this.#requireDatabase({ catalog, database: name }, span);
    this.#requireCatalog(catalog).databases.set(name, { ...database, ...described });
  }

  dropDatabase(catalog: string, name: string, options: DropOptions = {}, span?: Span): boolean {
    const { databases } = this.#requireCatalog(catalog, span);
    if (!databases.has(name) && options.ifExists) return false;
    const database = this.#requireDatabase({ catalog, database: name }, span);
    if (catalog === this.currentCatalog && name === this.currentDatabase)
      throw new TidemillError('database-in-use', `database '${name}' is the current one`, { span, hint: 'USE another first' });
    if (!options.cascade && database.objects.size + database.functions.size > 0)
      throw new TidemillError('database-not-empty', `database '${name}' is not empty`, {
        span,
        hint: 'write DROP DATABASE … CASCADE',
      });
    return databases.delete(name);
  }

  useCatalog(name: string, span?: Span): void {
    const { databases, options } = this.#requireCatalog(name, span);
    this.currentCatalog = name;
    const first = options['default-database'] ?? defaultDatabaseName;
    this.currentDatabase = databases.has(first) ? first : [...databases.keys()][0]!;
  }

  /** `USE db` or `USE catalog.db`. */
  useDatabase({ parts, span }: WrittenName): void {
    const [catalog, database] = parts.length === 2 ? [parts[0]!, parts[1]!] : [this.currentCatalog, parts[0]!];
    this.#requireDatabase({ catalog, database }, span);
    this.currentCatalog = catalog;
    this.currentDatabase = database;
  }

  createFunction(descriptor: FunctionDescriptor, options: CreateOptions = {}): boolean {
    const functions = this.#functionsFor(descriptor, options.span);
    const key = descriptor.temporary && descriptor.path ? pathToString(descriptor.path) : descriptor.name;
    if (functions.has(key)) {
      if (options.ifNotExists) return false;
      if (!options.orReplace)
        throw new TidemillError('function-exists', `function '${descriptor.name}' exists already`, {
          span: options.span,
          hint: 'write CREATE OR REPLACE FUNCTION, or CREATE FUNCTION IF NOT EXISTS',
        });
    }
    functions.set(key, descriptor);
    return true;
  }

  dropFunction(written: WrittenName, options: DropOptions & { readonly system?: boolean } = {}): boolean {
    const path = this.resolve(written);
    const permanent = this.#catalogs.get(path.catalog)?.databases.get(path.database)?.functions;
    const dropped = options.system
      ? this.#systemFunctions.delete(path.name)
      : options.temporary
        ? this.#temporaryFunctions.delete(pathToString(path))
        : (permanent?.delete(path.name) ?? false);
    if (!dropped && !options.ifExists)
      throw new TidemillError('unknown-function', `there is no function '${written.parts.join('.')}'`, {
        span: written.span,
        hint: didYouMean(
          path.name,
          this.listFunctions().map(descriptor => descriptor.name),
        ),
      });
    return dropped;
  }

  /**
   * A user function by name, in Flink's order: temporary system, temporary, catalog; built-ins, which come after the first, are not here.
   * Names match exactly, or in any case where nothing matches exactly.
   */
  findFunction(parts: readonly string[], stage: 'system' | 'catalog'): FunctionDescriptor | undefined {
    const anyCase = <T>(map: ReadonlyMap<string, T> | undefined, key: string): T | undefined =>
      map?.get(key) ?? [...(map ?? [])].find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
    if (stage === 'system') return parts.length === 1 ? anyCase(this.#systemFunctions, parts[0]!) : undefined;
    if (parts.length > 3) return undefined;
    const path = this.resolve({ parts });
    return (
      anyCase(this.#temporaryFunctions, pathToString(path)) ??
      anyCase(this.#catalogs.get(path.catalog)?.databases.get(path.database)?.functions, path.name)
    );
  }

  listFunctions(catalog = this.currentCatalog, database = this.currentDatabase): FunctionDescriptor[] {
    const temporary = [...this.#temporaryFunctions.values()].filter(
      descriptor => descriptor.path?.catalog === catalog && descriptor.path.database === database,
    );
    const permanent = this.#catalogs.get(catalog)?.databases.get(database)?.functions.values() ?? [];
    return [...this.#systemFunctions.values(), ...temporary, ...permanent].sort((left, right) =>
      left.name < right.name ? -1 : 1,
    );
  }

  #functionsFor(descriptor: FunctionDescriptor, span?: Span): Map<string, FunctionDescriptor> {
    if (descriptor.path === undefined) return this.#systemFunctions;
    const database = this.#requireDatabase(descriptor.path, span);
    return descriptor.temporary ? this.#temporaryFunctions : database.functions;
  }

  #requireCatalog(name: string, span?: Span): CatalogEntry {
    const entry = this.#catalogs.get(name);
    if (entry === undefined)
      throw new TidemillError('unknown-catalog', `there is no catalog '${name}'`, {
        span,
        hint: didYouMean(name, this.#catalogs.keys()),
      });
    return entry;
  }

  #requireDatabase(path: { readonly catalog: string; readonly database: string }, span?: Span): Database {
    const { databases } = this.#requireCatalog(path.catalog, span);
    const database = databases.get(path.database);
    if (database === undefined)
      throw new TidemillError('unknown-database', `there is no database '${path.database}' in catalog '${path.catalog}'`, {
        span,
        hint: didYouMean(path.database, databases.keys()),
      });
    return database;
  }
}

const emptyDatabase = (): Database => ({ options: {}, objects: new Map(), functions: new Map() });

function knownTables(names: readonly string[]): string {
  if (names.length === 0) return 'no table has been made yet: CREATE TABLE first';
  const shown = names.slice(0, 5).map(name => `'${name}'`);
  return `there ${names.length === 1 ? 'is' : 'are'} ${shown.join(', ')}${names.length > shown.length ? ', …' : ''}`;
}

/** Key under which a plan names a user function: short where it lies in the default database. */
export function functionKey(name: string, path: ObjectPath | undefined): string {
  if (path === undefined) return name;
  return path.catalog === defaultCatalogName && path.database === defaultDatabaseName ? path.name : pathToString(path);
}
