import type { TaskCode } from '../../codegen/contract.ts';
import { compileCompute } from '../../codegen/index.ts';
import type { Batch } from '../../columnar/batch.ts';
import { type SqlType, withNullable } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { columnOf } from '../../columnar/write-values.ts';
import { seededRandom } from '../../common/environment.ts';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { scalarFunctions } from '../../functions/index.ts';
import { loadKernels } from '../../kernels/index.ts';
import { call, column, type Expression } from '../../plan/expressions.ts';
import { bindUserFunctions } from '../../runtime/user-functions.ts';
import { FunctionFailures, findUdfFunction, type UdfModule } from '../../udf/index.ts';
import { TaskMemory } from '../../wasm/memory.ts';

export interface Measured {
  /** CPU time of the best of the rounds. */
  readonly nsPerRow: number;
  /** Of the rows that were tried; errors are counted and go on. */
  readonly errorShare: number;
}

const budgetMs = 300;
const roundsMax = 200;
/** Texts have so many characters, as the benchmarks' have. */
const textCharacters = 14;

/** A scalar function of any kind (of rows, of columns, of a component) over batches of made-up values without NULLs. */
export function measureScalar(module: UdfModule, name: string): Measured {
  const failures = new FunctionFailures();
  const task = taskCode({ functionFailures: failures });
  const entry = { name, module, export: name, onTrap: 'null' } as const;
  const udf = bindUserFunctions([entry], () => task, noFunctions)(name);
  const columns = columnsOf(task.memory, findUdfFunction(module, name).arguments);
  let rows = 0;
  const nsPerRow = bestOfRounds(task.memory, () => {
    rows += limits.batchRows;
    udf.call(limits.batchRows, columns, 0);
  });
  return { nsPerRow, errorShare: failures.take() / rows };
}

function noFunctions(): never {
  throw new TidemillError('usage', 'no user functions here');
}

function taskCode(more: Partial<TaskCode> = {}): TaskCode {
  const memory = new TaskMemory();
  return { memory, kernels: loadKernels(memory), localTimeZone: 'UTC', userFunction: noFunctions, ...more };
}

/**
 * A built-in function over the same values.
 * @throws TidemillError `usage` when there is none that takes them.
 */
export function measureBuiltIn(name: string, argumentTypes: readonly SqlType[]): Measured {
  const input = argumentTypes.map((type, index) => ({ name: `c${index}`, type: withNullable(type, false) }));
  const columns: Expression[] = input.map((field, index) => column(index, field));
  const resolved = scalarFunctions.get(name.toLowerCase())?.resolve(
    columns.map(argument => argument.type),
    columns,
  );
  if (resolved === undefined || typeof resolved === 'string')
    throw new TidemillError(
      'usage',
      `there is no built-in ${name} for these arguments${resolved === undefined ? '' : `: ${resolved}`}`,
      {
        hint: 'core/docs/functions.md lists them; -- in place of _: char-length.',
      },
    );
  const expression = call(name.toLowerCase(), columns, resolved.resultType);
  const task = taskCode();
  const { memory } = task;
  const compute = compileCompute({ input, outputs: [expression] }, task);
  const batch: Batch = {
    length: limits.batchRows,
    columns: columnsOf(
      memory,
      input.map(({ type }) => type),
    ),
    weights: 0,
    watermarkBefore: 0,
  };
  return { nsPerRow: bestOfRounds(memory, () => void compute.run(batch)), errorShare: 0 };
}

/** Whether there is a built-in function of that name. */
export const hasBuiltIn = (name: string): boolean => scalarFunctions.has(name.toLowerCase());

function bestOfRounds(memory: TaskMemory, run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  const started = process.cpuUsage().user;
  for (let round = 0; round < roundsMax; round++) {
    const mark = memory.arena.mark();
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    memory.arena.release(mark);
    best = Math.min(best, ((user + system) * 1000) / limits.batchRows);
    if ((process.cpuUsage().user - started) / 1000 > budgetMs && round >= 5) break;
  }
  return best;
}

function columnsOf(memory: TaskMemory, types: readonly SqlType[]) {
  const random = seededRandom(1);
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEF';
  const word = (): string => Array.from({ length: textCharacters }, () => letters[random.next32() % 32]!).join('');
  return types.map(type =>
    columnOf(
      memory,
      withNullable(type, false),
      Array.from({ length: limits.batchRows }, () => madeUp(type, random, word)),
    ),
  );
}

function madeUp(type: SqlType, random: { next32(): number }, word: () => string): Value {
  const number = random.next32() % 1000;
  switch (type.kind) {
    case 'BOOLEAN':
      return number % 2 === 0;
    case 'TINYINT':
      return number % 100;
    case 'FLOAT':
    case 'DOUBLE':
      return number / 8;
    case 'BIGINT':
    case 'DECIMAL':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return type.kind === 'DECIMAL' ? BigInt(number % 10 ** Math.min(3, type.precision)) : BigInt(number);
    case 'CHAR':
    case 'VARCHAR':
      return word();
    case 'BINARY':
    case 'VARBINARY':
      return new TextEncoder().encode(word());
    default:
      return number;
  }
}
