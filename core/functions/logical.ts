import { type SqlType, sameType, types, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { call, caseOf, cast, type Expression, nullLiteral } from '../plan/expressions.ts';
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
    resolve: signature(
      [name.endsWith('null') || name.endsWith('unknown') ? accepts.any : accepts.boolean],
      types.boolean(false),
      {
        nullable: 'never',
      },
    ),
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
    spellings: ['COALESCE', 'IFNULL'],
    resolve: resolveCommon(1, (common, given) =>
      withNullable(
        common,
        given.every(type => type.nullable),
      ),
    ),
    nulls: 'custom',
    reference: args => args.find(value => value !== null) ?? null,
    usage: 'COALESCE(a, b, …)',
    text: 'The first argument that is not NULL; those after it are not evaluated.',
    example: 'COALESCE(CAST(NULL AS INT), 2)',
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
        resultType: withNullable(common, anyNullable(given.slice(1))),
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
  define({
    name: 'is-decimal',
    spellings: ['IS_DECIMAL'],
    resolve: signature([accepts.string], types.boolean()),
    reference: ([text]) => /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test((text as string).trim()),
    usage: 'IS_DECIMAL(s)',
    text: 'Whether a string can be read as a number.',
    example: "IS_DECIMAL('23')",
  }),
  define({
    name: 'is-digit',
    spellings: ['IS_DIGIT'],
    resolve: signature([accepts.string], types.boolean()),
    reference: ([text]) => /^\d+$/.test(text as string),
    usage: 'IS_DIGIT(s)',
    text: 'Whether a string consists of digits only.',
    example: "IS_DIGIT('123')",
  }),
  define({
    name: 'is-alpha',
    spellings: ['IS_ALPHA'],
    resolve: signature([accepts.string], types.boolean()),
    reference: ([text]) => /^\p{L}+$/u.test(text as string),
    usage: 'IS_ALPHA(s)',
    text: 'Whether a string consists of letters only.',
    example: "IS_ALPHA('abc')",
  }),
];
