import { internalError, notSupported } from '../../common/errors.ts';
import type { Call } from '../../plan/expressions.ts';
import type { Local } from '../../wasm/encoder/index.ts';
import type { Operand } from '../operand.ts';
import type { Emitter, RowEmitter } from '../row-emitter.ts';
import { aligned, pushWide, scaleOf } from './decimal-words.ts';

export type Relation = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

/** Leaves the i32 truth of `left relation right`; both have the same form and are not NULL (or their data is harmless). */
export function pushComparison(e: RowEmitter, relation: Relation, left: Operand, right: Operand): void {
  const { f } = e;
  if (
    left.type.kind === 'DECIMAL' &&
    right.type.kind === 'DECIMAL' &&
    (left.form !== right.form || scaleOf(left.type) !== scaleOf(right.type))
  ) {
    const both = aligned(e, left, right);
    if (both !== undefined) pushComparison(e, relation, both[0], both[1]);
    else {
      pushWide(e, left);
      f.i32.const(scaleOf(left.type));
      pushWide(e, right);
      f.i32.const(scaleOf(right.type));
      f.call(e.context.kernel('decimal_compare', ['i64', 'i64', 'i32', 'i64', 'i64', 'i32'], ['i32'])).i32.const(0);
      pushSigned(e, relation);
    }
    return;
  }
  switch (left.form) {
    case 'i32':
    case 'i64': {
      left.push();
      right.push();
      const group = left.form === 'i32' ? f.i32 : f.i64;
      group[signedOperations[relation]]();
      return;
    }
    case 'f32':
    case 'f64':
      pushFloatComparison(e, relation, left, right);
      return;
    case 'i128':
      pushWideComparison(e, relation, left, right);
      return;
    case 'view':
      pushViewComparison(e, relation, left, right);
      return;
    case 'nested':
      throw notSupported('comparing ARRAY, MAP or ROW values in generated code');
  }
}

/** IEEE comparison, as Java's operators do it: NaN is neither equal nor less nor greater. */
function pushFloatComparison(e: RowEmitter, relation: Relation, left: Operand, right: Operand): void {
  left.push();
  right.push();
  const group = left.form === 'f32' ? e.f.f32 : e.f.f64;
  group[relation]();
}

function pushWideComparison(e: RowEmitter, relation: Relation, left: Operand, right: Operand): void {
  const { f } = e;
  if (relation === 'eq' || relation === 'ne') {
    left.push();
    right.push();
    f.i64.xor();
    left.pushHigh();
    right.pushHigh();
    f.i64.xor().i64.or().i64.eqz();
    if (relation === 'ne') f.i32.eqz();
    return;
  }
  // the low words (unsigned) decide where the high words are equal
  const unsigned = { lt: 'ltU', le: 'leU', gt: 'gtU', ge: 'geU' } as const;
  const signed = { lt: 'ltS', le: 'ltS', gt: 'gtS', ge: 'gtS' } as const;
  left.push();
  right.push();
  f.i64[unsigned[relation]]();
  left.pushHigh();
  right.pushHigh();
  f.i64[signed[relation]]();
  left.pushHigh();
  right.pushHigh();
  f.i64.eq().select();
}

function pushViewComparison(e: RowEmitter, relation: Relation, left: Operand, right: Operand): void {
  const { f } = e;
  if (relation === 'eq' || relation === 'ne') {
    const constant = left.constant !== undefined ? left : right.constant !== undefined ? right : undefined;
    const other = constant === left ? right : left;
    const bytes = constant === undefined ? undefined : bytesOf(constant);
    if (bytes !== undefined && bytes.length <= 12) {
      // an inline constant: two words decide
      const words = new DataView(new ArrayBuffer(16));
      words.setUint32(0, bytes.length, true);
      bytes.forEach((byte, index) => void words.setUint8(4 + index, byte));
      other.push();
      f.i64.load(0, 4).i64.const(words.getBigInt64(0, true)).i64.xor();
      other.push();
      f.i64.load(8, 4).i64.const(words.getBigInt64(8, true)).i64.xor().i64.or().i64.eqz();
    } else {
      const equal = f.local('i32');
      left.push();
      f.i64.load(0, 4);
      right.push();
      f.i64.load(0, 4).i64.eq().tee(equal);
      f.if(() => {
        left.push();
        f.i64.load(8, 4);
        right.push();
        f.i64.load(8, 4).i64.eq().tee(equal).i32.eqz();
        left.push();
        f.i32.load().i32.const(12).i32.gtU().i32.and();
        f.if(() => {
          left.push();
          right.push();
          f.call(e.context.kernel('view_equal_bytes', ['i32', 'i32'], ['i32'])).set(equal);
        });
      });
      f.get(equal);
      f.release(equal);
    }
    if (relation === 'ne') f.i32.eqz();
    return;
  }
  left.push();
  right.push();
  f.call(e.context.kernel('view_compare', ['i32', 'i32'], ['i32'])).i32.const(0);
  pushSigned(e, relation);
}

