import { type Field, type Schema, type SqlType, types, typeToString } from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';

/** A writer's schema, names resolved. Source: Apache Avro specification 1.12, "Schema Declaration". */
export type AvroType =
  | {
      readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';
      readonly logical?: string | undefined;
      readonly precision?: number | undefined;
      readonly scale?: number | undefined;
    }
  | {
      readonly kind: 'fixed';
      readonly sizeBytes: number;
      readonly logical?: string | undefined;
      readonly precision?: number | undefined;
      readonly scale?: number | undefined;
    }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array' | 'map'; readonly item: AvroType }
  | { readonly kind: 'record'; readonly name: string; readonly fields: readonly AvroField[] }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] };
export interface AvroField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: AvroType;
}

const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;
type Primitive = (typeof primitives)[number];
/** Levels of a schema: deeper ones come from nobody who means well. */
const nestingMax = 100;

/** @throws TidemillError `bad-file` for what is no schema, `not-supported` for types that contain themselves. */
export function parseAvroSchema(text: string, path: string): AvroType {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TidemillError('bad-file', `${path}: the Avro schema is no JSON`, { domain: 'external', cause });
  }
  const named = new Map<string, AvroType | undefined>();
  const bad = (what: string): TidemillError =>
    new TidemillError('bad-file', `${path}: the Avro schema is damaged: ${what}`, { domain: 'external' });

  const parse = (node: unknown, namespace: string, depth: number): AvroType => {
    if (depth > nestingMax) throw bad(`more than ${nestingMax} levels`);
    if (typeof node === 'string') return byName(node, namespace);
    if (Array.isArray(node)) return { kind: 'union', branches: node.map(branch => parse(branch, namespace, depth + 1)) };
    if (typeof node !== 'object' || node === null) throw bad(`${JSON.stringify(node)} is no type`);
    const object = node as Readonly<Record<string, unknown>>;
    const type = object['type'];
    const logical = typeof object['logicalType'] === 'string' ? object['logicalType'] : undefined;
    const precision = typeof object['precision'] === 'number' ? object['precision'] : undefined;
    const scale = typeof object['scale'] === 'number' ? object['scale'] : 0;
    if (typeof type !== 'string') return parse(type, namespace, depth + 1);
    const name = fullName(object, namespace);
    const inner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : namespace;
    switch (type) {
      case 'array':
        return { kind: 'array', item: parse(object['items'], namespace, depth + 1) };
      case 'map':
        return { kind: 'map', item: parse(object['values'], namespace, depth + 1) };
      case 'enum': {
        const symbols = object['symbols'];
        if (!Array.isArray(symbols) || !symbols.every(symbol => typeof symbol === 'string')) throw bad('an enum without symbols');
        return define(name, { kind: 'enum', symbols });
      }
      case 'fixed': {
        const sizeBytes = object['size'];
        if (typeof sizeBytes !== 'number' || !(sizeBytes >= 0)) throw bad('a fixed without size');
        return define(name, { kind: 'fixed', sizeBytes, logical, precision, scale });
      }
      case 'record':
      case 'error': {
        if (!Array.isArray(object['fields'])) throw bad('a record without fields');
        named.set(name, undefined);
        const fields = (object['fields'] as readonly unknown[]).map((field): AvroField => {
          const given = field as Readonly<Record<string, unknown>> | null;
          if (given === null || typeof given !== 'object' || typeof given['name'] !== 'string') throw bad('a field without name');
          const aliases = Array.isArray(given['aliases']) ? given['aliases'].filter(alias => typeof alias === 'string') : [];
          return { name: given['name'], aliases, type: parse(given['type'], inner, depth + 1) };
        });
        return define(name, { kind: 'record', name, fields });
      }
      default: {
        const known = byName(type, namespace);
        return known.kind === 'record' || !isPrimitive(type) ? known : { kind: type, logical, precision, scale };
      }
    }
  };
  const define = (name: string, type: AvroType): AvroType => {
    named.set(name, type);
    return type;
  };
  const byName = (name: string, namespace: string): AvroType => {
    if (isPrimitive(name)) return { kind: name };
    const full = name.includes('.') || namespace === '' || !named.has(`${namespace}.${name}`) ? name : `${namespace}.${name}`;
    if (!named.has(full)) throw bad(`there is no type '${name}'`);
    const known = named.get(full);
    if (known === undefined)
      throw notSupported(`the Avro type '${name}' that contains itself (${path})`, undefined, 'SQL has no recursive types.');
    return known;
  };
  return parse(json, '', 0);
}

const isPrimitive = (name: string): name is Primitive => (primitives as readonly string[]).includes(name);
function fullName(object: Readonly<Record<string, unknown>>, namespace: string): string {
  const name = typeof object['name'] === 'string' ? object['name'] : '';
  if (name.includes('.')) return name;
  const own = typeof object['namespace'] === 'string' ? object['namespace'] : namespace;
  return own === '' ? name : `${own}.${name}`;
}

/** A union's one type beside null, and whether null is among them; of other types, themselves. */
export function withoutNull(type: AvroType): { readonly type: AvroType | undefined; readonly nullable: boolean } {
  if (type.kind !== 'union') return { type, nullable: type.kind === 'null' };
  const rest = type.branches.filter(branch => branch.kind !== 'null');
  return { type: rest.length === 1 ? rest[0] : undefined, nullable: rest.length < type.branches.length };
}

/** Columns of a file, as Flink maps Avro's types. @throws TidemillError `no-columns`, `not-supported`. */
export function avroColumns(type: AvroType, legacyTimes: boolean, path: string): Schema {
  const { type: record } = withoutNull(type);
  if (record?.kind !== 'record')
    throw new TidemillError('no-columns', `${path} holds ${type.kind} values, not records: there are no columns`);
  return record.fields.map((field): Field => ({ name: field.name, type: sqlType(field.type, legacyTimes, field.name) }));
}

