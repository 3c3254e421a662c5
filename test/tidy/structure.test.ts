import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, projectRoot, sourceFiles } from '../support/source-files.ts';

/** The ladder of core/ARCHITECTURE.md: a room imports only from rooms before it. */
const rooms = [
  'common',
  'wasm',
  'kernels',
  'columnar',
  'storage',
  'plan',
  'functions',
  'catalog',
  'sql',
  'table-api',
  'optimizer',
  'duckdb',
  'udf',
  'codegen',
  'state',
  'connectors',
  'operators',
  'physical',
  'runtime',
  'flink',
  'session',
  'server',
  'cli',
];
const topLevel = new Set([
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'core',
  'udf-sdk',
  'python-bridge',
  'benchmarks',
  'test',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  '.ci',
  '.gitignore',
  '.npmrc',
  'biome.json',
  'vitest.config.ts',
]);
const fileLinesMax = 600;

const core = sourceFiles('core').filter(file => !file.path.startsWith('core/kernels/sources/') && !file.path.endsWith('.as.ts'));
const edges = core.flatMap(importsOf);
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, comment => comment.replace(/[^\n]/g, ' ')).replace(/\/\/.*$/gm, '');
const roomOf = (path: string): string | undefined => /^core\/([^/]+)\//.exec(path)?.[1];

describe('law 1: imports follow the ladder', () => {
  it('finds imports at all', () => {
    expect(edges.length).toBeGreaterThan(100);
  });

  it('every import stays in its room or goes up', () => {
    const wrong = edges.filter(edge => {
      const from = roomOf(edge.from);
      const to = roomOf(edge.to);
      if (from === undefined) return false;
      if (to === undefined) return edge.to !== 'core/index.ts' && !edge.to.startsWith('core/') && edge.to !== 'package.json';
      return rooms.indexOf(to) > rooms.indexOf(from);
    });
    expect(wrong.map(edge => `${edge.from}:${edge.line} imports ${edge.to}`)).toEqual([]);
  });

  it('every import names a file that is there', () => {
    const missing = edges.filter(edge => !existsSync(join(projectRoot, edge.to)));
    expect(missing.map(edge => `${edge.from}:${edge.line} imports ${edge.to}`)).toEqual([]);
  });

  it('has no cycles', () => {
    const targets = new Map<string, string[]>();
    for (const edge of edges) targets.set(edge.from, [...(targets.get(edge.from) ?? []), edge.to]);
    const done = new Set<string>();
    const path: string[] = [];
    const cycles: string[] = [];
    const visit = (file: string): void => {
      if (done.has(file)) return;
      const at = path.indexOf(file);
      if (at >= 0) {
        cycles.push([...path.slice(at), file].join(' → '));
        return;
      }
      path.push(file);
      for (const target of targets.get(file) ?? []) visit(target);
      path.pop();
      done.add(file);
    };
    for (const file of targets.keys()) visit(file);
    expect(cycles).toEqual([]);
  });
});

describe('layout', () => {
  const tracked = execFileSync('git', ['ls-files'], { cwd: projectRoot, encoding: 'utf8' }).split('\n').filter(Boolean);

  it('has nothing else at the top', () => {
    expect([...new Set(tracked.map(path => path.split('/')[0]!))].filter(entry => !topLevel.has(entry))).toEqual([]);
  });

  it('knows every room, and each has a README', () => {
    const folders = readdirSync(join(projectRoot, 'core'), { withFileTypes: true }).filter(entry => entry.isDirectory());
    const present = folders.map(entry => entry.name).filter(name => sourceFiles(`core/${name}`).length > 0);
    expect(present.filter(name => !rooms.includes(name) && name !== 'docs' && name !== 'examples')).toEqual([]);
    expect(present.filter(name => !existsSync(join(projectRoot, 'core', name, 'README.md')))).toEqual([]);
  });

  it('keeps files readable', () => {
    const long = sourceFiles('core')
      .concat(sourceFiles('udf-sdk'))
      .map(file => ({ path: file.path, lines: file.text.split('\n').length }));
    expect(long.filter(file => file.lines > fileLinesMax).map(file => `${file.path}: ${file.lines} lines`)).toEqual([]);
  });

  it('names files in kebab-case', () => {
    expect(core.map(file => file.path).filter(path => !/^[a-z0-9/.-]+$/.test(path))).toEqual([]);
  });

  it('uses no any', () => {
    const uses = core.flatMap(file =>
      withoutComments(file.text)
        .split('\n')
        .flatMap((line, index) => (/(: any\b|\bas any\b|<any>|\bany\[\])/.test(line) ? [`${file.path}:${index + 1}`] : [])),
    );
    expect(uses).toEqual([]);
  });

  it('names no machine path and no registry host', () => {
    const pattern = /(\/work\/|\/root\/|\/tmp\/bash_jobs|\/farm\/)/;
    const found = [...sourceFiles('core', ''), ...sourceFiles('test', ''), ...sourceFiles('benchmarks', '')].filter(
      file => !file.path.startsWith('test/tidy/') && tracked.includes(file.path) && pattern.test(file.text),
    );
    expect(found.map(file => file.path)).toEqual([]);
  });
});

describe('law 5: clock, randomness, timers, files and sockets only through interfaces', () => {
  /** Where the interfaces meet the world. */
  const edgesOfTheWorld = [
    /^core\/common\//,
    /^core\/storage\//,
    /^core\/connectors\//,
    /^core\/duckdb\//,
    /^core\/runtime\/hosts\//,
    /^core\/session\//,
    /^core\/cli\//,
    /^core\/kernels\/index\.ts$/,
    /^core\/udf\/(build|kept-modules)/,
    /^core\/server\//,
  ];
  const inside = core.filter(file => !edgesOfTheWorld.some(edge => edge.test(file.path)));

  it.each([
    ['the clock', /\bDate\.now\(|\bperformance\.now\(|new Date\(\)|process\.hrtime/],
    ['randomness', /Math\.random\(|randomBytes|randomUUID/],
    ['timers', /\bset(?:Timeout|Interval|Immediate)\(/],
    ['files and sockets', /from 'node:(?:fs|net|http|https|dgram|tls|child_process|fs\/promises)'/],
  ])('%s', (_, pattern) => {
    expect(inside.filter(file => pattern.test(file.text)).map(file => file.path)).toEqual([]);
  });
});
