import { TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import { avroFormat } from './avro/format.ts';
import { blackhole } from './blackhole/connector.ts';
import type { Connector, FormatDescriptor } from './contract.ts';
import { csvFormat } from './csv/decoder.ts';
import { datagen } from './datagen/connector.ts';
import { arrowFormat, parquetFormat } from './filesystem/binary-formats.ts';
import { filesystem } from './filesystem/connector.ts';
import { jsonFormat } from './json/decoder.ts';
import { kafka } from './kafka/connector.ts';
import { upsertKafka } from './kafka/upsert-connector.ts';
import { memory } from './memory/connector.ts';
import { nexmark } from './nexmark/connector.ts';
import { completeOptions, ignoredNames, type Options, type ValidatedOptions } from './options.ts';
import { print } from './print/connector.ts';
import { rawFormat } from './raw/decoder.ts';
import { values } from './values/connector.ts';

export type * from './contract.ts';
export type { Options, ValidatedOptions } from './options.ts';
export { recordReader, recordWriter } from './record-formats.ts';

/** All connectors, by name: the one table of them. */
export const connectors: ReadonlyMap<string, Connector> = new Map(
  [filesystem, kafka, upsertKafka, datagen, nexmark, print, blackhole, values, memory].map(connector => [
    connector.name,
    connector,
  ]),
);

/** All formats, by name. */
export const formats: ReadonlyMap<string, FormatDescriptor> = new Map(
  [csvFormat, jsonFormat, avroFormat, rawFormat, parquetFormat, arrowFormat].map(format => [format.name, format]),
);

/** @throws TidemillError `unknown-connector` with the nearest names. */
export function connectorOf(name: string): Connector {
  const connector = connectors.get(name);
  if (connector !== undefined) return connector;
  const all = [...connectors.keys()].sort();
  throw new TidemillError('unknown-connector', `there is no connector '${name}'`, {
    hint: didYouMean(name, all) ?? `there are ${all.join(', ')}`,
  });
}

/**
 * Checks a table's options against its connector and format (catalog/'s checkOptions, without places in the text), fills in defaults and
 * lists what is accepted for Flink's sake only.
 *
 * @throws TidemillError `unknown-option`, `missing-option`, `wrong-option`, `unknown-format`.
 * @example validateOptions(connectorOf('nexmark'), { connector: 'nexmark', 'events.num': '10' }).options['seed'] // '42'
 */
export function validateOptions(connector: Connector, options: Options): ValidatedOptions {
  return completeOptions(connector, options, formats);
}

/** Names among a table's options that are accepted for Flink's sake and mean nothing here. */
export function ignoredOptions(options: Options): string[] {
  const connector = connectors.get(options['connector'] ?? '');
  return connector === undefined ? [] : ignoredNames(connector, options, formats);
}
