import { type Schema, types } from '../../core/columnar/types.ts';

/** Columns of bids as the benchmarks of formats have them. */
export const bidSchema: Schema = [
  { name: 'auction', type: types.bigint() },
  { name: 'bidder', type: types.bigint() },
  { name: 'price', type: types.bigint() },
  { name: 'channel', type: types.string() },
  { name: 'url', type: types.string() },
  { name: 'dateTime', type: types.timestamp(3) },
  { name: 'extra', type: types.string() },
];

/** A number below another, in no order. */
export const scramble = (row: number, below: number): number => Math.abs(Math.imul(row + 1, 0x9e3779b1) % below);

export const clock = (row: number): string =>
  new Date(1_700_000_000_000 + row * 997).toISOString().slice(0, 23).replace('T', ' ');

/** About 200 bytes; `escapesIn` of 1000 records have escapes, and as many text beyond ASCII. */
export function jsonBid(row: number, escapesIn = 0): string {
  return JSON.stringify({
    auction: 1000 + scramble(row, 100_000),
    bidder: 1000 + (row % 5000),
    price: scramble(row, 10_000_000),
    channel: row % 1000 < escapesIn ? `chan"nel\n${row % 100}` : `channel-${row % 10_000}`,
    url: 'https://www.nexmark.com/abc/defg/hij/item.htm?query=1',
    dateTime: clock(row),
    extra: row % 1000 >= 1000 - escapesIn ? 'größe в метрах, 大きさ' : 'abcdefghijklmnopqrstuvwxyz'.slice(0, 10 + (row % 16)),
  });
}
