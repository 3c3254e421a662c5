import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SqlType, storageOf } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { sourceSignatures } from '../../udf/build-assemblyscript.ts';
import { encodeSignatures, type ScalarSignature, signatureSection } from '../../udf/index.ts';
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
  const signatures = scalarsOf(python ? source.replaceAll(/^#/gm, '//') : source, project.name);
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

function scalarsOf(source: string, name: string): readonly ScalarSignature[] {
  const signatures = sourceSignatures(source);
  if (signatures.length === 0)
    throw new TidemillError('udf-signature', `no comment of ${name} says what its functions are in SQL`, {
      hint: '@sql name(argument TYPE, …) RETURNS TYPE [NULLS CALL] [NOT DETERMINISTIC], in a comment of its own line',
    });
  return signatures as readonly ScalarSignature[];
}

const nullableOf = ({ arguments: types, nulls }: ScalarSignature): boolean[] =>
  types.map(type => nulls === 'call' && type.nullable);

/** What the glue calls the values of a type. */
function kindOf(type: SqlType): string {
  if (type.kind === 'BOOLEAN') return 'boolean';
  const storage = storageOf(type);
  if (storage !== 'view') return storage;
  return type.kind === 'CHAR' || type.kind === 'VARCHAR' ? 'text' : 'bytes';
}

function javaScriptParts(folder: string, source: string, signatures: readonly ScalarSignature[], out: string): string[] {
  const entries = signatures.map(signature => {
    const { name, arguments: types, result } = signature;
    const kinds = JSON.stringify(types.map(kindOf));
    return `  ${name}: { function: ${name}, arguments: ${kinds}, nullable: ${JSON.stringify(nullableOf(signature))}, result: '${kindOf(result)}' },`;
  });
  const glue = readFileSync(join(sdks, 'javascript', 'glue', 'glue.js'), 'utf8');
  const own = source.replaceAll(/^export (?=(async )?(function|const|let|class)\b)/gm, '');
  writeFileSync(join(folder, 'module.js'), `${own}\nconst tidemillFunctions = {\n${entries.join('\n')}\n};\n${glue}`);
  return ['--wit', join(world, 'udf.wit'), '--js', join(folder, 'module.js'), '-o', out, '--stub-wasi', '--sync'];
}

function pythonParts(project: UdfProject, folder: string, signatures: readonly ScalarSignature[], out: string): string[] {
  for (const file of project.sources) copyFileSync(join(project.folder, file), join(folder, file));
  const module = project.sources.includes(`${project.name}.py`) ? project.name : project.sources[0]!.replace(/\.py$/, '');
  const text = (values: readonly boolean[]): string => `[${values.map(value => (value ? 'True' : 'False')).join(', ')}]`;
  const entries = signatures.map(signature => {
    const { name, arguments: types, result } = signature;
    return `    "${name}": (user.${name}, ${JSON.stringify(types.map(kindOf))}, ${text(nullableOf(signature))}, "${kindOf(result)}"),`;
  });
  const glue = readFileSync(join(sdks, 'python', 'glue', 'glue.py'), 'utf8');
  writeFileSync(
    join(folder, 'tidemill_glue.py'),
    `import ${module} as user\n${glue}\n\nFUNCTIONS = {\n${entries.join('\n')}\n}\n`,
  );
  return ['-d', world, '-w', 'functions', 'componentize', '--stub-wasi', '-p', folder, 'tidemill_glue', '-o', out];
}
