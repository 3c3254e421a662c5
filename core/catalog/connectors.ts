import type { SqlType } from '../columnar/types.ts';
import { type Span, TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import type { Expression } from '../plan/expressions.ts';
import type { Scan } from '../plan/nodes.ts';

/** What an option takes. A superset of it is what connectors register. */
export interface OptionDescriptor {
  readonly type: 'string' | 'int' | 'long' | 'double' | 'boolean' | 'duration' | 'memory' | 'enum';
  readonly required?: boolean | undefined;
  readonly default?: string | undefined;
  readonly values?: readonly string[] | undefined;
}

/** A connector as planning sees it: what it takes and can do, never how. The session passes the connectors' table in. */
export interface ConnectorDescriptor {
  readonly name: string;
  /** Keys may end in `.*`; `#` in a key stands for one name. */
  readonly options: Readonly<Record<string, OptionDescriptor>>;
  readonly formats: readonly string[];
  readonly boundedness: (options: Readonly<Record<string, string>>) => 'bounded' | 'unbounded';
  readonly capabilities: {
    readonly projection: boolean;
    readonly limit: boolean;
    /** Whether the source applies a condition over the scan's columns itself. */
    readonly filter: (expression: Expression, scan: Pick<Scan, 'source' | 'columns'>) => boolean;
  };
  /** Columns the connector can make besides those in the data: type by key. */
  readonly metadata?: Readonly<Record<string, SqlType>> | undefined;
  /** Those of them that can also be written. */
  readonly writtenMetadata?: readonly string[] | undefined;
  readonly sourceMode?: 'append' | 'upsert' | undefined;
  readonly sinkMode?: 'append' | 'changelog' | 'upsert' | undefined;
  /** Whether INSERT OVERWRITE can replace what is there. */
  readonly overwrite?: boolean | undefined;
  /** Present when it can be read; only its presence matters here. */
  readonly source?: unknown;
  readonly sink?: unknown;
}

export interface FormatDescriptor {
  readonly name: string;
  readonly options: Readonly<Record<string, OptionDescriptor>>;
}

export interface ConnectorCatalog {
  readonly connectors: ReadonlyMap<string, ConnectorDescriptor>;
  readonly formats: ReadonlyMap<string, FormatDescriptor>;
}

/** The connector of a table. Errors: missing or unknown connector, with the nearest names. */
export function connectorOf(
  options: Readonly<Record<string, string>>,
  known: ConnectorCatalog,
  table: string,
  span?: Span,
): ConnectorDescriptor {
  const name = options['connector'];
  const all = [...known.connectors.keys()].sort();
  if (name === undefined)
    throw new TidemillError('missing-option', `table '${table}' does not say which connector it uses`, {
      span,
      hint: `write WITH ('connector' = '…'): ${all.join(', ')}`,
    });
  const connector = known.connectors.get(name);
  if (connector === undefined)
    throw new TidemillError('unknown-connector', `there is no connector '${name}'`, {
      span,
      hint: didYouMean(name, all) ?? `there are ${all.join(', ')}`,
    });
  return connector;
}

/**
 * Checks the options of a table against its connector and format. `spanOf` gives an option's place in the text.
 * Errors: unknown-option with the nearest names, missing-option, wrong-option for a value of the wrong form.
 */
export function checkOptions(
  options: Readonly<Record<string, string>>,
  known: ConnectorCatalog,
  table: string,
  spanOf: (key: string) => Span | undefined,
): ConnectorDescriptor {
  const connector = connectorOf(options, known, table, spanOf('connector') ?? spanOf(''));
  const specs: Record<string, OptionDescriptor> = { connector: { type: 'string' }, ...connector.options };
  for (const { option, prefix } of formatPlaces(connector)) {
    const format = options[option];
    if (format === undefined) continue;
    if (!connector.formats.includes(format))
      throw new TidemillError('unknown-format', `connector '${connector.name}' has no format '${format}'`, {
        span: spanOf(option),
        hint: didYouMean(format, connector.formats) ?? `it has ${connector.formats.join(', ')}`,
      });
    specs[option] ??= { type: 'string' };
    for (const [key, spec] of Object.entries(known.formats.get(format)?.options ?? {}))
      specs[`${prefix}${key.startsWith(`${format}.`) ? key : `${format}.${key}`}`] = spec;
  }
  for (const [key, value] of Object.entries(options)) {
    const spec = specs[key] ?? Object.entries(specs).find(([pattern]) => matches(pattern, key))?.[1];
    if (spec === undefined)
      throw new TidemillError('unknown-option', `connector '${connector.name}' has no option '${key}'`, {
        span: spanOf(key),
        hint: didYouMean(key, Object.keys(specs)) ?? `it has ${Object.keys(specs).sort().join(', ')}`,
      });
    const wrong = value.includes('${') ? undefined : whatIsWrong(value, spec);
    if (wrong !== undefined)
      throw new TidemillError('wrong-option', `option '${key}' ${wrong}, not '${value}'`, {
        span: spanOf(key),
        hint: spec.values && didYouMean(value, spec.values),
      });
  }
  for (const [key, spec] of Object.entries(specs))
    if (spec.required && options[key] === undefined)
      throw new TidemillError('missing-option', `connector '${connector.name}' needs the option '${key}'`, {
        span: spanOf(''),
        hint: `add '${key}' = '…' to WITH${spec.values ? `: ${spec.values.join(', ')}` : ''}`,
      });
  return connector;
}

/**
 * Options that name a format, and what the format's own options begin with: a connector of keys and values has one for each.
 * Source: Flink docs, "Apache Kafka SQL Connector", key and value formats.
 */
export function formatPlaces(
  connector: Pick<ConnectorDescriptor, 'formats' | 'options'>,
): readonly { readonly option: string; readonly prefix: string }[] {
  if (connector.formats.length === 0) return [];
  return [
    { option: 'format', prefix: '' },
    ...['key.', 'value.']
      .filter(prefix => connector.options[`${prefix}format`] !== undefined)
      .map(prefix => ({ option: `${prefix}format`, prefix })),
  ];
}

/** `fields.#.kind` takes one name at `#`; `properties.*` any rest. */
function matches(pattern: string, key: string): boolean {
  if (!pattern.includes('#') && !pattern.endsWith('*')) return false;
  const escaped = pattern
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace('#', '.+?')
    .replace(/\*$/, '.+');
  return new RegExp(`^${escaped}$`).test(key);
}

function whatIsWrong(value: string, spec: OptionDescriptor): string | undefined {
  switch (spec.type) {
    case 'string':
      return undefined;
    case 'int':
    case 'long':
      return /^[+-]?\d+$/.test(value.trim()) ? undefined : 'takes a whole number';
    case 'double':
      return value.trim() !== '' && Number.isFinite(Number(value)) ? undefined : 'takes a number';
    case 'boolean':
      return /^(true|false)$/i.test(value) ? undefined : 'takes true or false';
    case 'duration':
      return durationMs(value) === undefined ? "takes a duration such as '5 s' or '10 min'" : undefined;
    case 'memory':
      return sizeBytes(value) === undefined ? "takes a size such as '64 mb'" : undefined;
    case 'enum':
      return spec.values?.includes(value) ? undefined : `takes one of ${(spec.values ?? []).join(', ')}`;
  }
}

const durationUnits: Readonly<Record<string, number>> = {
  '': 1,
  ns: 1e-6,
  nano: 1e-6,
  nanosecond: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  micro: 1e-3,
  microsecond: 1e-3,
  ms: 1,
  milli: 1,
  millisecond: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
};

/** Flink's durations: `100 ms`, `5 s`, `1 min`, a bare number of ms; undefined when it is none. */
export function durationMs(text: string): number | undefined {
  const match = /^\s*(\d+)\s*([a-zµ]*)\s*$/i.exec(text);
  if (match === null) return undefined;
  const written = match[2]!.toLowerCase();
  const unit = durationUnits[written] ?? durationUnits[written.replace(/s$/, '')];
  return unit === undefined ? undefined : Number(match[1]) * unit;
}

const sizeUnits: Readonly<Record<string, number>> = { b: 1, k: 1 << 10, m: 1 << 20, g: 1 << 30, t: 2 ** 40 };

/** Flink's sizes: `64 mb`, `2g`, `1 gibibytes`, a bare number of bytes; and `64MiB`, as many write the same. Undefined when it is none. */
export function sizeBytes(text: string): number | undefined {
  const match = /^\s*(\d+)\s*(b|bytes|k|kb|kib|kibibytes|m|mb|mib|mebibytes|g|gb|gib|gibibytes|t|tb|tib|tebibytes)?\s*$/i.exec(
    text,
  );
  if (match === null) return undefined;
  return Number(match[1]) * sizeUnits[(match[2] ?? 'b')[0]!.toLowerCase()]!;
}