const signedOperations = { eq: 'eq', ne: 'ne', lt: 'ltS', le: 'leS', gt: 'gtS', ge: 'geS' } as const;
function pushSigned(e: RowEmitter, relation: Relation): void {
  e.f.i32[signedOperations[relation]]();
}

function bytesOf(operand: Operand): Uint8Array {
  const value = operand.constant;
  return value instanceof Uint8Array ? value : new TextEncoder().encode(value as string);
}

function comparison(relation: Relation): Emitter {
  return (e, call) => compare(e, call, relation, e.emit(call.arguments[0]!), e.emit(call.arguments[1]!));
}

function compare(e: RowEmitter, call: Call, relation: Relation, left: Operand, right: Operand): Operand {
  const guarded = left.form === 'view' || left.form === 'i128';
  return e.strict(call.type, [left, right], { guarded }, ([result]) => {
    pushComparison(e, relation, left, right);
    e.f.set(result!);
  });
}

/** NULL is equal to NULL here; never NULL. */
function distinct(negated: boolean): Emitter {
  return (e, call) => {
    const left = e.emit(call.arguments[0]!);
    const right = e.emit(call.arguments[1]!);
    const { f } = e;
    const result = f.local('i32');
    if (left.valid === 'always' && right.valid === 'always') {
      pushComparison(e, negated ? 'eq' : 'ne', left, right);
      f.set(result);
      return e.local(call.type, [result]);
    }
    // equal: both NULL, or both valid and the same
    e.pushValid(left.valid);
    e.pushValid(right.valid);
    f.i32.or().i32.eqz().set(result);
    const both = e.allValid([left, right]);
    if (both !== 'never') {
      const test = (): void => {
        pushComparison(e, 'eq', left, right);
        f.set(result);
      };
      if (both === 'always') test();
      else {
        f.get(both);
        f.if(test);
      }
    }
    if (!negated) f.get(result).i32.eqz().set(result);
    return e.local(call.type, [result]);
  };
}

/** x BETWEEN a AND b is x >= a AND x <= b, with FALSE winning over NULL. */
function between(negated: boolean): Emitter {
  return (e, call) => {
    const [value, low, high] = call.arguments.map(argument => e.emit(argument));
    if (value === undefined || low === undefined || high === undefined) throw internalError('BETWEEN takes three operands');
    const { f } = e;
    const above = compare(e, call, 'ge', value, low);
    const below = compare(e, call, 'le', value, high);
    const result = f.local('i32');
    above.push();
    below.push();
    f.i32.and().set(result);
    let valid = e.allValid([above, below]);
    if (valid !== 'always') {
      const known: Local = f.local('i32');
      e.pushValid(valid);
      for (const side of [above, below]) {
        if (side.valid === 'never') continue;
        e.pushValid(side.valid);
        side.push();
        f.i32.eqz().i32.and().i32.or();
      }
      f.set(known);
      valid = known;
    }
    if (negated) f.get(result).i32.eqz().set(result);
    return e.local(call.type, [result], valid);
  };
}

/** GREATEST and LEAST: NULL when an argument is; strings by bytes. */
function extreme(relation: 'gt' | 'lt'): Emitter {
  return (e, call) => {
    const args = call.arguments.map(argument => e.emit(argument));
    return e.strict(call.type, args, { guarded: true }, result => {
      e.assign(result, args[0]!);
      const best = e.local(call.type, result);
      for (const next of args.slice(1)) {
        pushComparison(e, relation, next, best);
        e.f.if(() => e.assign(result, next));
      }
    });
  };
}

