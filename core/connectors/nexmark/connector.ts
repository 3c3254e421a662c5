import type { Connector, ScanRequest, Source, Split, SplitPosition, SplitReader } from '../contract.ts';
import { commonOptions } from '../options.ts';
import { NexmarkReader } from './reader.ts';
import { nexmarkOptions, settingsOf } from './settings.ts';
import { nexmarkSchema, shapeOf } from './shape.ts';

/**
 * The Nexmark benchmark's events, a pure function of seed and event number. A table declares the official nested columns (event_type,
 * person, auction, bid) or fields of one event (a flat bid table); without columns it has the official ones.
 * Reader i of p makes the events i, i + p, …
 */
export const nexmark: Connector = {
  name: 'nexmark',
  options: { ...commonOptions, ...nexmarkOptions },
  formats: [],
  boundedness: options => {
    const { end, keepAlive } = settingsOf(options);
    return end === Number.POSITIVE_INFINITY || keepAlive ? 'unbounded' : 'bounded';
  },
  capabilities: { projection: true, limit: true, filter: () => false },
  inferSchema: () => Promise.resolve(nexmarkSchema),
  source(request: ScanRequest): Source {
    const settings = settingsOf(request.source.options);
    const shape = shapeOf(request.source.schema);
    return {
      discover: parallelism =>
        Promise.resolve(
          Array.from(
            { length: parallelism },
            (_, start): Split => ({ id: `${start}-${parallelism}`, data: { start, step: parallelism } }),
          ),
        ),
      open: (split, position: SplitPosition | undefined, context): SplitReader =>
        new NexmarkReader(request, settings, shape, split, position, context),
    };
  },
};
