import type { Column } from '../columnar/batch.ts';
import { packColumn } from '../columnar/packed-row.ts';
import { isNull, readColumn } from '../columnar/read-values.ts';
import { type SqlType, storageBytes, storageOf, types, withNullable } from '../columnar/types.ts';
import { columnOf, validityBytes } from '../columnar/write-values.ts';
import { TidemillError } from '../common/errors.ts';
import { orderBytes } from '../functions/order-bytes.ts';
import { type Call, call, caseOf, type Expression, literal } from '../plan/expressions.ts';
import type { TaskCode } from './contract.ts';
import { gatherColumn } from './gather.ts';
import { formOf } from './operand.ts';

/** Calls that are no functions of the catalogue: steps of codegen between loops. */
export const packName = '$pack';
export const chooseName = '$choose';
export const keepName = '$keep';
const orderName = '$order';

export const isNestedType = (type: SqlType): boolean => formOf(type) === 'nested';

/** A nested value as bytes that are equal where it is: what keys and sets hold of it. */
export function packed(expression: Expression): Expression {
  return call(packName, [expression], types.bytes(expression.type.nullable), expression.span);
}

/** A value of an ARRAY or ROW as bytes in its order, for sorting. */
export function orderedBytes(expression: Expression): Expression {
  return call(orderName, [expression], types.bytes(expression.type.nullable), expression.span);
}

/**
 * CASE and COALESCE over nested values: a number that a loop finds out lazily, and the results to choose from by it.
 */
export function chosen(expression: Expression): Expression {
  const results = resultsOf(expression);
  if (results === undefined) return expression;
  const { values, conditions } = results;
  const number = (index: number): Expression => literal(index, types.int(false));
  const which = caseOf(
    conditions.map((when, index) => ({ when, result: number(index) })),
    number(values.length - 1),
    types.int(false),
  );
  return call(chooseName, [which, ...values], expression.type, expression.span);
}

function resultsOf(expression: Expression): { values: readonly Expression[]; conditions: readonly Expression[] } | undefined {
  if (expression.kind === 'case')
    return {
      values: [...expression.branches.map(branch => branch.result), expression.otherwise],
      conditions: expression.branches.map(branch => branch.when),
    };
  if (expression.kind === 'call' && expression.name === 'coalesce')
    return {
      values: expression.arguments,
      conditions: expression.arguments
        .slice(0, -1)
        .map(argument => call('is-not-null', [argument], types.boolean(false), argument.span)),
    };
  return undefined;
}

/** A call computed from whole columns, without looking at its rows as values; `selection`: a byte per row, 0 where it is not asked for, or 0. */
export type ColumnCall = (task: TaskCode, rows: number, columns: readonly Column[], call: Call, selection: number) => Column;

const widthOf = (type: SqlType): number => storageBytes(storageOf(type));

/** Only where the data of all arguments has one width, so that it is copied as it is. */
const isFlat = (type: SqlType): boolean => !isNestedType(type) && type.kind !== 'NULL';

/** The calls there are such code for. */
export function columnCallOf(call: Call): ColumnCall | undefined {
  const [first] = call.arguments;
  switch (call.name) {
    case packName:
      return (task, rows, [column]) => packColumn(task.memory, column!, rows);
    case keepName:
      return (_task, _rows, [column]) => column!;
    case orderName:
      return ({ memory }, rows, [column]) => {
        const values = readColumn(memory, column!, rows);
        return columnOf(
          memory,
          call.type,
          values.map(value => (value === null ? null : orderBytes(value, first!.type))),
        );
      };
    case 'row':
      return (_task, _rows, columns) => ({
        type: call.type,
        validity: 0,
        data: 0,
        children: columns.map((column, index) => ({ ...column, type: fieldType(call.type, index) })),
      });
    case 'array':
      return call.arguments.every(argument => isFlat(argument.type)) ? arrayOf : undefined;
    case 'cardinality':
      return cardinality;
    case 'element':
      return first?.type.kind === 'ARRAY' ? elementAt : undefined;
    case 'map-keys':
    case 'map-values':
      return (_task, _rows, [map]) => ({
        ...map!,
        type: call.type,
        children: [map!.children![call.name === 'map-keys' ? 0 : 1]!],
      });
    case 'map-entries':
      return (_task, _rows, [map]) => {
        const entry = (call.type as SqlType & { kind: 'ARRAY' }).element;
        return { ...map!, type: call.type, children: [{ type: entry, validity: 0, data: 0, children: map!.children! }] };
      };
    default:
      return undefined;
  }
}

