import { describe, expect, it } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import type { Source } from '../../core/connectors/contract.ts';
import { connectorOf, connectors, validateOptions } from '../../core/connectors/index.ts';
import { keyMatches, memoryBytes } from '../../core/connectors/options.ts';

describe('the table of connectors', () => {
  it('names the nearest connector', () => {
    expect(() => connectorOf('datgen')).toThrow(
      expect.objectContaining({ code: 'unknown-connector', hint: "did you mean 'datagen'?" }),
    );
  });
  it('every option of every connector is documented', () => {
    for (const connector of connectors.values())
      for (const [key, spec] of Object.entries(connector.options)) expect([key, spec.doc.endsWith('.')]).toEqual([key, true]);
  });
  it('fills in defaults and lists what is ignored', () => {
    const { options, ignored } = validateOptions(connectorOf('nexmark'), {
      'events.num': '5',
      'stop-at': '9',
      'scan.parallelism': '3',
    });
    expect(options).toMatchObject({ connector: 'nexmark', 'events.num': '5', seed: '42', 'bid.proportion': '46' });
    expect(ignored).toEqual(['stop-at', 'scan.parallelism']);
  });
  it('refuses unknown options with the nearest names, and bad values', () => {
    const datagen = connectorOf('datagen');
    expect(() => validateOptions(datagen, { 'rows-per-secnd': '5' })).toThrow(
      expect.objectContaining({ code: 'unknown-option', hint: expect.stringContaining("'rows-per-second'") }),
    );
    expect(() => validateOptions(datagen, { 'rows-per-second': 'fast' })).toThrow(
      expect.objectContaining({ code: 'wrong-option' }),
    );
    expect(() => validateOptions(datagen, { 'fields.a.b.kind': 'sequnce' })).toThrow(
      expect.objectContaining({ code: 'wrong-option' }),
    );
    expect(validateOptions(datagen, { 'fields.a.kind': 'sequence' }).ignored).toEqual([]);
  });
  it('matches patterns', () => {
    expect(keyMatches('fields.#.kind', 'fields.a.b.kind')).toBe(true);
    expect(keyMatches('fields.#.kind', 'fields.kind')).toBe(false);
    expect(keyMatches('properties.*', 'properties.x.y')).toBe(true);
    expect(keyMatches('properties.*', 'properties')).toBe(false);
  });
  it('both connectors of Kafka read topics by pattern, and need one way of saying which', () => {
    const given = { 'properties.bootstrap.servers': 'localhost:9092', 'key.format': 'json', 'value.format': 'json' };
    const schema = [{ name: 'k', type: types.int(false) }];
    for (const connector of ['kafka', 'upsert-kafka']) {
      const start: Record<string, string> =
        connector === 'kafka' ? { 'scan.startup.mode': 'earliest-offset', 'key.fields': 'k' } : {};
      const open = (topics: Record<string, string>): Source =>
        connectorOf(connector).source!({
          source: {
            name: 't',
            connector,
            options: validateOptions(connectorOf(connector), { ...given, ...start, ...topics }).options,
            schema,
            bounded: false,
            ...(connector === 'kafka' ? {} : { primaryKey: ['k'] }),
          },
          columns: [0],
        });
      expect(() => open({ 'topic-pattern': 'a.*' })).not.toThrow();
      expect(() => open({ topic: 'a;b' })).not.toThrow();
      expect(() => open({ topic: 'a', 'topic-pattern': 'a.*' })).toThrow(expect.objectContaining({ code: 'wrong-option' }));
      expect(() => open({})).toThrow(expect.objectContaining({ code: 'missing-option' }));
    }
  });
  it("reads sizes in Flink's spelling", () => {
    expect(['1 mb', '64k', '100', '7 bytes', '2 gibibytes', 'x', '1 q'].map(memoryBytes)).toEqual([
      1 << 20,
      65536,
      100,
      7,
      2 ** 31,
      undefined,
      undefined,
    ]);
  });
});
