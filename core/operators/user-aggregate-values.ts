import { readColumn } from '../columnar/read-values.ts';
import { withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { columnOf } from '../columnar/write-values.ts';
import { internalError } from '../common/errors.ts';
import type { Expression } from '../plan/expressions.ts';
import type { UserAggregate } from '../plan/user-aggregate.ts';
import type { OperatorTask } from './contract.ts';

interface UserCall {
  readonly name: string;
  readonly user: UserAggregate;
  readonly arguments: readonly Expression[];
}

/** What a user's aggregate gives for rows that are at hand as values, filtered; where operators keep all rows of a group. */
export function userAggregateOf(task: OperatorTask, call: UserCall, rows: readonly (readonly Value[])[]): Value {
  const { memory } = task;
  const { user } = call;
  if (task.userAggregate === undefined) throw internalError(`nobody knows the function ${call.name}`);
  const code = task.userAggregate(user.key);
  const mark = memory.arena.mark();
  const taken = rows.filter(row => row.every((value, index) => value !== null || user.seesNulls[index] === true));
  const columns = call.arguments.map((argument, index) =>
    columnOf(
      memory,
      withNullable(argument.type, true),
      taken.map(row => row[index]!),
    ),
  );
  const group = memory.arena.allocate(user.stateBytes);
  memory.u8.set(user.initial, group);
  const groups = memory.arena.allocate(4 * (taken.length + 1));
  memory.u32.fill(group, groups >>> 2, (groups >>> 2) + taken.length + 1);
  code.accumulate({ from: 0, to: taken.length, order: 0, rows: groups, weights: 0, columns, base: 0 });
  const [value] = readColumn(memory, code.finish(1, groups, 0), 1);
  memory.arena.release(mark);
  return value!;
}
