import { basename } from 'node:path';
import { type Schema, type SqlType, typeToString } from '../../columnar/types.ts';
import type { ModuleFile } from './module-file.ts';

const quoted = (type: SqlType): string => `'${typeToString(type)}'`;
const listOf = (types: readonly SqlType[]): string => `[${types.map(quoted).join(', ')}]`;
const recordOf = (fields: Schema): string =>
  fields.length === 0 ? '{}' : `{ ${fields.map(({ name, type }) => `${JSON.stringify(name)}: ${quoted(type)}`).join(', ')} }`;

/** What `import { risk } from './risk.udf.js'` needs: a module of JavaScript that names the functions of a file, and its declarations. */
export function typedImports({ file, module }: ModuleFile): { readonly javaScript: string; readonly declarations: string } {
  const name = basename(file);
  const used = new Set<string>();
  const javaScript: string[] = [];
  const declarations: string[] = [];
  const add = (
    entry: { readonly name: string; readonly type: string; readonly typed: string; readonly shown: string },
    call: string,
  ) => {
    used.add(entry.type);
    javaScript.push(`export const ${entry.name} = ${call};`);
    declarations.push(`/** ${entry.shown} of ${name}. */`, `export declare const ${entry.name}: ${entry.type}<${entry.typed}>;`);
  };
  const at = (exported: string): string => `new URL('${name}', import.meta.url), '${exported}'`;
  const shown = (entry: {
    readonly name: string;
    readonly arguments: readonly SqlType[];
    readonly argumentNames?: readonly string[] | undefined;
  }) => `${entry.name}(${entry.argumentNames?.join(', ') ?? entry.arguments.map(quoted).join(', ')})`;
  for (const [entries, type, call] of [
    [module.functions, 'Udf', 'udf'],
    [module.aggregates, 'UdfAggregate', 'udf.aggregate'],
  ] as const)
    for (const entry of entries) {
      const typed = `${listOf(entry.arguments)}, ${quoted(entry.result)}`;
      add({ name: entry.name, type, typed, shown: shown(entry) }, `${call}(${at(entry.name)}, ${typed})`);
    }
  for (const entry of module.tabular) {
    if (entry.kind === 'table') {
      const typed = `${listOf(entry.arguments)}, ${recordOf(entry.columns)}`;
      add({ name: entry.name, type: 'UdfTable', typed, shown: shown(entry) }, `udf.table(${at(entry.name)}, ${typed})`);
      continue;
    }
    const given = entry.argumentNames.map((argument, index) => ({ name: argument, type: entry.arguments[index]! }));
    const { passThrough } = entry.table;
    add(
      {
        name: entry.name,
        type: 'UdfProcess',
        typed: `${recordOf(given)}, ${recordOf(entry.columns)}, ${passThrough}`,
        shown: shown(entry),
      },
      `udf.process(${at(entry.name)}, { arguments: ${recordOf(given)}, columns: ${recordOf(entry.columns)}, passThrough: ${passThrough} })`,
    );
  }
  const head = [`import { udf } from 'tidemill';`, ''];
  const types = [`import type { ${[...used].sort().join(', ')} } from 'tidemill';`, ''];
  return {
    javaScript: `${[...head, ...javaScript].join('\n')}\n`,
    declarations: `${[...(used.size > 0 ? types : []), ...declarations].join('\n')}\n`,
  };
}