function sqlType(given: AvroType, legacyTimes: boolean, name: string): SqlType {
  const { type, nullable } = withoutNull(given);
  if (type === undefined) throw notSupported(`column '${name}', an Avro union of several types`);
  const time = (precision: number): SqlType =>
    legacyTimes ? types.timestamp(precision, nullable) : types.timestampLtz(precision, nullable);
  switch (type.kind) {
    case 'null':
      return types.string();
    case 'boolean':
      return types.boolean(nullable);
    case 'int':
      return type.logical === 'date'
        ? types.date(nullable)
        : type.logical === 'time-millis'
          ? types.time(nullable, 3)
          : types.int(nullable);
    case 'long':
      switch (type.logical) {
        case 'timestamp-millis':
          return time(3);
        case 'timestamp-micros':
          return time(6);
        case 'timestamp-nanos':
          return time(9);
        case 'local-timestamp-millis':
          return types.timestamp(3, nullable);
        case 'local-timestamp-micros':
          return types.timestamp(6, nullable);
        case 'local-timestamp-nanos':
          return types.timestamp(9, nullable);
        case 'time-micros':
          return types.time(nullable, 3);
        default:
          return types.bigint(nullable);
      }
    case 'float':
      return types.float(nullable);
    case 'double':
      return types.double(nullable);
    case 'string':
    case 'enum':
      return types.string(nullable);
    case 'bytes':
    case 'fixed':
      if (type.logical === 'decimal' && type.precision !== undefined && type.precision <= 38)
        return types.decimal(type.precision, type.scale ?? 0, nullable);
      return type.kind === 'fixed' ? types.varbinary(Math.max(type.sizeBytes, 1), nullable) : types.bytes(nullable);
    case 'array':
      return types.array(sqlType(type.item, legacyTimes, name), nullable);
    case 'map':
      return types.map(types.string(false), sqlType(type.item, legacyTimes, name), nullable);
    case 'record':
      return types.row(
        type.fields.map(field => ({ name: field.name, type: sqlType(field.type, legacyTimes, `${name}.${field.name}`) })),
        nullable,
      );
    case 'union':
      throw notSupported(`column '${name}', an Avro union in a union`);
  }
}

type Json = string | number | null | readonly Json[] | { readonly [key: string]: Json };

/** The schema Flink writes for a table: a record in a union with null. @throws TidemillError `not-supported` for types it has none for. */
export function avroSchemaOf(schema: Schema, legacyTimes: boolean): string {
  return JSON.stringify(avroJson(types.row(schema, true), 'record', legacyTimes));
}

function avroJson(type: SqlType, name: string, legacyTimes: boolean): Json {
  const json = bareJson(type, name, legacyTimes);
  return type.nullable ? ['null', json] : json;
}

function bareJson(type: SqlType, name: string, legacyTimes: boolean): Json {
  const refuse = (hint?: string): TidemillError => notSupported(`${typeToString(type, false)} in Avro`, undefined, hint);
  switch (type.kind) {
    case 'BOOLEAN':
      return 'boolean';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return 'int';
    case 'BIGINT':
      return 'long';
    case 'FLOAT':
      return 'float';
    case 'DOUBLE':
      return 'double';
    case 'CHAR':
    case 'VARCHAR':
      return 'string';
    case 'BINARY':
    case 'VARBINARY':
      return 'bytes';
    case 'DECIMAL':
      return { type: 'bytes', logicalType: 'decimal', precision: type.precision, scale: type.scale };
    case 'DATE':
      return { type: 'int', logicalType: 'date' };
    case 'TIME':
      return { type: 'int', logicalType: 'time-millis' };
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const local = type.kind === 'TIMESTAMP' && !legacyTimes ? 'local-' : '';
      if (legacyTimes && (type.precision > 3 || type.kind === 'TIMESTAMP_LTZ'))
        throw refuse(
          "'avro.timestamp_mapping.legacy' = 'false' writes TIMESTAMP and TIMESTAMP_LTZ up to precision 6; otherwise cast to TIMESTAMP(3).",
        );
      if (type.precision > 6) throw refuse('Cast to TIMESTAMP(6).');
      return { type: 'long', logicalType: `${local}timestamp-${type.precision <= 3 ? 'millis' : 'micros'}` };
    }
    case 'ARRAY':
      return { type: 'array', items: avroJson(type.element, name, legacyTimes) };
    case 'MAP':
      if (type.key.kind !== 'VARCHAR' && type.key.kind !== 'CHAR') throw refuse('Keys of an Avro map are strings.');
      return { type: 'map', values: avroJson(type.value, name, legacyTimes) };
    case 'MULTISET':
      if (type.element.kind !== 'VARCHAR' && type.element.kind !== 'CHAR') throw refuse('Keys of an Avro map are strings.');
      return { type: 'map', values: ['null', 'int'] };
    case 'ROW':
      return {
        type: 'record',
        name,
        ...(name === 'record' && { namespace: 'org.apache.flink.avro.generated' }),
        fields: type.fields.map(field => ({
          name: requireName(field.name),
          type: avroJson(field.type, `${name}_${field.name}`, legacyTimes),
          ...(field.type.nullable && { default: null }),
        })),
      };
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
    case 'NULL':
    case 'BITMAP':
      throw refuse();
  }
}

function requireName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new TidemillError('wrong-schema', `'${name}' is no name for a field in Avro`, {
    hint: 'Names there are letters, digits and _, and begin with no digit.',
  });
}
