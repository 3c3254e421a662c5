import { TidemillError } from '../common/errors.ts';
import type { WindowKind } from '../plan/nodes.ts';
import type { ExpressionBuilder } from './expression.ts';
import type { DurationText, Expr } from './expression-types.ts';
import type { Window } from './table-types.ts';

/** A window and the column it is over, before it is placed. */
export interface WindowBuilder extends Window {
  readonly time: ExpressionBuilder;
  readonly plan: WindowKind;
}

const millisecondsOf: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** '10 minutes' in milliseconds. @throws TidemillError `wrong-argument`. */
export function durationMs(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+?)s?\s*$/.exec(text) ?? /^\s*(\d+)\s*(ms)\s*$/.exec(text);
  const unit = match === null ? undefined : millisecondsOf[match[2] === 'm' ? 'ms' : match[2]!];
  if (!match || unit === undefined) {
    throw new TidemillError('wrong-argument', `'${text}' is no duration`, {
      hint: "Write a number and a unit, such as '10 minutes' or '500 ms'.",
    });
  }
  const value = Number(match[1]) * unit;
  if (Number.isInteger(value)) return value;
  throw new TidemillError('wrong-argument', `'${text}' is no whole number of milliseconds`);
}

function positive(name: string, text: string): number {
  const value = durationMs(text);
  if (value > 0) return value;
  throw new TidemillError('wrong-argument', `${name}: '${text}' must be longer than nothing`);
}

const made = (kind: Window['kind'], time: Expr<'ROWTIME'>, plan: WindowKind): Window => {
  const window: WindowBuilder = { kind, time: time as unknown as ExpressionBuilder, plan };
  return window;
};

/**
 * Windows of one size, one after another. `time` is a column with a watermark. Source: Flink docs, "Windowing TVF".
 *
 * @throws TidemillError `wrong-argument`.
 * @example
 * bid.window(b => tumble(b.at, '10 minutes')).agg(() => ({ bids: count() }));
 */
export function tumble(time: Expr<'ROWTIME'>, size: DurationText): Window {
  return made('tumble', time, { kind: 'tumble', sizeMs: positive('tumble', size), offsetMs: 0 });
}

/**
 * Windows of one size that start every `slide`, of which the size is a multiple.
 *
 * @throws TidemillError `wrong-argument`.
 * @example
 * bid.window(b => hop(b.at, '5 minutes', '1 hour')).agg(() => ({ bids: count() }));
 */
export function hop(time: Expr<'ROWTIME'>, slide: DurationText, size: DurationText): Window {
  const [slideMs, sizeMs] = [positive('hop', slide), positive('hop', size)];
  if (sizeMs % slideMs !== 0)
    throw new TidemillError('wrong-argument', `hop: the size (${size}) must be a multiple of the slide (${slide})`);
  return made('hop', time, { kind: 'hop', sizeMs, slideMs, offsetMs: 0 });
}

/**
 * Windows that grow by `step` up to `size`, then start anew.
 *
 * @throws TidemillError `wrong-argument`.
 * @example
 * bid.window(b => cumulate(b.at, '1 hour', '1 day')).agg(() => ({ bids: count() }));
 */
export function cumulate(time: Expr<'ROWTIME'>, step: DurationText, size: DurationText): Window {
  const [stepMs, sizeMs] = [positive('cumulate', step), positive('cumulate', size)];
  if (sizeMs % stepMs !== 0)
    throw new TidemillError('wrong-argument', `cumulate: the size (${size}) must be a multiple of the step (${step})`);
  return made('cumulate', time, { kind: 'cumulate', sizeMs, stepMs, offsetMs: 0 });
}
