import { internalError, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { guarded } from '../wasm/guards.ts';
import { allocateExport, trapStates } from './loop-target.ts';

/** Thrown by the `env.abort` that modules may import. */
export class GuestAbort extends Error {}

/** What is known of a trap. */
export interface TrapSite {
  readonly functionName: string;
  /** Row in the batch, or undefined while the module starts. */
  readonly row: number | undefined;
  /** Said instead of the row. */
  readonly place?: string | undefined;
  readonly fuelLeft: bigint;
  readonly fuelGiven: bigint;
  readonly state: number;
  readonly memoryPagesMax: number;
  /** What the module printed to standard error before. */
  readonly printed: string;
}

/**
 * The error for what wasm code threw: `udf-fuel`, `udf-stack`, `udf-memory`, `udf-result` or `udf-trap`.
 * What no guest can cause is passed on as a bug.
 */
export function trapError(cause: unknown, site: TrapSite): TidemillError {
  const place = site.place ?? (site.row === undefined ? 'while its module starts' : `in row ${site.row} of the batch`);
  const fail = (code: string, what: string, hint?: string) =>
    new TidemillError(code, `'${site.functionName}' ${what} ${place}`, { hint, cause });
  if (site.fuelLeft < 0n)
    return fail(
      'udf-fuel',
      `used up its fuel of ${site.fuelGiven} units`,
      'It may loop without end. A unit is about one instruction, and a batch shares its fuel.',
    );
  if (cause instanceof RangeError) return fail('udf-stack', 'used up the stack', 'It may call itself without end.');
  if (site.state === trapStates.resultOutOfRange)
    return fail('udf-result', 'returned a decimal with more digits than its type has', 'Declare a nullable result to get NULL.');
  if (site.state === trapStates.resultOutside)
    return fail(
      'udf-result',
      'returned text that lies outside its memory',
      'The result is (length << 32) | address; see udf-sdk/abi.',
    );
  if (site.state === trapStates.resultNull)
    return fail('udf-result', 'returned NULL, and its result is NOT NULL,', 'Declare a nullable result.');
  if (site.state === trapStates.badAllocation)
    return fail('udf-memory', `got no room for its arguments: ${allocateExport} returned 0, or a place outside its memory,`);
  if (site.state === trapStates.blockOutside)
    return fail(
      'udf-result',
      'returned rows that lie outside its memory',
      'A block is (1 << 63 if there is more) | (rows << 32) | address; see udf-sdk/abi: Records.',
    );
  if (site.state === trapStates.noNextBlock)
    return fail('udf-result', `says that more rows come, and its module exports no ${site.functionName}_next,`);
  if (site.state === trapStates.nullInColumn)
    return fail('udf-result', 'returned NULL in a column that is NOT NULL', 'Declare the column nullable.');
  if (!(cause instanceof WebAssembly.RuntimeError || cause instanceof GuestAbort))
    return internalError(`'${site.functionName}' failed ${place}`, cause);
  const message = cause.message.replace(/^WebAssembly\.\w+\(\): /, '');
  if (site.state === trapStates.growthFailed)
    return fail(
      'udf-memory',
      `trapped (${message}) after its memory could not grow beyond ${(site.memoryPagesMax * limits.wasmPageBytes) >> 20} MiB`,
    );
  const reason = printedReason(site.printed);
  return fail('udf-trap', `trapped: ${message}${reason === '' ? '' : `; it printed '${reason}'`},`);
}

/** The line that says why, of what a module printed before it trapped: a panic's, else the last. */
function printedReason(text: string): string {
  const lines = text.trim().split('\n');
  const at = lines.findIndex(line => /panic|fatal|abort|assert|exception/i.test(line));
  const line = at < 0 ? lines.at(-1)! : lines[at]!;
  // Rust says where in one line, and why in the next.
  return (line.endsWith(':') && at >= 0 ? `${line} ${lines[at + 1] ?? ''}` : line).trim().slice(0, limits.udfAbortCharactersMax);
}

/** Text of an AssemblyScript string (UTF-16, its byte length before it), shortened; '' when the address makes no sense. */
export function guestText(memory: WebAssembly.Memory | undefined, address: number): string {
  const place = address >>> 0;
  if (memory === undefined || (guarded('abort-bounds') && (place < 4 || place > memory.buffer.byteLength))) return '';
  const bytes = new DataView(memory.buffer).getUint32(place - 4, true);
  const length = Math.min(bytes & ~1, 2 * limits.udfAbortCharactersMax);
  if (bytes > memory.buffer.byteLength - place) return '';
  return new TextDecoder('utf-16le').decode(new Uint8Array(memory.buffer.slice(place, place + length)));
}
