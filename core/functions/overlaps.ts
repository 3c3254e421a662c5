import { isTimestamp, type SqlType, types } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { call, caseOf, cast, type Expression } from '../plan/expressions.ts';
import { compareValues } from './comparison.ts';
import type { ScalarFunction } from './contract.ts';
import { addInterval } from './datetime.ts';
import { define } from './define.ts';
import { commonType, isDatetime, isInterval } from './type-rules.ts';

const partsOf = (type: SqlType): readonly SqlType[] | undefined =>
  type.kind === 'ROW' && type.fields.length === 2 ? type.fields.map(field => field.type) : undefined;

function problemOf(given: readonly SqlType[]): string | undefined {
  const periods = given.map(partsOf);
  if (given.length !== 2 || periods.some(period => period === undefined))
    return 'compares two periods: (start, end) OVERLAPS (start, end)';
  const [left, right] = periods as readonly (readonly SqlType[])[];
  const [from, end] = left!;
  const [otherFrom, otherEnd] = right!;
  const points = [from!, otherFrom!, ...[end!, otherEnd!].filter(type => !isInterval(type))];
  if (!points.every(isDatetime) || !points.every(type => type.kind === from!.kind || (isTimestamp(type) && isTimestamp(from!))))
    return 'compares periods of points in time of one type; an end may be an interval';
  return undefined;
}

const when = (name: string, left: Expression, right: Expression): Expression =>
  call(name, [left, right], types.boolean(left.type.nullable || right.type.nullable));

/** Start and end of a ROW in their order. */
function ordered(period: Expression, common: SqlType): readonly [Expression, Expression] {
  const [from, given] = (period as Expression & { kind: 'call' }).arguments as readonly [Expression, Expression];
  const end = isInterval(given.type) ? call('plus', [from, given], from.type) : given;
  const [a, b] = [from, end].map(each => cast(each, { ...common, nullable: each.type.nullable } as SqlType));
  const type = { ...common, nullable: a!.type.nullable || b!.type.nullable } as SqlType;
  const backward = when('less-than', b!, a!);
  return [caseOf([{ when: backward, result: b! }], a!, type), caseOf([{ when: backward, result: a! }], b!, type)];
}

/** Periods as ROWs of two; Flink's planner compares starts and ends as this does. */
export const overlaps: ScalarFunction = define({
  name: 'overlaps',
  resolve: given =>
    problemOf(given) ?? {
      argumentTypes: given,
      resultType: types.boolean(given.flatMap(type => partsOf(type)!).some(type => type.nullable)),
    },
  nulls: 'custom',
  reference: (periods, { arguments: given }) => {
    const ends = periods.map((period, index) => {
      const [fromType, endType] = partsOf(given[index]!)!;
      const [from, end] = period as readonly Value[];
      if (from === null || end === null) return undefined;
      const to = isInterval(endType!) ? addInterval(from!, fromType!, end!, endType!, 1) : end!;
      return compareValues(to, from!, fromType!, fromType!)! < 0 ? [to, from!] : [from!, to];
    });
    const [a, b] = ends;
    if (a === undefined || b === undefined) return null;
    const type = partsOf(given[0]!)![0]!;
    return compareValues(a[1]!, b[0]!, type, type)! >= 0 && compareValues(b[1]!, a[0]!, type, type)! >= 0;
  },
  implementation: {
    kind: 'rewrite',
    expand: ([left, right]) => {
      const points = [left!, right!].flatMap(period =>
        (period as Expression & { kind: 'call' }).arguments.map(each => each.type).filter(type => !isInterval(type)),
      );
      const common = commonType(points)!;
      const [from, end] = ordered(left!, common);
      const [otherFrom, otherEnd] = ordered(right!, common);
      const type = types.boolean([from, end, otherFrom, otherEnd].some(each => each.type.nullable));
      return call('and', [when('greater-or-equal', end, otherFrom), when('greater-or-equal', otherEnd, from)], type);
    },
  },
  flink: '($1 OVERLAPS $2)',
  usage: '(start, end) OVERLAPS (start, end)',
  text: 'Do two periods have a point in time in common? An end may be an interval behind the start.',
  example: "(TIME '2:55:00', INTERVAL '1' HOUR) OVERLAPS (TIME '3:30:00', INTERVAL '2' HOUR)",
});
