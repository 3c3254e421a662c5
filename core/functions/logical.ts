import { isCharacter, type SqlType, sameType, types, typeToString, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { call, caseOf, cast, type Expression, literal, nullLiteral } from '../plan/expressions.ts';
import { compareValues, resolveCommon } from './comparison.ts';
import type { ScalarFunction } from './contract.ts';
import { accepts, anyNullable, define, signature } from './define.ts';
import { commonType, comparisonTypes } from './type-rules.ts';

function connective(name: 'and' | 'or', deciding: boolean): ScalarFunction {
  const word = name.toUpperCase();
  return define({
    name,
    resolve: signature([accepts.boolean, accepts.boolean], types.boolean(), { repeat: true }),
    nulls: 'custom',
    reference: args => (args.includes(deciding) ? deciding : args.includes(null) ? null : !deciding),
    duckdb: { rewrite: args => `(${args.join(` ${word} `)})` },
    flink: `($1 ${word} $2)`,
    usage: `a ${word} b`,
    text: `${name === 'and' ? 'TRUE when both are; FALSE when one is FALSE' : 'TRUE when one is; FALSE when both are FALSE'}; else NULL.`,
    example: `TRUE ${word} FALSE`,
  });
}

function truthTest(name: string, words: string, holds: (value: Value) => boolean): ScalarFunction {
  return define({
    name,
    resolve: signature([name.endsWith('null') ? accepts.any : accepts.boolean], types.boolean(false), {
      nullable: 'never',
    }),
    nulls: 'custom',
    reference: ([value]) => holds(value!),
    duckdb: name.endsWith('null')
      ? { rewrite: args => `(${args[0]} ${words})` }
      : name.endsWith('unknown')
        ? 'never'
        : { rewrite: args => `(${args[0]} ${words})` },
    flink: `($1 ${words})`,
    usage: `x ${words}`,
    text: `Whether x is ${words.slice(3).toLowerCase()}; never NULL.`,
    example: `TRUE ${words}`,
  });
}

/** `CASE WHEN a = b THEN NULL ELSE a END`: a keeps its own type, whatever it is compared as. */
function expandNullif([left, right]: readonly Expression[], type: SqlType): Expression {
  const [leftType, rightType] = comparisonTypes(left!.type, right!.type)!;
  const as = (operand: Expression, wanted: SqlType): Expression =>
    sameType(operand.type, wanted) ? operand : cast(operand, wanted);
  const equal = call(
    'equals',
    [as(left!, leftType), as(right!, rightType)],
    types.boolean(left!.type.nullable || right!.type.nullable),
  );
  const result = withNullable(type, true);
  return caseOf([{ when: equal, result: nullLiteral(result) }], left!, result);
}

const conditional = (condition: Expression, then: Expression, otherwise: Expression, type: SqlType): Expression =>
  caseOf([{ when: condition, result: then }], otherwise, type);

/** A type as Flink writes it. */
const flinkTypeText = (type: SqlType): string =>
  typeToString(type)
    .replaceAll('INTERVAL DAY TO SECOND', 'INTERVAL SECOND(3)')
    .replaceAll('INTERVAL YEAR TO MONTH', 'INTERVAL MONTH')
    .replaceAll(/\bTIME\b(?! TO|\()/g, 'TIME(0)');

export const logicalFunctions: readonly ScalarFunction[] = [
  connective('and', false),
  connective('or', true),
  define({
    name: 'not',
    resolve: signature([accepts.boolean], types.boolean()),
    reference: ([value]) => !value,
    duckdb: { rewrite: args => `(NOT ${args[0]})` },
    flink: '(NOT $1)',
    usage: 'NOT a',
    text: 'TRUE for FALSE, FALSE for TRUE, NULL for NULL.',
    example: 'NOT TRUE',
  }),
  truthTest('is-null', 'IS NULL', value => value === null),
  truthTest('is-not-null', 'IS NOT NULL', value => value !== null),
  truthTest('is-true', 'IS TRUE', value => value === true),
  truthTest('is-not-true', 'IS NOT TRUE', value => value !== true),
  truthTest('is-false', 'IS FALSE', value => value === false),
  truthTest('is-not-false', 'IS NOT FALSE', value => value !== false),
  truthTest('is-unknown', 'IS UNKNOWN', value => value === null),
  truthTest('is-not-unknown', 'IS NOT UNKNOWN', value => value !== null),
  define({
    name: 'coalesce',
    spellings: ['COALESCE'],
    resolve: (given, args) =>
      given.length > 0 && given.every(type => type.kind === 'NULL')
        ? 'needs to know the type of NULL'
        : resolveCommon(1, (common, all) =>
            withNullable(
              common,
              all.every(type => type.nullable),
            ),
          )(given, args),
    nulls: 'custom',
    reference: args => args.find(value => value !== null) ?? null,
    usage: 'COALESCE(a, b, …)',
    text: 'The first argument that is not NULL; those after it are not evaluated.',
    example: 'COALESCE(CAST(NULL AS INT), 2)',
  }),
  define({
    name: 'ifnull',
    spellings: ['IFNULL'],
    resolve: (given, args) => {
      if (given.length !== 2) return `takes 2 arguments, not ${given.length}`;
      if (!given[0]!.nullable && given.every(type => isCharacter(type))) return { argumentTypes: given, resultType: given[0]! };
      return resolveCommon(2, (common, both) =>
        withNullable(
          common,
          both.every(type => type.nullable),
        ),
      )(given, args);
    },
    nulls: 'custom',
    implementation: {
      kind: 'rewrite',
      expand: ([value, otherwise], type) => (value!.type.nullable ? call('coalesce', [value!, otherwise!], type) : value!),
    },
    reference: ([value, otherwise]) => value ?? otherwise!,
    usage: 'IFNULL(a, b)',
    text: 'a, or b where a is NULL.',
    example: 'IFNULL(CAST(NULL AS INT), 2)',
  }),
  define({
    name: 'typeof',
    spellings: ['TYPEOF'],
    resolve: given => {
      if (given.length < 1 || given.length > 2) return `takes 1 to 2 arguments, not ${given.length}`;
      if (given.length === 2 && given[1]!.kind !== 'BOOLEAN') return 'takes TRUE or FALSE as argument 2';
      return { argumentTypes: given, resultType: types.string() };
    },
    nulls: 'custom',
    implementation: {
      kind: 'rewrite',
      expand: ([value], type) => literal(flinkTypeText(value!.type), type),
    },
    reference: (_, { arguments: [type] }) => flinkTypeText(type!),
    usage: 'TYPEOF(x [, force_serializable])',
    text: 'The type of a value, in words of SQL.',
    example: "TYPEOF('tide')",
  }),
  define({
    name: 'nullif',
    spellings: ['NULLIF'],
    resolve: given => {
      if (given.length !== 2) return `takes 2 arguments, not ${given.length}`;
      const both = comparisonTypes(given[0]!, given[1]!);
      if (both === undefined) return 'takes two values that can be compared';
      return { argumentTypes: given, resultType: withNullable(given[0]!, true) };
    },
    nulls: 'custom',
    implementation: { kind: 'rewrite', expand: expandNullif },
    reference: ([left, right], { arguments: [leftType, rightType] }) =>
      left !== null && right !== null && compareValues(left!, right!, leftType!, rightType!) === 0 ? null : left!,
    usage: 'NULLIF(a, b)',
    text: 'NULL where the two are equal, else a.',
    example: 'NULLIF(5, 5)',
  }),
  define({
    name: 'if',
    spellings: ['IF'],
    resolve: given => {
      if (given.length !== 3) return `takes 3 arguments, not ${given.length}`;
      if (given[0]!.kind !== 'BOOLEAN' && given[0]!.kind !== 'NULL') return 'takes a condition first';
      const common = commonType(given.slice(1)) ?? (given.slice(1).every(type => type.kind === 'NULL') ? types.null : undefined);
      if (common === undefined) return 'takes two results of one type';
      return {
        argumentTypes: [types.boolean(given[0]!.nullable), ...given.slice(1).map(type => withNullable(common, type.nullable))],
        resultType: withNullable(common, anyNullable(given)),
      };
    },
    nulls: 'custom',
    reference: ([condition, then, otherwise]) => (condition === true ? then! : otherwise!),
    implementation: {
      kind: 'rewrite',
      expand: ([condition, then, otherwise], type) => conditional(condition!, then!, otherwise!, type),
    },
    usage: 'IF(condition, a, b)',
    text: 'a where the condition is TRUE, else b.',
    example: 'IF(1 < 2, 3, 4)',
  }),
];
