import { typeToString } from '../columnar/types.ts';
import { limits } from '../common/limits.ts';
import { guarded } from '../wasm/guards.ts';
import { type AggregateSignature, parseAggregate } from './aggregate-signature.ts';
import { badSignature, objectOf, parseScalar, parseSignatureType, type ScalarSignature, signatureVersion } from './signature.ts';
import { parseTabular, type TabularSignature, tabularMembers } from './tabular.ts';

/** What a module says of its exports, by kind. */
export interface DeclaredSignatures {
  readonly scalar: readonly ScalarSignature[];
  readonly aggregate: readonly AggregateSignature[];
  readonly tabular: readonly TabularSignature[];
  /** Functions of kinds that this version does not run: name → kind. */
  readonly other: ReadonlyMap<string, string>;
}

/**
 * Reads the JSON of the custom section. Unknown members are passed over, so that later versions may add some.
 * @throws TidemillError `udf-signature`.
 */
export function parseSignatures(bytes: Uint8Array): DeclaredSignatures {
  let value: unknown;
  try {
    value = parseSection(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw badSignature(`is not JSON in UTF-8: ${cause instanceof Error ? cause.message : ''}`);
  }
  const section = objectOf(value, 'is not an object');
  if (section.version !== signatureVersion)
    throw badSignature(`has version ${JSON.stringify(section.version)}; this Tidemill reads version ${signatureVersion}`);
  if (!Array.isArray(section.functions)) throw badSignature('has no list "functions"');
  const count = section.functions.length;
  if (guarded('functions-count') && count > limits.udfFunctionsMax)
    throw badSignature(`declares ${count} functions; at most ${limits.udfFunctionsMax} are allowed`);
  const scalar: ScalarSignature[] = [];
  const aggregate: AggregateSignature[] = [];
  const tabular: TabularSignature[] = [];
  const other = new Map<string, string>();
  const names = new Set<string>();
  for (const entry of section.functions) {
    const declared = objectOf(entry, 'has a function that is not an object');
    const { name, kind = 'scalar' } = declared;
    if (typeof name !== 'string' || name === '') throw badSignature('has a function without a name');
    if (typeof kind !== 'string') throw badSignature(`gives '${name}' a kind that is not text`);
    if (names.has(name)) throw badSignature(`names '${name}' twice`);
    names.add(name);
    if (kind === 'scalar') scalar.push(parseScalar(name, declared));
    else if (kind === 'batch') scalar.push(Object.freeze({ ...parseScalar(name, declared), batch: true }));
    else if (kind === 'aggregate')
      aggregate.push(parseAggregate(parseScalar(name, declared), declared, parseSignatureType, badSignature));
    else {
      const made = parseTabular(kind, name, declared);
      if (made === undefined) other.set(name, kind);
      else tabular.push(made);
    }
  }
  return { scalar, aggregate, tabular, other };
}

/** One object, or, as a linker leaves it, one function a line. */
function parseSection(text: string): unknown {
  const lines = text.split('\n');
  if (lines.length < 2 || lines.pop() !== '') return JSON.parse(text);
  const functions = lines.map(line => JSON.parse(line) as unknown);
  if (functions.length === 1 && 'functions' in objectOf(functions[0], 'is not an object')) return functions[0];
  const versions = functions.map(entry => objectOf(entry, 'has a function that is not an object').version);
  return { version: versions.find(version => version !== signatureVersion) ?? signatureVersion, functions };
}

/** The bytes of the custom section for these signatures. */
export function encodeSignatures(
  signatures: readonly (ScalarSignature | AggregateSignature | TabularSignature)[],
): Uint8Array<ArrayBuffer> {
  const functions = signatures.map(signature =>
    'columns' in signature
      ? tabularMembers(signature)
      : {
          name: signature.name,
          kind: 'kind' in signature ? signature.kind : signature.batch ? 'batch' : 'scalar',
          arguments: signature.arguments.map(type => typeToString(type)),
          ...(signature.argumentNames && { argumentNames: signature.argumentNames }),
          result: typeToString(signature.result),
          ...('kind' in signature && {
            accumulators: signature.accumulators?.map(type => typeToString(type)),
            stateBytes: signature.stateBytes,
            ...(signature.parts && { parts: signature.parts }),
          }),
          nulls: signature.nulls,
          deterministic: signature.deterministic,
        },
  );
  return new TextEncoder().encode(JSON.stringify({ version: signatureVersion, functions }));
}
