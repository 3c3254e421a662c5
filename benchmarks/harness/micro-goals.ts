import { atMost, type Goal } from './goals.ts';

interface Bench {
  readonly goals?: readonly { what: string; value: number; limit: number; unit: string }[];
}
interface Fused {
  readonly 'not null': Readonly<Record<string, { nsPerRow: number }>>;
}
type Aggregate = Readonly<Record<'tumble, 500k groups', { nsPerRow: number }>>;
interface Udf {
  readonly report: readonly { case: string; extraNsPerRow: number }[];
}

/** Which figures of a micro benchmark's JSON are goals; a program may bring its own as `goals: [{what, value, limit, unit}]`. */
export function microGoals(name: string, result: unknown): Goal[] {
  const command = `micro --only ${name}`;
  const goal = (what: string, value: number, limit: number, unit = 'ns/row'): Goal => atMost(what, value, limit, unit, command);
  const own = ((result as Bench).goals ?? []).map(({ what, value, limit, unit }) => goal(what, value, limit, unit));
  if (own.length > 0) return own;
  switch (name) {
    case 'fused': {
      const cases = (result as Fused)['not null'];
      return ['projection of one column (q1, DECIMAL(23, 3))', 'selective filter (q2)'].map(each =>
        goal(`fused loop, ${each}`, cases[each]?.nsPerRow ?? Number.NaN, 2),
      );
    }
    case 'aggregate':
      return [goal('sliced window aggregate at 500k groups', (result as Aggregate)['tumble, 500k groups'].nsPerRow, 40)];
    case 'udf': {
      const worst = (looping: boolean): number =>
        Math.max(
          ...(result as Udf).report.filter(each => each.case.includes('loop') === looping).map(each => each.extraNsPerRow),
        );
      return [
        goal('UDF over the same built-in, worst case without a loop inside', worst(false), 1),
        goal('UDF over the same built-in, a loop of 4 rounds inside, metered', worst(true), 1),
      ];
    }
    default:
      return [];
  }
}
