import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type SqlType, typeToString } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import { isComponent, loadComponent, loadUdf, signatureSection, type UdfModule } from '../../udf/index.ts';

/** A function of a file, as it is shown and called. */
export interface ListedFunction {
  readonly name: string;
  readonly kind: string;
  readonly arguments: readonly SqlType[];
  readonly argumentNames: readonly string[] | undefined;
  /** `DOUBLE`, or `TABLE (word STRING)`. */
  readonly result: string;
}

export interface ModuleFile {
  readonly file: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly module: UdfModule;
  readonly functions: readonly ListedFunction[];
  /** `tidemill.fail`, or how many of WASI. */
  readonly imports: readonly string[];
  readonly hasSignatures: boolean;
}

/** Reads and checks a file, as CREATE FUNCTION does. @throws TidemillError `unreadable-file` and what `loadUdf` throws. */
export async function readModuleFile(file: string, { offline }: { readonly offline?: boolean } = {}): Promise<ModuleFile> {
  if (!existsSync(file))
    throw new TidemillError('unreadable-file', `there is no ${file}`, { hint: 'tidemill udf build makes it of a source.' });
  const bytes = new Uint8Array(readFileSync(file));
  const name = basename(file);
  if (isComponent(bytes)) {
    const { componentFiles } = await import('../../udf/build-component.ts');
    const module = loadComponent(bytes, name, componentFiles(bytes, { name, offline }));
    return { file, bytes, module, functions: listed(module), imports: [], hasSignatures: true };
  }
  const module = loadUdf(bytes, { name });
  const plain = new WebAssembly.Module(bytes);
  return {
    file,
    bytes,
    module,
    functions: listed(module),
    imports: importsOf(plain),
    hasSignatures: WebAssembly.Module.customSections(plain, signatureSection).length > 0,
  };
}

function importsOf(module: WebAssembly.Module): string[] {
  const all = WebAssembly.Module.imports(module);
  const wasi = new Set(all.filter(entry => entry.module.startsWith('wasi')).map(entry => entry.name)).size;
  const others = all.filter(entry => !entry.module.startsWith('wasi')).map(entry => `${entry.module}.${entry.name}`);
  return [...others, ...(wasi > 0 ? [`${wasi} functions of WASI, which are stubs here`] : [])];
}

function listed(module: UdfModule): ListedFunction[] {
  const of = (entry: { name: string; arguments: readonly SqlType[]; argumentNames?: readonly string[] | undefined }) => ({
    name: entry.name,
    arguments: entry.arguments,
    argumentNames: entry.argumentNames,
  });
  return [
    ...module.functions.map(entry => ({
      ...of(entry),
      kind: entry.batch === true ? 'batch' : 'scalar',
      result: typeToString(entry.result),
    })),
    ...module.aggregates.map(entry => ({ ...of(entry), kind: 'aggregate', result: typeToString(entry.result) })),
    ...module.tabular.map(entry => ({
      ...of(entry),
      kind: entry.kind,
      result: `TABLE (${entry.columns.map(({ name, type }) => `${name} ${typeToString(type)}`).join(', ')})`,
    })),
    ...[...module.otherFunctions].map(([name, kind]) => ({ name, kind, arguments: [], argumentNames: undefined, result: '?' })),
  ];
}

/** @throws TidemillError `udf-export` with the nearest names. */
export function findListed({ file, functions }: ModuleFile, name: string): ListedFunction {
  const found = functions.find(entry => entry.name === name);
  if (found !== undefined) return found;
  const names = functions.map(entry => entry.name);
  throw new TidemillError('udf-export', `${basename(file)} has no function '${name}'`, {
    hint: didYouMean(name, names) ?? `It has ${names.join(', ')}.`,
  });
}

/** `risk(price DOUBLE NOT NULL, channel STRING) → DOUBLE` */
export function signatureText({ name, arguments: types, argumentNames, result }: ListedFunction): string {
  const given = types.map(
    (type, index) => `${argumentNames === undefined ? '' : `${argumentNames[index]} `}${typeToString(type)}`,
  );
  return `${name}(${given.join(', ')}) → ${result}`;
}

/** The statement that makes a function of a file known. */
export function createStatement(name: string, file: string): string {
  return `CREATE FUNCTION ${name} USING '${file.replaceAll("'", "''")}';`;
}

export const sizeText = (bytes: number): string =>
  bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;
