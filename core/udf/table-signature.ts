import type { Field, Schema } from '../columnar/types.ts';
import { storageOf } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { FunctionType } from '../wasm/encoder/index.ts';
import {
  argumentHasFlag,
  badSignature,
  isText,
  objectOf,
  parseScalar,
  parseSignatureType,
  type ScalarSignature,
  valueTypesOf,
} from './signature.ts';

/** What a table function is in SQL: as a scalar function, but for `columns`, which it makes rows of. Its `result` is that of its export, a block. */
export interface TableSignature extends ScalarSignature {
  readonly kind: 'table';
  readonly columns: Schema;
}

/** The export that gives the next block of a table or process function's rows. */
export const nextExport = (name: string): string => `${name}_next`;

/** Reads the members of a table function. @throws TidemillError `udf-signature`. */
export function parseTable(name: string, declared: Readonly<Record<string, unknown>>): TableSignature {
  const scalar = parseScalar(name, { ...declared, result: 'BIGINT NOT NULL' });
  return Object.freeze({ ...scalar, kind: 'table', columns: parseColumns(declared['columns'], name, 'columns') });
}

/** A list of `{ "name", "type" }`, 1 to 64 of them, as records have. @throws TidemillError `udf-signature`. */
export function parseColumns(value: unknown, name: string, member: string): Schema {
  if (!Array.isArray(value) || value.length < 1 || value.length > limits.udfArgumentsMax)
    throw badSignature(`gives '${name}' no list of 1 to ${limits.udfArgumentsMax} "${member}"`);
  const seen = new Set<string>();
  const fields = value.map((entry): Field => {
    const complaint = `gives '${name}' a member of "${member}" that is not {"name": …, "type": …}`;
    const column = objectOf(entry, complaint);
    if (typeof column['name'] !== 'string' || column['name'] === '' || typeof column['type'] !== 'string')
      throw badSignature(complaint);
    if (seen.has(column['name'])) throw badSignature(`gives '${name}' two "${member}" with the name '${column['name']}'`);
    seen.add(column['name']);
    const type = parseSignatureType(column['type'], name);
    if (isText(type) && !/^\s*(STRING|BYTES)\b/i.test(column['type']))
      throw badSignature(
        `gives '${name}' the column ${column['name']} ${column['type']}: text and bytes of records are STRING or BYTES`,
      );
    return Object.freeze({ name: column['name'], type });
  });
  return Object.freeze(fields);
}

/** Bytes of each field's slot in a record. */
export const slotBytes = ({ type }: Field): number => (storageOf(type) === 'i128' ? 16 : 8);

/** Offset of each field's slot in a record; the NULL bits come first. */
export function slotOffsets(columns: Schema): readonly number[] {
  let offset = 8;
  return columns.map(field => {
    offset += slotBytes(field);
    return offset - slotBytes(field);
  });
}

export const recordBytes = (columns: Schema): number => columns.reduce((sum, field) => sum + slotBytes(field), 8);

/**
 * Compares a table function with its exports.
 * @throws TidemillError `udf-signature` when they do not fit.
 */
export function checkTable(signature: TableSignature, main: FunctionType, next: FunctionType | undefined): void {
  const given = signature.arguments.flatMap((type, index) => [
    ...valueTypesOf(type),
    ...(argumentHasFlag(signature, index) ? (['i32'] as const) : []),
  ]);
  checkExport(signature.name, signature.name, { parameters: given, results: ['i64'] }, main);
  if (next !== undefined) checkExport(signature.name, nextExport(signature.name), { parameters: [], results: ['i64'] }, next);
}

/** @throws TidemillError `udf-signature`: the export is not what the signature of its function says. */
export function checkExport(name: string, exported: string, wanted: FunctionType, actual: FunctionType): void {
  if (wanted.parameters.join() === actual.parameters.join() && wanted.results.join() === actual.results.join()) return;
  throw new TidemillError(
    'udf-signature',
    `'${exported}' of the function '${name}' must be ${shown(wanted)} in wasm, but the export is ${shown(actual)}`,
    { hint: 'Change the signature, or the types of the function, so that both agree; see udf-sdk/abi.' },
  );
}

const shown = ({ parameters, results }: FunctionType): string => `(${parameters.join(', ')}) → (${results.join(', ')})`;
