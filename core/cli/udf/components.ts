import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SqlType, storageOf } from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { type AggregateSignature, aggregateParts } from '../../udf/aggregate-signature.ts';
import { type DeclaredSignature, sourceSignatures } from '../../udf/build-assemblyscript.ts';
import { encodeSignatures, type ScalarSignature, signatureSection } from '../../udf/index.ts';
import { type ProcessSignature, processArguments } from '../../udf/process-signature.ts';
import type { TableSignature } from '../../udf/table-signature.ts';
import { withCustomSection } from '../../wasm/reader/index.ts';
import type { UdfProject } from './languages.ts';
import type { Toolchain } from './toolchains.ts';

const sdks = fileURLToPath(new URL('../../../udf-sdk/', import.meta.url));
const world = join(sdks, 'abi', 'wit');

/**
 * Functions in JavaScript and Python, as a component: the user's functions of values, and glue that gives them the rows of columns.
 * @throws TidemillError `udf-build`, `udf-signature`.
 */
export function compileComponent(project: UdfProject, { command }: Toolchain): Uint8Array<ArrayBuffer> {
  const source = project.sources.map(file => readFileSync(join(project.folder, file), 'utf8')).join('\n');
  const python = project.language.name === 'python';
  const signatures = componentSignatures(python ? source.replaceAll(/^#/gm, '//') : source, project.name);
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-udf-'));
  try {
    const out = join(folder, 'out.wasm');
    const args = python ? pythonParts(project, folder, signatures, out) : javaScriptParts(folder, source, signatures, out);
    const { status, stdout, stderr, error } = spawnSync(command[0]!, [...command.slice(1), ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (status !== 0 || !existsSync(out))
      throw new TidemillError('udf-build', `${project.name} does not compile:\n${`${stderr}${stdout}`.trim() || String(error)}`);
    return withCustomSection(new Uint8Array(readFileSync(out)), signatureSection, encodeSignatures(signatures));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type ComponentSignature = ScalarSignature | AggregateSignature | TableSignature | ProcessSignature;

/** What a comment of the source says of each function; of an aggregate, also which of its parts the source has. */
export function componentSignatures(source: string, name: string): readonly ComponentSignature[] {
  const signatures = sourceSignatures(source);
  if (signatures.length === 0)
    throw new TidemillError('udf-signature', `no comment of ${name} says what its functions are in SQL`, {
      hint: '@sql name(argument TYPE, …) RETURNS TYPE [NULLS CALL] [NOT DETERMINISTIC], in a comment of its own line; or @sql-table, @sql-aggregate, @sql-function',
    });
  return signatures.map(signature => {
    if ('batch' in signature && signature.batch === true)
      throw notSupported(
        `batch functions as components ('${signature.name}')`,
        undefined,
        'Functions of components are all called with columns: write it over values, of kind scalar.',
      );
    const has = (part: string): boolean =>
      new RegExp(`\\b(def|function\\*?|const|let)\\s+${signature.name}_${part}\\b`).test(source);
    if (isProcess(signature)) return { ...signature, hasTimer: has('timer') };
    if (!isAggregate(signature)) return signature;
    for (const part of ['accumulate', 'finish'])
      if (!has(part))
        throw new TidemillError('udf-signature', `${name} has no function ${signature.name}_${part}`, {
          hint: `An aggregate has ${signature.name}_accumulate and ${signature.name}_finish, and may have _init, _retract and _merge.`,
        });
    return { ...signature, parts: aggregateParts.filter(has) };
  });
}

const isAggregate = (signature: DeclaredSignature): signature is AggregateSignature =>
  'kind' in signature && signature.kind === 'aggregate';
const isProcess = (signature: DeclaredSignature): signature is ProcessSignature =>
  'kind' in signature && signature.kind === 'process';

/** What the function is given, and what of it can be NULL. */
function givenOf(signature: ComponentSignature): { readonly kinds: readonly string[]; readonly nullable: readonly boolean[] } {
  const { arguments: types, nulls } = isProcess(signature) ? processArguments(signature) : signature;
  return { kinds: types.map(kindOf), nullable: types.map(type => nulls === 'call' && type.nullable) };
}

/** What the glue calls the values of a type. */
function kindOf(type: SqlType): string {
  if (type.kind === 'BOOLEAN') return 'boolean';
  const storage = storageOf(type);
  if (storage !== 'view') return storage;
  return type.kind === 'CHAR' || type.kind === 'VARCHAR' ? 'text' : 'bytes';
}

/** What the glue calls the result: a kind, or a list of kinds. */
const resultOf = (signature: ComponentSignature): string | readonly string[] =>
  'columns' in signature ? signature.columns.map(({ type }) => kindOf(type)) : kindOf(signature.result);

/** A field of a state as the glue has it. */
interface GlueField {
  readonly name: string;
  readonly kind: string;
  readonly nullable: boolean;
}
const statesOf = ({ states }: ProcessSignature): readonly (readonly GlueField[])[] =>
  states.map(({ columns }) => columns.map(({ name, type }) => ({ name, kind: kindOf(type), nullable: type.nullable })));

/** The module that a component is made of: the user's source, and the glue that calls its functions. */
export function javaScriptModule(source: string, signatures: readonly ComponentSignature[]): string {
  const entries = signatures.map(signature => {
    const { name } = signature;
    const { kinds, nullable } = givenOf(signature);
    const shape = {
      arguments: kinds,
      nullable,
      result: resultOf(signature),
      ...(isProcess(signature) && { states: statesOf(signature) }),
      ...(isAggregate(signature) && { kept: signature.accumulators?.map(kindOf), size: signature.stateBytes }),
    };
    const parts = isAggregate(signature) ? signature.parts!.map(part => `${part}: ${name}_${part}`) : [`function: ${name}`];
    if (isProcess(signature) && signature.hasTimer) parts.push(`timer: ${name}_timer`);
    return `  ${name}: { ${parts.join(', ')}, ...${JSON.stringify(shape)} },`;
  });
  const glue = readFileSync(join(sdks, 'javascript', 'glue', 'glue.js'), 'utf8');
  const own = source.replaceAll(/^export (?=(async )?(function\*?|const|let|class)\b)/gm, '');
  return `${own}\nconst tidemillFunctions = {\n${entries.join('\n')}\n};\n${glue}`;
}

function javaScriptParts(folder: string, source: string, signatures: readonly ComponentSignature[], out: string): string[] {
  writeFileSync(join(folder, 'module.js'), javaScriptModule(source, signatures));
  return [
    '--wit',
    join(world, 'udf.wit'),
    '--world',
    'every-kind',
    '--js',
    join(folder, 'module.js'),
    '-o',
    out,
    '--stub-wasi',
    '--sync',
  ];
}

function pythonParts(project: UdfProject, folder: string, signatures: readonly ComponentSignature[], out: string): string[] {
  for (const file of project.sources) copyFileSync(join(project.folder, file), join(folder, file));
  const module = project.sources.includes(`${project.name}.py`) ? project.name : project.sources[0]!.replace(/\.py$/, '');
  const flags = (values: readonly boolean[]): string => `[${values.map(value => (value ? 'True' : 'False')).join(', ')}]`;
  const shape = (signature: ComponentSignature): string => {
    const { kinds, nullable } = givenOf(signature);
    return `${JSON.stringify(kinds)}, ${flags(nullable)}, ${JSON.stringify(resultOf(signature))}`;
  };
  const functions = signatures.flatMap(signature =>
    isAggregate(signature) || isProcess(signature)
      ? []
      : [`    "${signature.name}": (user.${signature.name}, ${shape(signature)}),`],
  );
  const aggregates = signatures.filter(isAggregate).map(signature => {
    const kept = signature.accumulators === undefined ? 'None' : JSON.stringify(signature.accumulators.map(kindOf));
    return `    "${signature.name}": Aggregate("${signature.name}", ${shape(signature)}, ${kept}, ${signature.stateBytes ?? 'None'}),`;
  });
  const field = ({ name, kind, nullable }: GlueField): string =>
    `(${JSON.stringify(name)}, "${kind}", ${nullable ? 'True' : 'False'})`;
  const processes = signatures.filter(isProcess).map(signature => {
    const states = statesOf(signature).map(state => `[${state.map(field).join(', ')}]`);
    return `    "${signature.name}": Process("${signature.name}", ${shape(signature)}, [${states.join(', ')}]),`;
  });
  const glue = readFileSync(join(sdks, 'python', 'glue', 'glue.py'), 'utf8');
  const tables = [
    `FUNCTIONS = {\n${functions.join('\n')}\n}`,
    `AGGREGATES = {\n${aggregates.join('\n')}\n}`,
    `PROCESSES = {\n${processes.join('\n')}\n}`,
  ];
  writeFileSync(join(folder, 'tidemill_glue.py'), `import ${module} as user\n${glue}\n\n${tables.join('\n\n')}\n`);
  return ['-d', world, '-w', 'every-kind', 'componentize', '--stub-wasi', '-p', folder, 'tidemill_glue', '-o', out];
}
