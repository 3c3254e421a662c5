import { checkOptions, durationMs, formatPlaces } from '../catalog/connectors.ts';
import { TidemillError } from '../common/errors.ts';
import type { Connector, FormatDescriptor, OptionSpec } from './contract.ts';

export type Options = Readonly<Record<string, string>>;

/** Options that every table may have besides its connector's own. */
export const commonOptions: Readonly<Record<string, OptionSpec>> = {
  connector: { type: 'string', doc: 'Which connector reads or writes the table.' },
  'property-version': { type: 'int', ignored: true, doc: 'Version of the option names; nothing depends on it.' },
  'scan.parallelism': { type: 'int', ignored: true, doc: 'Parallelism of the source alone; here the whole job has one.' },
  'sink.parallelism': { type: 'int', ignored: true, doc: 'Parallelism of the sink alone; here the whole job has one.' },
  'scan.watermark.idle-timeout': { type: 'duration', doc: 'A split without rows for so long does not hold the watermark back.' },
  'scan.watermark.emit.strategy': { type: 'string', ignored: true, doc: 'When Flink emits watermarks; here with every batch.' },
  'scan.watermark.emit.on-event.gap': {
    type: 'int',
    ignored: true,
    doc: 'How often Flink emits watermarks; here with every batch.',
  },
  'scan.watermark.alignment.*': { type: 'string', ignored: true, doc: 'Watermark alignment between sources.' },
};

export interface ValidatedOptions {
  /** As given, with the schema's defaults filled in. */
  readonly options: Options;
  /** Options that mean something to Flink and nothing here; to be named once to the user. */
  readonly ignored: readonly string[];
}

/** Defaults and ignored names of options that belong to `connector`. @throws TidemillError as catalog/'s checkOptions does. */
export function completeOptions(
  connector: Connector,
  options: Options,
  formats: ReadonlyMap<string, FormatDescriptor>,
): ValidatedOptions {
  const given = options.connector === undefined ? { connector: connector.name, ...options } : options;
  checkOptions(given, { connectors: new Map([[connector.name, connector]]), formats }, '', () => undefined);
  const specs = specsOf(connector, given, formats);
  const result: Record<string, string> = { ...given };
  for (const [key, spec] of Object.entries(specs)) if (spec.default !== undefined) result[key] ??= spec.default;
  return { options: result, ignored: ignoredNames(connector, given, formats) };
}

/** The options a table may have: its connector's, and those of the formats it names. */
function specsOf(
  connector: Connector,
  options: Options,
  formats: ReadonlyMap<string, FormatDescriptor>,
): Readonly<Record<string, OptionSpec>> {
  const specs: Record<string, OptionSpec> = { ...connector.options };
  for (const { option, prefix } of formatPlaces(connector))
    for (const [key, spec] of Object.entries(formats.get(options[option] ?? '')?.options ?? {})) specs[`${prefix}${key}`] = spec;
  return specs;
}

/** Names of options that mean something to Flink only. */
export function ignoredNames(connector: Connector, options: Options, formats: ReadonlyMap<string, FormatDescriptor>): string[] {
  const specs = specsOf(connector, options, formats);
  return Object.keys(options).filter(key => {
    const spec = specs[key] ?? Object.entries(specs).find(([pattern]) => keyMatches(pattern, key))?.[1];
    return spec?.ignored === true;
  });
}

/** Whether an option's name is meant by a key of a schema: `#` stands for one name (which may hold dots), a final `.*` for the rest. */
export function keyMatches(pattern: string, key: string): boolean {
  if (!pattern.includes('#') && !pattern.endsWith('.*')) return pattern === key;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\\\.\*$/, '\\..+')
    .replaceAll('#', '.+');
  return new RegExp(`^${source}$`).test(key);
}

const memoryUnits: Readonly<Record<string, number>> = { '': 0, b: 0, bytes: 0, k: 1, m: 2, g: 3, t: 4 };

/** A size in Flink's spelling (`64 mb`, `1 k`, `100`) in bytes; units are powers of 1024. Undefined when it is none. */
export function memoryBytes(text: string): number | undefined {
  const match = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(text);
  if (match === null) return undefined;
  const unit = match[2]!.toLowerCase();
  const power = memoryUnits[unit] ?? (/^[kmgt](b|ibibytes|ebibytes)$/.test(unit) ? memoryUnits[unit[0]!] : undefined);
  return power === undefined ? undefined : Number(match[1]) * 1024 ** power;
}

/** Typed access to options. @throws TidemillError `wrong-option` for a value of the wrong form. */
export const optionOf = {
  boolean(options: Options, key: string, otherwise = false): boolean {
    return options[key] === undefined ? otherwise : options[key].trim().toLowerCase() === 'true';
  },
  number(options: Options, key: string, otherwise: number): number {
    return need(
      options,
      key,
      otherwise,
      text => (text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text)),
      'a number',
    );
  },
  durationMs(options: Options, key: string, otherwise: number): number {
    return need(options, key, otherwise, durationMs, "a duration such as '5 s'");
  },
  memoryBytes(options: Options, key: string, otherwise: number): number {
    return need(options, key, otherwise, memoryBytes, "a size such as '64 mb'");
  },
};

function need(
  options: Options,
  key: string,
  otherwise: number,
  parse: (text: string) => number | undefined,
  expected: string,
): number {
  const text = options[key];
  if (text === undefined) return otherwise;
  const value = parse(text);
  if (value === undefined) throw wrongOption(key, text, expected);
  return value;
}

export function wrongOption(key: string, value: string, expected: string, hint?: string): TidemillError {
  return new TidemillError('wrong-option', `option '${key}' takes ${expected}, not '${value}'`, { hint });
}
