import { atMost, type Goal } from './goals.ts';

/** Which figures of a micro benchmark's JSON are goals; a program may also bring its own as `goals: [{what, value, limit, unit}]`. */
export function microGoals(name: string, result: unknown): Goal[] {
  const command = `micro --only ${name}`;
  const own = (result as { goals?: { what: string; value: number; limit: number; unit: string }[] }).goals ?? [];
  const found = own.map(({ what, value, limit, unit }) => atMost(what, value, limit, unit, command));
  switch (name) {
    case 'udf': {
      const { report } = result as { report: { case: string; extraNsPerRow: number }[] };
      const worst = report.filter(each => !each.case.includes('NULL') && !each.case.includes('loop'));
      for (const each of worst)
        found.push(atMost(`UDF over the same built-in, ${each.case}`, each.extraNsPerRow, 1, 'ns/row', command));
    }
  }
  return found;
}
