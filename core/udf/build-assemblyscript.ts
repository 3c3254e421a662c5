import { TidemillError } from '../common/errors.ts';
import { readModule, withCustomSection } from '../wasm/reader/index.ts';
import { type AggregateSignature, needsAllocate, parseAggregate } from './aggregate-signature.ts';
import { withStrings } from './assemblyscript-strings.ts';
import { badSignature, parseSignatureType, type ScalarSignature, signatureSection, usesText } from './signature.ts';
import { encodeSignatures } from './signature-section.ts';
import type { TabularSignature } from './tabular.ts';
import { annotatedTabular } from './tabular-annotations.ts';

/** The part of `asc` that is used; its own types need a resolver TypeScript does not have. */
interface AssemblyScriptCompiler {
  main(
    options: readonly string[],
    io: {
      readonly readFile: (name: string) => string | null;
      readonly writeFile: (name: string, contents: Uint8Array | string) => void;
      readonly listFiles: () => string[];
    },
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}

export interface BuildOptions {
  /** stub: memory is never freed, for functions that allocate nothing. */
  readonly runtime?: 'stub' | 'incremental';
  /** Further options of `asc`. */
  readonly options?: readonly string[];
}

/**
 * Compiles AssemblyScript to a module for {@link loadUdf}, with its signatures from lines `// @sql name(argument TYPE, …) RETURNS TYPE`,
 * optionally followed by `NULLS CALL` and `NOT DETERMINISTIC`. An aggregate has `// @sql-aggregate name(argument TYPE, …) RETURNS TYPE KEEPS TYPE, …`,
 * or `KEEPS n BYTES` for a block; its functions are `name_accumulate`, `name_finish` and so on (udf-sdk/abi). Needs the package `assemblyscript`; no file is read or written.
 *
 * A function may take and give `string` for STRING ({@link withStrings}), which costs more than addresses of bytes.
 *
 * @throws TidemillError `udf-build` with the compiler's messages; `udf-signature`.
 * @example
 * await buildAssemblyScript(`
 *   // @sql late(delay DOUBLE) RETURNS BOOLEAN
 *   export function late(delay: f64): bool { return delay > 15; }`);
 */
export async function buildAssemblyScript(source: string, build: BuildOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const signatures = sourceSignatures(source);
  const usesMemory = (signature: DeclaredSignature): boolean =>
    'columns' in signature ||
    signature.batch === true ||
    usesText(signature) ||
    ('kind' in signature && needsAllocate(signature));
  const ownAllocate = /\bfunction\s+tidemill_allocate\b/.test(source);
  const text = signatures.some(usesMemory) && !ownAllocate ? textPrelude : '';
  // A memory that only abort's messages need is dropped unless it is exported, and one that nothing needs stays away only if it is not.
  const scalar = signatures.filter(signature => !('kind' in signature) && !('columns' in signature) && signature.batch !== true);
  const natural = withStrings(source, scalar as readonly ScalarSignature[]);
  // Strings are objects, which only a collector gives back.
  const options = optionsOf(natural === source ? build : { runtime: 'incremental', ...build });
  const alone = await compile(natural + text, [...options, '--noExportMemory']);
  const output = readModule(alone).imports.length === 0 ? alone : await compile(natural + text, options);
  return signatures.length === 0 ? output : withCustomSection(output, signatureSection, encodeSignatures(signatures));
}

function optionsOf(build: BuildOptions): string[] {
  return ['-O3', '--runtime', build.runtime ?? 'stub', '--enable', 'simd', ...(build.options ?? [])];
}

async function compile(source: string, options: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const compiler = await loadCompiler();
  let output: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await compiler.main(['module.ts', '--outFile', 'module.wasm', ...options], {
    readFile: name => (name === 'module.ts' ? source : null),
    writeFile: (name, contents) => {
      if (name === 'module.wasm' && typeof contents !== 'string') output = Uint8Array.from(contents);
    },
    listFiles: () => [],
  });
  if (error !== null || output === undefined)
    throw new TidemillError('udf-build', `the function does not compile:\n${stderr.toString().trim() || (error?.message ?? '')}`);
  return output;
}

async function loadCompiler(): Promise<AssemblyScriptCompiler> {
  try {
    const loaded: { default: unknown } = await import('assemblyscript/asc');
    return loaded.default as AssemblyScriptCompiler;
  } catch (cause) {
    throw new TidemillError('udf-build', 'the AssemblyScript compiler is not installed', {
      hint: 'npm install --save-dev assemblyscript',
      cause,
    });
  }
}

/** What a module must export to take text, or to keep blocks; room is asked for again only when more is needed. */
const textPrelude = `
export function tidemill_allocate(bytes: i32): usize { return heap.alloc(bytes); }
`;

const signatureLine =
  /^\s*(?:\/\/|\*)\s*@sql(-aggregate)?\s+(\w+)\s*\((.*)\)\s*RETURNS\s+(.+?)(?:\s+KEEPS\s+(.+?))?(\s+NULLS\s+CALL)?(\s+NOT\s+DETERMINISTIC)?\s*$/;

export type DeclaredSignature = ScalarSignature | AggregateSignature | TabularSignature;

/** Signatures that a source file declares in its comments. */
export function sourceSignatures(source: string): DeclaredSignature[] {
  const signatures: DeclaredSignature[] = [];
  for (const line of source.split('\n')) {
    const tabular = annotatedTabular(line);
    if (tabular !== undefined) signatures.push(tabular);
    if (!/^\s*(\/\/|\*)\s*@sql(-aggregate)?\s/.test(line)) continue;
    const match = signatureLine.exec(line);
    if (match === null || (match[1] === undefined) !== (match[5] === undefined))
      throw new TidemillError('udf-signature', `not a signature: ${line.trim()}`, {
        hint: '// @sql name(argument TYPE, …) RETURNS TYPE [NULLS CALL] [NOT DETERMINISTIC], or // @sql-aggregate … RETURNS TYPE KEEPS TYPE, …',
      });
    const [, aggregate, name, list, result, kept, nulls, nondeterministic] = match;
    const parts = list!.trim() === '' ? [] : list!.split(/,(?![^(]*\))/);
    const named = parts.map(part => /^\s*(\w+)\s+(.+?)\s*$/.exec(part));
    if (named.includes(null)) throw new TidemillError('udf-signature', `an argument without name or type: ${line.trim()}`);
    const signature: ScalarSignature = {
      name: name!,
      arguments: named.map(part => parseSignatureType(part![2]!, name!)),
      argumentNames: named.map(part => part![1]!),
      result: parseSignatureType(result!, name!),
      nulls: nulls === undefined ? 'propagate' : 'call',
      deterministic: nondeterministic === undefined,
    };
    signatures.push(
      aggregate === undefined ? signature : parseAggregate(signature, keptMembers(kept!), parseSignatureType, badSignature),
    );
  }
  return signatures;
}

function keptMembers(text: string): Readonly<Record<string, unknown>> {
  const bytes = /^(\d+)\s+BYTES$/i.exec(text.trim());
  return bytes === null ? { accumulators: text.split(',').map(type => type.trim()) } : { stateBytes: Number(bytes[1]) };
}
