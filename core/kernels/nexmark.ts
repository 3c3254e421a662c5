/** Kernels of the nexmark source. Addresses and counts come back signed: use `>>> 0`. */
export interface NexmarkKernels {
  /** Fills the letters, channels and URLs of a seed at `base` (see connectors/nexmark/tables.ts); returns the end. */
  nexmark_tables(base: number, seed: number): number;
  /** Rows for the events that the block at `block` asks for; the number of rows. See {@link nexmarkBlock}. */
  nexmark_events(block: number): number;
}

/**
 * Byte offsets in the parameter block of nexmark_events. `next` and `end` are f64 event numbers, all else is 32 bits. `mode`: 0 nested rows,
 * 1 persons, 2 auctions, 3 bids only. An event's time is floor(number * timeNumerator / timeDenominator) ms after 2020-01-01; the
 * factors turn ms into a column's units. From `eventType` on: addresses of bitmaps and data, 0 = not wanted.
 */
export const nexmarkBlock = {
  next: 0,
  end: 8,
  step: 16,
  rows: 20,
  seed: 24,
  tables: 28,
  mode: 32,
  total: 36,
  persons: 40,
  auctions: 44,
  hotAuctions: 48,
  hotBidders: 52,
  hotSellers: 56,
  personBytes: 60,
  auctionBytes: 64,
  bidBytes: 68,
  timeNumerator: 72,
  timeDenominator: 76,
  personFactor: 80,
  auctionFactor: 84,
  expiresFactor: 88,
  bidFactor: 92,
  eventType: 128,
  personValid: 132,
  auctionValid: 136,
  bidValid: 140,
  person: 144,
  auction: 176,
  bid: 216,
  sizeBytes: 256,
} as const;
