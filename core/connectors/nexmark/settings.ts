import { notSupported } from '../../common/errors.ts';
import type { OptionSpec } from '../contract.ts';
import { type Options, optionOf, wrongOption } from '../options.ts';

/** What the generator is asked to do. */
export interface NexmarkSettings {
  /** Events to make; Infinity without end. */
  readonly end: number;
  readonly keepAlive: boolean;
  readonly seed: number;
  readonly persons: number;
  readonly auctions: number;
  readonly bids: number;
  readonly hotAuctions: number;
  readonly hotBidders: number;
  readonly hotSellers: number;
  readonly personBytes: number;
  readonly auctionBytes: number;
  readonly bidBytes: number;
  /** Event n happens floor(n * timeNumerator / timeDenominator) ms after 2020-01-01T00:00:00Z. */
  readonly timeNumerator: number;
  readonly timeDenominator: number;
  /** Over all readers; undefined: as fast as it goes. */
  readonly rowsPerSecond: number | undefined;
  readonly materializeAll: boolean;
}

/** The official connector's options, then ours. Source: nexmark/nexmark, NexmarkSourceOptions. */
export const nexmarkOptions: Readonly<Record<string, OptionSpec>> = {
  'events.num': { type: 'long', default: '0', doc: 'How many events there are; 0: without end.' },
  'first-event.rate': { type: 'int', default: '10000', doc: 'Events a second: how far apart the events are in event time.' },
  'next-event.rate': { type: 'int', doc: 'Events a second later on; must equal first-event.rate.' },
  'rate.limited': { type: 'boolean', default: 'false', doc: 'Hand events out no faster than their rate.' },
  'rate.shape': {
    type: 'enum',
    values: ['SQUARE', 'SINE'],
    ignored: true,
    doc: 'How the rate varies when the two rates differ.',
  },
  'rate.period': { type: 'duration', ignored: true, doc: 'How long a cycle of the rate lasts when the two rates differ.' },
  'person.avg-size': { type: 'memory', default: '200b', doc: 'Average bytes of a person.' },
  'auction.avg-size': { type: 'memory', default: '500b', doc: 'Average bytes of an auction.' },
  'bid.avg-size': { type: 'memory', default: '100b', doc: 'Average bytes of a bid.' },
  'person.proportion': { type: 'int', default: '1', doc: 'Persons among person + auction + bid events.' },
  'auction.proportion': { type: 'int', default: '3', doc: 'Auctions among person + auction + bid events.' },
  'bid.proportion': { type: 'int', default: '46', doc: 'Bids among person + auction + bid events.' },
  'bid.hot-ratio.auctions': { type: 'int', default: '2', doc: '1 in so many bids does not go to a hot auction.' },
  'bid.hot-ratio.bidders': { type: 'int', default: '4', doc: '1 in so many bids does not come from a hot bidder.' },
  'auction.hot-ratio.sellers': { type: 'int', default: '4', doc: '1 in so many auctions does not come from a hot seller.' },
  'keep-alive': { type: 'boolean', default: 'false', doc: 'Stay idle after the last event instead of ending.' },
  'stop-at': { type: 'long', ignored: true, doc: 'Where the official benchmark stops its cluster.' },
  'max-emit-speed': { type: 'boolean', ignored: true, doc: 'Event times do not follow the clock here.' },
  seed: { type: 'int', default: '42', doc: 'Another seed gives other events. Ours.' },
  'us-per-event': { type: 'int', doc: 'Event time between events in µs, instead of first-event.rate. Ours.' },
  materialize: {
    type: 'enum',
    values: ['used', 'all'],
    default: 'used',
    doc: 'all: make every declared column, read or not (for benchmarks). Ours.',
  },
};

/** The longest `extra` must fit behind the last place in the pool of letters. */
const averageBytesMax = 800;

export function settingsOf(options: Options): NexmarkSettings {
  const whole = (key: string, otherwise: number, least: number, most = 1_000_000_000): number => {
    const value = optionOf.number(options, key, otherwise);
    if (!Number.isInteger(value) || value < least || value > most)
      throw wrongOption(key, String(options[key]), `a whole number from ${least} to ${most}`);
    return value;
  };
  const bytes = (key: string, otherwise: number): number => {
    const value = optionOf.memoryBytes(options, key, otherwise);
    if (value > averageBytesMax) throw wrongOption(key, options[key]!, `at most ${averageBytesMax} bytes`);
    return value;
  };
  const rate = whole('first-event.rate', 10_000, 1);
  if (whole('next-event.rate', rate, 1) !== rate)
    throw notSupported("a nexmark source whose 'next-event.rate' differs from its 'first-event.rate'");
  const us = options['us-per-event'] === undefined ? undefined : whole('us-per-event', 100, 0);
  const events = optionOf.number(options, 'events.num', 0);
  return {
    end: events <= 0 ? Number.POSITIVE_INFINITY : events,
    keepAlive: optionOf.boolean(options, 'keep-alive'),
    seed: whole('seed', 42, -2147483648, 4294967295) | 0,
    persons: whole('person.proportion', 1, 1, 1_000_000),
    auctions: whole('auction.proportion', 3, 1, 1_000_000),
    bids: whole('bid.proportion', 46, 0, 1_000_000),
    hotAuctions: whole('bid.hot-ratio.auctions', 2, 1),
    hotBidders: whole('bid.hot-ratio.bidders', 4, 1),
    hotSellers: whole('auction.hot-ratio.sellers', 4, 1),
    personBytes: bytes('person.avg-size', 200),
    auctionBytes: bytes('auction.avg-size', 500),
    bidBytes: bytes('bid.avg-size', 100),
    timeNumerator: us ?? 1000,
    timeDenominator: us === undefined ? rate : 1000,
    rowsPerSecond: optionOf.boolean(options, 'rate.limited')
      ? us === undefined
        ? rate
        : 1_000_000 / Math.max(us, 1)
      : undefined,
    materializeAll: options.materialize === 'all',
  };
}
