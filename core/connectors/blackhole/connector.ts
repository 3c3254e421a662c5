import type { Connector, SinkWriter } from '../contract.ts';
import { commonOptions } from '../options.ts';

const writer: SinkWriter = {
  tryWrite: () => true,
  prepare: () => Promise.resolve(undefined),
  commit: () => Promise.resolve(),
  abort: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

/** Takes rows and forgets them; for measuring. */
export const blackhole: Connector = {
  name: 'blackhole',
  options: commonOptions,
  formats: [],
  boundedness: () => 'bounded',
  capabilities: { projection: false, limit: false, filter: () => false },
  sinkMode: 'changelog',
  sink: () => ({ open: () => writer }),
};