/** NULL where the two are equal, else the first. */
const nullif: Emitter = (e, call) => {
  const [left, right] = call.arguments.map(argument => e.emit(argument)) as [Operand, Operand];
  const { f } = e;
  if (left.valid === 'never') return e.nullOf(call.type);
  const both = e.allValid([left, right]);
  if (both === 'never') return e.retyped(left, call.type);
  const valid = f.local('i32');
  e.pushValid(left.valid);
  f.set(valid);
  const test = (): void => {
    pushComparison(e, 'ne', left, right);
    f.set(valid);
  };
  if (both === 'always') test();
  else {
    f.get(both);
    f.if(test);
  }
  return { ...e.retyped(left, call.type), valid };
};

/** Lists of integers from this length on are searched by halves. */
const searchedListLength = 8;
const isIntegerConstant = (operand: Operand): boolean =>
  (operand.form === 'i32' || operand.form === 'i64') && operand.constant !== undefined && typeof operand.constant !== 'boolean';

/** Leaves whether the value is one of the sorted numbers. */
function pushSearch(e: RowEmitter, value: Operand, sorted: readonly bigint[]): void {
  const { f } = e;
  const group = value.form === 'i32' ? f.i32 : f.i64;
  const constant = (number: bigint): void => {
    if (value.form === 'i32') f.i32.const(Number(number));
    else f.i64.const(number);
  };
  if (sorted.length <= 3) {
    for (const [index, number] of sorted.entries()) {
      value.push();
      constant(number);
      group.eq();
      if (index > 0) f.i32.or();
    }
    return;
  }
  const middle = sorted.length >> 1;
  value.push();
  constant(sorted[middle]!);
  group.ltS();
  f.if(
    'i32',
    () => pushSearch(e, value, sorted.slice(0, middle)),
    () => pushSearch(e, value, sorted.slice(middle)),
  );
}

/** x IN (a, b, …): TRUE when equal to one, else NULL when x or one of them is, else FALSE. */
function oneOf(negated: boolean): Emitter {
  return (e, call) => {
    const { f } = e;
    const value = e.emit(call.arguments[0]!);
    if (value.valid === 'never') return e.nullOf(call.type);
    const list = call.arguments.slice(1).map(argument => e.emit(argument));
    const result = f.newLocal('i32');
    const compareAll = (): void => {
      if (list.length >= searchedListLength && list.every(isIntegerConstant)) {
        const sorted = [...new Set(list.map(candidate => BigInt(candidate.constant as bigint)))].sort((a, b) => (a < b ? -1 : 1));
        pushSearch(e, value, sorted);
        f.set(result);
        return;
      }
      f.i32.const(0).set(result);
      f.block(done => {
        for (const candidate of list) {
          if (candidate.valid === 'never') continue;
          pushComparison(e, 'eq', value, candidate);
          if (candidate.valid !== 'always') {
            e.pushValid(candidate.valid);
            f.i32.and();
          }
          f.tee(result).brIf(done);
        }
      });
    };
    e.whenValid(value.valid, compareAll);
    const someNull = list.filter(candidate => candidate.valid !== 'always');
    let valid = value.valid;
    if (someNull.length > 0) {
      const known = f.local('i32');
      f.get(result);
      if (someNull.some(candidate => candidate.valid === 'never')) f.i32.const(0);
      else e.pushValid(e.allValid(someNull));
      f.i32.or();
      e.pushValid(value.valid);
      f.i32.and().set(known);
      valid = known;
    }
    if (negated) f.get(result).i32.eqz().set(result);
    return e.local(call.type, [result], valid);
  };
}

export const comparisonEmitters: Readonly<Record<string, Emitter>> = {
  equals: comparison('eq'),
  'not-equals': comparison('ne'),
  'less-than': comparison('lt'),
  'less-or-equal': comparison('le'),
  'greater-than': comparison('gt'),
  'greater-or-equal': comparison('ge'),
  'is-distinct-from': distinct(false),
  'is-not-distinct-from': distinct(true),
  between: between(false),
  'not-between': between(true),
  greatest: extreme('gt'),
  least: extreme('lt'),
  nullif,
  in: oneOf(false),
  'not-in': oneOf(true),
};
