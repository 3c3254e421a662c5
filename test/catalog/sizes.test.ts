import { expect, test } from 'vitest';
import { sizeBytes } from '../../core/catalog/connectors.ts';
import { Session } from '../../core/session/session.ts';

test('sizes as Flink writes them, and as many others do', () => {
  expect(['64', '64 b', '64k', '64 kb', '2KiB', '64MiB', '64 mebibytes', '2gib', '1T'].map(sizeBytes)).toEqual([
    64,
    64,
    65_536,
    65_536,
    2048,
    67_108_864,
    67_108_864,
    2 ** 31,
    2 ** 40,
  ]);
  expect(['', '1.5 gb', '64 mbit', '-1'].map(sizeBytes)).toEqual([undefined, undefined, undefined, undefined]);
});

test('what is no size and what is too small are told apart', async () => {
  const opened = (memory: string) => new Session({ settings: { 'tidemill.memory': memory } });
  expect(() => opened('64 mbit')).toThrow("takes a size, not '64 mbit'");
  expect(() => opened('64 kb')).toThrow('takes a size of at least 1 mb');
  await opened('64MiB').close();
});
