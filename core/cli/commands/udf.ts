import { writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { typeToString } from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { note, standardOutput } from '../io.ts';
import type { OutputFormat } from '../output/result-writer.ts';
import { compile } from '../udf/compile.ts';
import { typedImports } from '../udf/declarations.ts';
import { type FunctionKind, findLanguage } from '../udf/languages.ts';
import {
  createStatement,
  findListed,
  type ListedFunction,
  type ModuleFile,
  readModuleFile,
  signatureText,
  sizeText,
} from '../udf/module-file.ts';
import { createProject, openProject } from '../udf/project.ts';
import { toolchains } from '../udf/toolchains.ts';

const lines = (texts: readonly string[]): Promise<void> => standardOutput.write(`${texts.join('\n')}\n`);

/** `tidemill udf new`: a project that builds and passes its tests as it is. */
export async function udfNew(name: string, options: { lang: string; kind: FunctionKind }): Promise<void> {
  const language = findLanguage(options.lang);
  if (!language.kinds.includes(options.kind))
    throw notSupported(`${options.kind} functions in ${language.title}`, undefined, `There are ${language.kinds.join(', ')}.`);
  const { folder, files } = createProject(name, language, options.kind);
  const shown = relative('.', folder);
  await lines([
    `${shown}/ in ${language.title}: ${files.join(', ')}`,
    `  cd ${shown} && ${language.test(name)}`,
    `  tidemill udf build ${shown}`,
  ]);
  const source = toolchains[language.name]!;
  if (source.find({ folder }) === undefined) note(`a compiler for ${language.title} is missing: ${source.install}`);
}

export interface BuildOptions {
  readonly out?: string;
  readonly types?: boolean;
  readonly bench?: boolean;
  readonly offline?: boolean;
}

/** `tidemill udf build`: compiles, checks, and says how the function is used. */
export async function udfBuild(path: string, options: BuildOptions): Promise<void> {
  const project = openProject(path);
  const { bytes, toolchain } = await compile(project);
  const file = options.out ?? join(project.folder, `${project.name}.wasm`);
  writeFileSync(file, bytes);
  const made = await readModuleFile(file, options);
  const shown = relative('.', resolve(file)) || basename(file);
  await lines([`${shown}  ${describe(made)}  (${toolchain.version})`, ...(await functionLines(made, options.bench !== false))]);
  if (!made.hasSignatures) note('it has no signatures: numbers as SQL’s own, without NULLs; the SDK writes them');
  if (options.types === true) {
    const { javaScript, declarations } = typedImports(made);
    const base = join(dirname(file), `${basename(file, '.wasm')}.udf`);
    writeFileSync(`${base}.js`, javaScript);
    writeFileSync(`${base}.d.ts`, declarations);
    await lines([`${relative('.', base)}.js, ${basename(base)}.d.ts`]);
  }
  await lines(['', ...made.functions.map(({ name }) => createStatement(name, shown))]);
}

function describe({ bytes, imports }: ModuleFile): string {
  return `${sizeText(bytes.length)}, ${imports.length === 0 ? 'no imports' : `imports ${imports.join(', ')}`}`;
}

async function functionLines(made: ModuleFile, bench: boolean): Promise<string[]> {
  const shown: string[] = [];
  for (const entry of made.functions) {
    let text = `  ${entry.kind.padEnd(9)} ${signatureText(entry)}`;
    if (bench && isMeasured(entry)) {
      const { measureScalar } = await import('../udf/measure.ts');
      const { nsPerRow } = measureScalar(made.module, entry.name);
      text += `  ${nsPerRow.toFixed(1)} ns/row`;
    }
    shown.push(text);
  }
  return shown;
}

/** Functions that are called for rows alone; the others need groups and partitions. */
const isMeasured = ({ kind }: ListedFunction): boolean => kind === 'scalar' || kind === 'batch';

/** `tidemill udf check`: what CREATE FUNCTION would see. */
export async function udfCheck(file: string, options: { offline?: boolean } = {}): Promise<void> {
  const made = await readModuleFile(file, options);
  const { guestMemory, limits } = made.module;
  const memory = (pages: number): string => sizeText(pages * 65_536);
  const growth = guestMemory && `${memory(guestMemory.initial)}, may grow to ${memory(guestMemory.maximum)}`;
  const whole = made.module.component === undefined ? 'none' : `of each part at most ${memory(limits.memoryPagesMax)}`;
  await lines([
    `${file}  ${describe(made)}`,
    ...(await functionLines(made, false)),
    `  signatures  ${made.hasSignatures ? 'in the file, version 1' : 'none in the file: derived from the exports'}`,
    `  memory      ${growth ?? whole}`,
    `  fuel        ${limits.fuelPerBatch} units a batch and ${limits.fuelPerRow} a row; a unit is about an instruction`,
    `  tables      at most ${limits.tableElementsMax} elements`,
  ]);
}

/** `tidemill udf run`: one call; of an aggregate, an argument is a row. */
export async function udfRun(
  file: string,
  name: string,
  args: readonly string[],
  options: { output?: OutputFormat; offline?: boolean },
): Promise<void> {
  const made = await readModuleFile(file, options);
  const entry = findListed(made, name);
  const { run } = await import('./run.ts');
  const command = `CREATE TEMPORARY FUNCTION ${name} AS '${name}' USING '${file.replaceAll("'", "''")}';\n${callOf(entry, args)}`;
  await run(undefined, { command, init: [], set: {}, progress: 'none', ...options });
}

function callOf(entry: ListedFunction, args: readonly string[]): string {
  const { name, kind, arguments: types } = entry;
  const values = (texts: readonly string[]): string[] => {
    if (texts.length !== types.length)
      throw new TidemillError(
        'usage',
        `'${name}' takes ${types.length} ${types.length === 1 ? 'argument' : 'arguments'}, not ${texts.length}`,
        {
          hint: `${signatureText(entry)}; NULL is NULL, and -- ends the options before a negative number.`,
        },
      );
    return texts.map((text, index) => literalOf(text, typeToString({ ...types[index]!, nullable: true })));
  };
  switch (kind) {
    case 'scalar':
    case 'batch':
      return `SELECT ${name}(${values(args).join(', ')}) AS ${name}`;
    case 'table':
      return `SELECT * FROM LATERAL TABLE(${name}(${values(args).join(', ')}))`;
    case 'aggregate': {
      const columns = types.map((_, index) => `c${index}`);
      const rows = args.map(row => `(${values(types.length === 1 ? [row] : row.split(',')).join(', ')})`);
      if (rows.length === 0)
        throw new TidemillError('usage', `'${name}' wants rows`, {
          hint: `tidemill udf run FILE ${name} ${types.length === 1 ? '1 2 3' : '1,2 3,4'}: an argument is a row, its values with commas between.`,
        });
      return `SELECT ${name}(${columns.join(', ')}) AS ${name} FROM (VALUES ${rows.join(', ')}) AS t(${columns.join(', ')})`;
    }
    default:
      throw notSupported(`running ${kind} functions alone ('${name}')`, undefined, 'Use it in a query with `tidemill run`.');
  }
}

const literalOf = (text: string, type: string): string =>
  text === 'NULL' ? `CAST(NULL AS ${type})` : `CAST('${text.replaceAll("'", "''")}' AS ${type})`;

/** `tidemill udf bench`: CPU time a row, beside a built-in function's. */
export async function udfBench(file: string, name: string, options: { against?: string; offline?: boolean }): Promise<void> {
  const made = await readModuleFile(file, options);
  const entry = findListed(made, name);
  if (!isMeasured(entry)) throw notSupported(`measuring ${entry.kind} functions alone ('${name}')`);
  const { hasBuiltIn, measureBuiltIn, measureScalar } = await import('../udf/measure.ts');
  const { nsPerRow, errorShare } = measureScalar(made.module, name);
  const errors = errorShare === 0 ? '' : `; ${(100 * errorShare).toFixed(1)} % of the rows have an error`;
  const shown = [`${signatureText(entry)}  ${nsPerRow.toFixed(1)} ns/row${errors}`];
  const other = options.against ?? (hasBuiltIn(name) ? name : undefined);
  if (other !== undefined) {
    const builtIn = measureBuiltIn(other, entry.arguments);
    shown.push(
      `${other.toUpperCase()}, built in  ${builtIn.nsPerRow.toFixed(1)} ns/row: ${(nsPerRow / builtIn.nsPerRow).toFixed(1)} times`,
    );
  }
  await lines(shown);
}
