import { limits } from '../common/limits.ts';
import type { FunctionBuilder, GlobalReference } from '../wasm/encoder/index.ts';
import { type LoopTarget, trapStates } from './loop-target.ts';

/** Bytes of the place that a function may write its result to, and where in it is what; see udf-sdk/abi: Results by place. */
export const resultPlaceBytes = 32;
export const resultPlaceOffsets = { value: 0, status: 16, message: 20 } as const;
const statuses = { null: 0, value: 1 } as const;

/** Asks the module for the place, once an instance; what it gives must lie in its memory. */
export function emitResultPlace(f: FunctionBuilder, { state, text }: Pick<LoopTarget, 'state' | 'text'>): void {
  const { allocate, guest, place } = text!;
  f.get(place).i32.eqz();
  f.if(() => {
    const at = f.local('i32');
    f.i32.const(resultPlaceBytes).call(allocate!).tee(at).i32.eqz();
    f.get(at).i64.extendI32U().i64.const(resultPlaceBytes).i64.add();
    f.memorySize(guest).i64.extendI32U().i64.const(16).i64.shl().i64.gtU().i32.or();
    f.if(() => f.i32.const(trapStates.badAllocation).set(state).unreachable());
    f.get(at).set(place);
    f.release(at);
  });
}

/**
 * Reads what a function wrote to its place. `value` finds the place's value on the stack, as wasm values; an error ends the loop, with its message's
 * address and length in the pending global, and the host says what becomes of the row.
 */
export function emitTakeFromPlace(
  f: FunctionBuilder,
  loop: LoopTarget,
  place: GlobalReference,
  take: { readonly value: () => void; readonly null: () => void },
): void {
  const { guest, pending } = loop.text!;
  const status = f.local('i32');
  f.get(place).i32.load(resultPlaceOffsets.status, 4, guest).tee(status).i32.const(statuses.value).i32.eq();
  f.if(take.value, () => {
    f.get(status).if(
      () => {
        f.get(place).i64.load(resultPlaceOffsets.message, 4, guest).set(pending);
        f.i32.const(trapStates.rowError).set(loop.state);
        f.return();
      },
      () => {
        if (loop.signature.result.nullable) take.null();
        else f.i32.const(trapStates.resultNull).set(loop.state).unreachable();
      },
    );
  });
  f.release(status);
}

/** The message of a row's error, which lies where the module says; shortened, and '' when it lies outside of the memory. */
export function rowErrorMessage(memory: WebAssembly.Memory | undefined, pending: bigint): string {
  const bits = BigInt.asUintN(64, pending);
  return messageText(memory, Number(bits & 0xffff_ffffn), Number(bits >> 32n));
}

/** UTF-8 of a module's memory. */
export function messageText(memory: WebAssembly.Memory | undefined, address: number, bytes: number): string {
  const from = address >>> 0;
  const length = bytes >>> 0;
  if (memory === undefined || from + length > memory.buffer.byteLength) return '';
  const shown = Math.min(length, limits.udfMessageBytesMax);
  return new TextDecoder().decode(new Uint8Array(memory.buffer, from, shown).slice()).replace(/�+$/, '');
}
