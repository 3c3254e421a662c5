import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { guarded } from '../wasm/guards.ts';

/** What a call of a process table function asked for: see udf-sdk/abi. */
export interface TimerRequest {
  readonly kind: 'set' | 'clear' | 'clear-all';
  readonly timeMs: number;
  /** '' where it has none. */
  readonly name: Uint8Array;
}

/** Years −9999 to 9999, and beyond. */
export const timeMsMax = 8.64e15;

const kinds: Readonly<Record<number, TimerRequest['kind']>> = { 1: 'set', 2: 'clear', 3: 'clear-all' };

/** A request is none that can be. */
export const badTimerRequest = (functionName: string, what: string): TidemillError =>
  new TidemillError('udf-result', `'${functionName}' ${what}`, { hint: 'See udf-sdk/abi: Process table functions.' });

/** What a number says is to be done. @throws TidemillError `udf-result`. */
export function timerAction(functionName: string, action: number): TimerRequest['kind'] {
  const kind = kinds[action];
  if (kind === undefined && guarded('timer-requests'))
    throw badTimerRequest(functionName, 'has a timer request that neither sets nor clears one');
  return kind!;
}

export const isTimerNameTooLong = (bytes: number): boolean => bytes > limits.udfTimerNameBytesMax;

/** Name and time of a request as they may be. @throws TidemillError `udf-result`. */
export function timerRequest(functionName: string, kind: TimerRequest['kind'], timeMs: number, name: Uint8Array): TimerRequest {
  if (!isUtf8(name)) throw badTimerRequest(functionName, 'gives a timer a name that is not UTF-8');
  if (!Number.isSafeInteger(timeMs) || Math.abs(timeMs) > timeMsMax)
    throw badTimerRequest(functionName, 'gives a timer a time out of range');
  return { kind, timeMs, name };
}

const decoder = new TextDecoder('utf-8', { fatal: true });
function isUtf8(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
