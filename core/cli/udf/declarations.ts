import { basename } from 'node:path';
import { typeToString } from '../../columnar/types.ts';
import type { ModuleFile } from './module-file.ts';

/**
 * What `import { risk } from './risk.udf.js'` needs: a module of JavaScript that names the functions of a file, and its declarations. Only scalar functions:
 * others are used in SQL.
 */
export function typedImports({ file, module }: ModuleFile): { readonly javaScript: string; readonly declarations: string } {
  const name = basename(file);
  const javaScript = [`import { udf } from 'tidemill';`, ''];
  const declarations = [`import type { Udf } from 'tidemill';`, ''];
  for (const entry of module.functions) {
    const types = entry.arguments.map(type => `'${typeToString(type)}'`);
    const result = `'${typeToString(entry.result)}'`;
    const names = entry.argumentNames?.join(', ') ?? types.join(', ');
    javaScript.push(
      `export const ${entry.name} = udf(new URL('${name}', import.meta.url), '${entry.name}', [${types.join(', ')}], ${result});`,
    );
    declarations.push(`/** ${entry.name}(${names}) of ${name}. */`);
    declarations.push(`export declare const ${entry.name}: Udf<[${types.join(', ')}], ${result}>;`);
  }
  return { javaScript: `${javaScript.join('\n')}\n`, declarations: `${declarations.join('\n')}\n` };
}
