import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { ProcessShape, ProcessState } from '../plan/tabular-shapes.ts';
import type { FunctionType } from '../wasm/encoder/index.ts';
import { badSignature, objectOf, parseScalar, type ScalarSignature, valueTypesOf } from './signature.ts';
import { checkExport, nextExport, parseColumns, recordBytes } from './table-signature.ts';

/** What a process table function is in SQL. */
export interface ProcessSignature extends ProcessShape {
  readonly name: string;
  readonly deterministic: boolean;
}

export const timerExport = (name: string): string => `${name}_timer`;

/** Bytes of a call's context before the states' records; see udf-sdk/abi. */
export const contextBytes = 64;

/** Offsets of the states' records in a context. */
export function stateOffsets(states: readonly ProcessState[]): readonly number[] {
  let offset = contextBytes;
  return states.map(({ columns }) => {
    offset += recordBytes(columns);
    return offset - recordBytes(columns);
  });
}

/** Reads the members of a process table function. Of a module it is seen by the exports whether it has timers. @throws TidemillError `udf-signature`. */
export function parseProcess(name: string, declared: Readonly<Record<string, unknown>>): ProcessSignature {
  const table = objectOf(declared['table'], `gives '${name}' no "table"`);
  const semantics = table['semantics'] ?? 'set';
  if (semantics !== 'set' && semantics !== 'row')
    throw badSignature(`gives '${name}' table semantics other than "set" and "row"`);
  const tableName = table['name'] ?? 'input';
  if (typeof tableName !== 'string' || tableName === '')
    throw badSignature(`gives the table of '${name}' a name that is not text`);
  const flag = (from: Readonly<Record<string, unknown>>, member: string): boolean => {
    const value = from[member] ?? false;
    if (typeof value !== 'boolean') throw badSignature(`gives '${name}' a "${member}" that is not true or false`);
    return value;
  };
  const scalars = parseScalar(name, {
    ...declared,
    arguments: declared['arguments'] ?? [],
    nulls: 'call',
    result: 'BIGINT NOT NULL',
  });
  const names = scalars.argumentNames ?? scalars.arguments.map((_, index) => `argument${index + 1}`);
  for (const reserved of [tableName, 'on_time', 'uid'])
    if (names.includes(reserved)) throw badSignature(`gives '${name}' two arguments with the name '${reserved}'`);
  const states = parseStates(declared['states'] ?? [], name);
  if (semantics === 'row' && states.length > 0) throw badSignature(`gives '${name}' states, and its table has row semantics`);
  const parts = declared['parts'] ?? [];
  if (!Array.isArray(parts) || parts.some(part => part !== 'timer'))
    throw badSignature(`gives '${name}' "parts" that are not a list of "timer"`);
  return Object.freeze({
    kind: 'process',
    name,
    table: Object.freeze({
      name: tableName,
      semantics,
      columns: parseColumns(table['columns'], name, 'table.columns'),
      optionalPartitionBy: flag(table, 'optionalPartitionBy'),
      passThrough: flag(table, 'passThrough'),
      updates: flag(table, 'updates'),
    }),
    requireOnTime: flag(declared, 'requireOnTime'),
    arguments: scalars.arguments,
    argumentNames: names,
    states,
    columns: parseColumns(declared['columns'], name, 'columns'),
    deterministic: scalars.deterministic,
    hasTimer: parts.length > 0,
  });
}

function parseStates(value: unknown, name: string): readonly ProcessState[] {
  if (!Array.isArray(value) || value.length > limits.udfStatesMax)
    throw badSignature(`gives '${name}' "states" that are no list of at most ${limits.udfStatesMax}`);
  const seen = new Set<string>();
  const states = value.map((entry): ProcessState => {
    const complaint = `gives '${name}' a state that is not {"name": …, "columns": […]}`;
    const state = objectOf(entry, complaint);
    const { name: stateName, ttlMs } = state;
    if (typeof stateName !== 'string' || stateName === '') throw badSignature(complaint);
    if (seen.has(stateName)) throw badSignature(`gives '${name}' two states with the name '${stateName}'`);
    seen.add(stateName);
    if (ttlMs !== undefined && (typeof ttlMs !== 'number' || !Number.isSafeInteger(ttlMs) || ttlMs < 0))
      throw badSignature(`gives the state '${stateName}' of '${name}' a "ttlMs" that is no number of milliseconds`);
    const columns = parseColumns(state['columns'], name, `states.${stateName}.columns`);
    return Object.freeze({ name: stateName, columns, ...(ttlMs !== undefined && { ttlMs }) });
  });
  return Object.freeze(states);
}

/** All that the function is given behind the context, as arguments of a scalar function with `"nulls": "call"`. */
export function processArguments(signature: Omit<ProcessSignature, 'hasTimer'>): ScalarSignature {
  return {
    name: signature.name,
    arguments: [...signature.table.columns.map(field => field.type), ...signature.arguments],
    result: { kind: 'BIGINT', nullable: false },
    nulls: 'call',
    deterministic: signature.deterministic,
  };
}

/** Timers need partitions, and rows of their own. @throws TidemillError `udf-signature`. */
export function checkTimers({ name, hasTimer, table }: ProcessSignature, moduleName: string): void {
  if (hasTimer && (table.semantics === 'row' || table.passThrough))
    throw new TidemillError(
      'udf-signature',
      `'${name}' of ${moduleName} has timers, which go with set semantics and without passThrough only`,
      { hint: 'See udf-sdk/abi: Process table functions.' },
    );
}

/** Compares a process table function with its exports. @throws TidemillError `udf-signature` when they do not fit. */
export function checkProcess(
  signature: Omit<ProcessSignature, 'hasTimer'>,
  main: FunctionType,
  next: FunctionType | undefined,
  timer: FunctionType | undefined,
): void {
  const { name } = signature;
  const given = processArguments(signature).arguments.flatMap(type => [
    ...valueTypesOf(type),
    ...(type.nullable ? (['i32'] as const) : []),
  ]);
  checkExport(name, name, { parameters: ['i32', ...given], results: ['i64'] }, main);
  if (next !== undefined) checkExport(name, nextExport(name), { parameters: [], results: ['i64'] }, next);
  if (timer !== undefined) checkExport(name, timerExport(name), { parameters: ['i32'], results: ['i64'] }, timer);
}
