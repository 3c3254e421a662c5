import type { Call, Expression } from '../../plan/expressions.ts';
import { formOf, type Operand, type Valid } from '../operand.ts';
import { type Emitter, isCostly, type RowEmitter } from '../row-emitter.ts';

/** AND and OR in three-valued logic; operands that cost or can fail run only where those before them do not decide. */
function connective(and: boolean): Emitter {
  return (e, call) => {
    let result = e.emit(call.arguments[0]!);
    for (const next of call.arguments.slice(1))
      result = isCostly(next) ? lazily(e, call, result, next, and) : eagerly(e, call, result, e.emit(next), and);
    return e.retyped(result, call.type);
  };
}

function eagerly(e: RowEmitter, call: Call, left: Operand, right: Operand, and: boolean): Operand {
  const { f } = e;
  const value = f.local('i32');
  left.push();
  right.push();
  if (and) f.i32.and();
  else f.i32.or();
  f.set(value);
  if (left.valid === 'always' && right.valid === 'always') return e.local(call.type, [value]);
  // valid where both are, or where one alone decides
  const valid = f.local('i32');
  e.pushValid(left.valid);
  e.pushValid(right.valid);
  f.i32.and();
  for (const side of [left, right]) {
    if (side.valid === 'never') continue;
    e.pushValid(side.valid);
    side.push();
    if (and) f.i32.eqz();
    f.i32.and().i32.or();
  }
  f.set(valid);
  return e.local(call.type, [value], valid);
}

function lazily(e: RowEmitter, call: Call, left: Operand, next: Expression, and: boolean): Operand {
  const { f } = e;
  const value = f.local('i32');
  const valid: Valid = left.valid !== 'always' || e.mayBeNull(next) ? f.local('i32') : 'always';
  left.push();
  f.set(value);
  if (valid !== 'always') {
    e.pushValid(left.valid);
    f.set(valid);
  }
  const store = (): void =>
    e.lazily(() => {
      const both = eagerly(e, call, left, e.emit(next), and);
      both.push();
      f.set(value);
      if (valid !== 'always') {
        e.pushValid(both.valid);
        f.set(valid);
      }
    });
  // undecided: NULL, or TRUE for AND, FALSE for OR
  left.push();
  if (!and) f.i32.eqz();
  if (left.valid !== 'always') {
    e.pushValid(left.valid);
    f.i32.eqz().i32.or();
  }
  f.if(store);
  return e.local(call.type, [value], valid);
}

const not: Emitter = (e, call) => {
  const operand = e.emit(call.arguments[0]!);
  if (operand.valid === 'never') return e.nullOf(call.type);
  const value = e.f.local('i32');
  operand.push();
  e.f.i32.eqz().set(value);
  return e.local(call.type, [value], operand.valid);
};

/** IS [NOT] TRUE, FALSE: never NULL. */
function truth(wanted: boolean, negated: boolean): Emitter {
  return (e, call) => {
    const operand = e.emit(call.arguments[0]!);
    const value = e.f.local('i32');
    operand.push();
    if (!wanted) e.f.i32.eqz();
    e.pushValid(operand.valid);
    e.f.i32.and();
    if (negated) e.f.i32.eqz();
    e.f.set(value);
    return e.local(call.type, [value]);
  };
}

function nullness(negated: boolean): Emitter {
  return (e, call) => {
    const operand = e.emit(call.arguments[0]!);
    if (operand.valid === 'always' || operand.valid === 'never') {
      return e.constant((operand.valid === 'never') !== negated, call.type);
    }
    if (negated) return e.local(call.type, [operand.valid]);
    const value = e.f.local('i32');
    e.f.get(operand.valid).i32.eqz().set(value);
    return e.local(call.type, [value]);
  };
}

/** The first argument that is not NULL; later ones run only when needed. */
const coalesce: Emitter = (e, call) => {
  const { f } = e;
  const result = e.localsFor(call.type);
  const valid = call.arguments.every(argument => e.mayBeNull(argument)) ? f.local('i32') : undefined;
  const from = (index: number): void => {
    const operand = e.emit(call.arguments[index]!);
    const last = index === call.arguments.length - 1;
    if (last || operand.valid === 'always') {
      e.assign(result, operand);
      if (valid === undefined) return;
      e.pushValid(operand.valid);
      f.set(valid);
      return;
    }
    e.pushValid(operand.valid);
    f.if(
      () => {
        e.assign(result, operand);
        if (valid !== undefined) f.i32.const(1).set(valid);
      },
      () => e.lazily(() => from(index + 1)),
    );
  };
  if (formOf(call.type) === 'nested') return e.nullOf(call.type);
  from(0);
  return e.local(call.type, result, valid ?? 'always');
};

export const logicalEmitters: Readonly<Record<string, Emitter>> = {
  and: connective(true),
  or: connective(false),
  not,
  'is-true': truth(true, false),
  'is-not-true': truth(true, true),
  'is-false': truth(false, false),
  'is-not-false': truth(false, true),
  'is-null': nullness(false),
  'is-unknown': nullness(false),
  'is-not-null': nullness(true),
  'is-not-unknown': nullness(true),
  coalesce,
};
