import type { AggregateLayout } from '../codegen/aggregates/index.ts';
import { types } from '../columnar/types.ts';
import type { PayloadLayout } from '../state/contract.ts';

/** The greatest i64: a row that was just made has not expired. */
const never = [255, 255, 255, 255, 255, 255, 255, 127];

/** A payload with the time of the last change (i64, ms) behind it. */
export function withTouched<Payload extends PayloadLayout>(payload: Payload): Payload & { readonly initial: readonly number[] } {
  const initial = payload.initial ?? [];
  const zeros = new Array<number>(payload.bytes - initial.length).fill(0);
  const columns = payload.columns && [
    ...payload.columns,
    { name: 'touched', type: types.bigint(false), offsetBytes: payload.bytes },
  ];
  return { ...payload, bytes: payload.bytes + 8, initial: [...initial, ...zeros, ...never], ...(columns && { columns }) };
}

/** An aggregate's tables when their rows expire. */
export function layoutWithTouched(layout: AggregateLayout): AggregateLayout {
  return {
    ...layout,
    payload: withTouched(layout.payload),
    sets: layout.sets.map(set => ({ ...set, payload: withTouched(set.payload) })),
  };
}
