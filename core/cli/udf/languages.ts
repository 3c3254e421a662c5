import { TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';

export const functionKinds = ['scalar', 'aggregate', 'table', 'batch', 'process'] as const;
export type FunctionKind = (typeof functionKinds)[number];

/** Of languages whose functions are components: all get columns, and their code values. */
const componentKinds: readonly FunctionKind[] = functionKinds.filter(kind => kind !== 'batch');

/** A language that functions can be written in. */
export interface Language {
  readonly name: string;
  readonly title: string;
  /** Other names on the command line. */
  readonly aliases: readonly string[];
  /** Endings of its source files; the first is the one a new project has. */
  readonly endings: readonly string[];
  /** A file that says that a folder is a project of it. */
  readonly marker?: string;
  readonly kinds: readonly FunctionKind[];
  /** Tests of a new project, in its folder. */
  readonly test: (name: string) => string;
}

/** A folder of a function's sources. */
export interface UdfProject {
  readonly folder: string;
  readonly name: string;
  readonly language: Language;
  /** Its source files, but for tests. */
  readonly sources: readonly string[];
}

/** In the order in which a folder's files are looked at. */
export const languages: readonly Language[] = [
  {
    name: 'rust',
    title: 'Rust',
    aliases: ['rs'],
    endings: ['.rs'],
    marker: 'Cargo.toml',
    kinds: functionKinds,
    test: () => 'cargo test',
  },
  {
    name: 'go',
    title: 'Go',
    aliases: ['golang'],
    endings: ['.go'],
    marker: 'go.mod',
    kinds: functionKinds,
    test: () => 'go test .',
  },
  {
    name: 'zig',
    title: 'Zig',
    aliases: [],
    endings: ['.zig'],
    kinds: functionKinds,
    test: name => `zig test ${name}.zig`,
  },
  {
    name: 'cpp',
    title: 'C++',
    aliases: ['c++', 'cc'],
    endings: ['.cpp', '.cc', '.cxx'],
    kinds: functionKinds,
    test: name => `c++ -std=c++20 ${name}_test.cpp -o ${name}_test && ./${name}_test`,
  },
  {
    name: 'c',
    title: 'C',
    aliases: [],
    endings: ['.c'],
    kinds: functionKinds,
    test: name => `cc ${name}_test.c -o ${name}_test && ./${name}_test`,
  },
  {
    name: 'assemblyscript',
    title: 'AssemblyScript',
    aliases: ['as', 'asc', 'typescript', 'ts'],
    endings: ['.as.ts'],
    kinds: functionKinds,
    test: name => `tidemill udf run ${name}.wasm ${name} …`,
  },
  {
    name: 'javascript',
    title: 'JavaScript',
    aliases: ['js', 'node'],
    endings: ['.js', '.mjs'],
    kinds: componentKinds,
    test: name => `node --test ${name}_test.js`,
  },
  {
    name: 'python',
    title: 'Python',
    aliases: ['py'],
    endings: ['.py'],
    kinds: componentKinds,
    test: name => `python3 -m unittest ${name}_test.py`,
  },
];

/** @throws TidemillError `usage` with the nearest names. */
export function findLanguage(text: string): Language {
  const wanted = text.toLowerCase();
  const found = languages.find(({ name, aliases }) => name === wanted || aliases.includes(wanted));
  if (found !== undefined) return found;
  const names = languages.map(({ name }) => name);
  throw new TidemillError('usage', `there is no language '${text}'`, {
    hint: didYouMean(wanted, names) ?? `There are ${names.join(', ')}.`,
  });
}
