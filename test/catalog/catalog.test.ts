import { describe, expect, it } from 'vitest';
import { Catalog } from '../../core/catalog/catalog.ts';
import { checkOptions, durationMs } from '../../core/catalog/connectors.ts';
import type { FunctionDescriptor, TableDescriptor } from '../../core/catalog/descriptors.ts';
import { types } from '../../core/columnar/types.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { planConnectors } from '../support/planning.ts';

function table(catalog: Catalog, name: string, temporary = false): TableDescriptor {
  return {
    kind: 'table',
    path: catalog.resolve({ parts: name.split('.') }),
    temporary,
    columns: [{ kind: 'physical', name: temporary ? 'temporary' : 'permanent', type: types.int() }],
    inferred: false,
    partitionedBy: [],
    options: {},
  };
}
const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'no error';
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error;
    return `${error.code}: ${error.hint ?? ''}`;
  }
};

describe('tables', () => {
  it('are found by one, two and three parts', () => {
    const catalog = new Catalog();
    catalog.create(table(catalog, 't'));
    for (const parts of [['t'], ['default_database', 't'], ['default_catalog', 'default_database', 't']])
      expect(catalog.lookup({ parts }).path.name).toBe('t');
  });

  it('a temporary one hides the permanent one until it is dropped', () => {
    const catalog = new Catalog();
    catalog.create(table(catalog, 't'));
    catalog.create(table(catalog, 't', true));
    expect(catalog.lookup({ parts: ['t'] })).toMatchObject({ temporary: true });
    expect(catalog.listObjects().length).toBe(1);
    expect(codeOf(() => catalog.drop('table', { parts: ['t'] }))).toBe('temporary-exists: DROP TEMPORARY TABLE first');
    catalog.drop('table', { parts: ['t'] }, { temporary: true });
    expect(catalog.lookup({ parts: ['t'] })).toMatchObject({ temporary: false });
  });

  it('cannot be made twice, unless asked kindly', () => {
    const catalog = new Catalog();
    catalog.create(table(catalog, 't'));
    expect(codeOf(() => catalog.create(table(catalog, 't')))).toContain('table-exists');
    expect(catalog.create(table(catalog, 't'), { ifNotExists: true })).toBe(false);
  });

  it('unknown ones name the nearest', () => {
    const catalog = new Catalog();
    catalog.create(table(catalog, 'flights'));
    expect(codeOf(() => catalog.lookup({ parts: ['flihgts'] }))).toBe("unknown-table: did you mean 'flights'?");
    expect(codeOf(() => catalog.lookup({ parts: ['other', 'flights'] }))).toContain('unknown-database');
    expect(codeOf(() => catalog.drop('view', { parts: ['flights'] }))).toBe('wrong-kind: DROP TABLE');
  });
});

describe('catalogs and databases', () => {
  it('are made, used and dropped', () => {
    const catalog = new Catalog();
    catalog.createDatabase('default_catalog', 'sales');
    catalog.useDatabase({ parts: ['sales'] });
    catalog.create(table(catalog, 't'));
    expect(catalog.lookup({ parts: ['t'] }).path.database).toBe('sales');
    expect(codeOf(() => catalog.dropDatabase('default_catalog', 'sales'))).toContain('database-in-use');
    catalog.useDatabase({ parts: ['default_database'] });
    expect(codeOf(() => catalog.dropDatabase('default_catalog', 'sales'))).toContain('database-not-empty');
    expect(catalog.dropDatabase('default_catalog', 'sales', { cascade: true })).toBe(true);
    expect(catalog.listDatabases()).toEqual(['default_database']);
    catalog.createCatalog('other');
    catalog.useCatalog('other');
    expect([catalog.currentCatalog, catalog.currentDatabase]).toEqual(['other', 'default']);
    expect(codeOf(() => catalog.useCatalog('othr'))).toBe("unknown-catalog: did you mean 'other'?");
  });
});

describe('functions', () => {
  const late = (overrides: Partial<FunctionDescriptor>): FunctionDescriptor => ({
    key: 'late',
    name: 'late',
    temporary: true,
    language: 'WASM',
    argumentTypes: [types.int()],
    resultType: types.int(),
    deterministic: true,
    ...overrides,
  });

  it('temporary system functions come first, others are found in any case', () => {
    const catalog = new Catalog();
    catalog.createFunction(late({ path: catalog.resolve({ parts: ['late'] }), temporary: false, resultType: types.bigint() }));
    expect(catalog.findFunction(['late'], 'system')).toBeUndefined();
    expect(catalog.findFunction(['LATE'], 'catalog')?.resultType.kind).toBe('BIGINT');
    catalog.createFunction(late({}));
    expect(catalog.findFunction(['Late'], 'system')?.resultType.kind).toBe('INT');
    expect(codeOf(() => catalog.createFunction(late({})))).toContain('function-exists');
    expect(catalog.dropFunction({ parts: ['late'] }, { system: true })).toBe(true);
    expect(codeOf(() => catalog.dropFunction({ parts: ['laet'] }))).toBe("unknown-function: did you mean 'late'?");
  });
});

describe('options', () => {
  const check = (options: Record<string, string>): string =>
    codeOf(() => checkOptions(options, planConnectors, 't', () => undefined));

  it('are checked by name and value', () => {
    expect(check({ connector: 'files', path: 'x', format: 'json', 'json.ignore-parse-errors': 'true' })).toBe('no error');
    expect(check({ connector: 'files', pth: 'x' })).toBe("unknown-option: did you mean 'path'?");
    expect(check({ connector: 'files' })).toContain('missing-option');
    expect(check({ connector: 'files', path: 'x', format: 'json', 'json.ignore-parse-errors': 'maybe' })).toContain(
      'wrong-option',
    );
    expect(check({})).toContain('missing-option');
  });

  it('durations are read as Flink reads them', () => {
    expect(['5 s', '100', '2min', '1 d', '3 hours', '1 x', '-1 s'].map(durationMs)).toEqual([
      5000,
      100,
      120_000,
      86_400_000,
      10_800_000,
      undefined,
      undefined,
    ]);
  });
});