const fieldType = (type: SqlType, index: number): SqlType => (type as SqlType & { kind: 'ROW' }).fields[index]!.type;

/** ARRAY[a, b, …]: the arguments' data side by side. */
const arrayOf: ColumnCall = ({ memory }, rows, columns, { type }) => {
  const { element } = type as SqlType & { kind: 'ARRAY' };
  const count = columns.length;
  const width = widthOf(element);
  const offsets = memory.arena.allocate(4 * (rows + 1));
  const data = memory.arena.allocate(rows * count * width);
  const nullable = columns.some(column => column.validity !== 0);
  const validity = nullable ? memory.arena.allocateZeroed(validityBytes(rows * count)) : 0;
  const bytes = memory.u8;
  for (let row = 0; row <= rows; row++) memory.i32[(offsets >>> 2) + row] = row * count;
  for (const [place, column] of columns.entries()) {
    const unit = width % 4 === 0 ? memory.u32 : undefined;
    for (let row = 0; row < rows; row++) {
      const target = data + (row * count + place) * width;
      if (unit === undefined) bytes.copyWithin(target, column.data + row * width, column.data + (row + 1) * width);
      else
        for (let word = 0; word < width >> 2; word++)
          unit[(target >>> 2) + word] = unit[((column.data + row * width) >>> 2) + word]!;
      if (!nullable || isNull(memory, column, row)) continue;
      const index = row * count + place;
      bytes[validity + (index >> 3)]! |= 1 << (index & 7);
    }
  }
  return { type, validity: 0, data: offsets, children: [{ type: element, validity, data }] };
};

const cardinality: ColumnCall = ({ memory }, rows, [items], { type }) => {
  const data = memory.arena.allocate(4 * rows);
  const counts = memory.i32;
  const offsets = items!.data >>> 2;
  for (let row = 0; row < rows; row++) counts[(data >>> 2) + row] = counts[offsets + row + 1]! - counts[offsets + row]!;
  return { type, validity: items!.validity, data };
};

/** array[place]; NULL where there is none. */
const elementAt: ColumnCall = (task, rows, [items, place], expression, asked) => {
  const { memory } = task;
  const element = items!.children![0]!;
  const selection = memory.arena.allocate(4 * rows);
  const offsets = memory.i32.subarray(items!.data >>> 2);
  const places = memory.i32.subarray(place!.data >>> 2);
  const missing = new Uint8Array(rows);
  let spare = -1;
  for (let row = 0; row < rows; row++) {
    missing[row] = 1;
    if (asked !== 0 && memory.u8[asked + row] === 0) continue;
    if (isNull(memory, items!, row) || isNull(memory, place!, row)) continue;
    const wanted = places[row]!;
    if (wanted < 1)
      throw new TidemillError('bad-argument', `arrays start at 1, and ${wanted} was asked for`, { span: expression.span });
    const index = offsets[row]! + wanted - 1;
    if (index >= offsets[row + 1]!) continue;
    missing[row] = 0;
    memory.u32[(selection >>> 2) + row] = spare = index;
  }
  const type = withNullable(expression.type, true);
  if (spare < 0) return nullsOf(task, type, rows);
  for (let row = 0; row < rows; row++) if (missing[row] !== 0) memory.u32[(selection >>> 2) + row] = spare;
  const gathered = gatherColumn(task, element, selection, rows);
  if (!missing.includes(1)) return { ...gathered, type };
  const validity = memory.arena.allocateZeroed(validityBytes(rows));
  for (let row = 0; row < rows; row++)
    if (missing[row] === 0 && !isNull(memory, gathered, row)) memory.u8[validity + (row >> 3)]! |= 1 << (row & 7);
  return { ...gathered, type, validity };
};

/** A column of nothing but NULLs. */
function nullsOf(task: TaskCode, type: SqlType, rows: number): Column {
  const { arena } = task.memory;
  const storage = storageOf(type);
  const validity = arena.allocateZeroed(validityBytes(rows));
  if (storage === 'struct') {
    const children = (type as SqlType & { kind: 'ROW' }).fields.map(field => nullsOf(task, withNullable(field.type, true), rows));
    return { type, validity, data: 0, children };
  }
  if (storage !== 'list') return { type, validity, data: arena.allocateZeroed(rows * storageBytes(storage)) };
  const inner = type.kind === 'MAP' ? [type.key, type.value] : type.kind === 'ARRAY' ? [type.element] : [];
  return { type, validity, data: arena.allocateZeroed(4 * (rows + 1)), children: inner.map(child => nullsOf(task, child, 0)) };
}
