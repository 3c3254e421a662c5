import { type Field, type SqlType, types, typeToString } from '../columnar/types.ts';
import { internalError, notSupported } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { type Bindings, duckdbType, type LogicalType } from './bindings.ts';

/** A name in DuckDB's SQL. */
export function quoteDuckdbName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in DuckDB's SQL. */
export function quoteDuckdbText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The DuckDB type whose vectors hold a type's values: what a stage's SQL casts its outputs to.
 * TIME is DuckDB's µs, intervals its months/days/µs; both are converted on the way in.
 */
export function duckdbTypeName(type: SqlType): string {
  switch (type.kind) {
    case 'NULL':
    case 'INT':
      return 'INTEGER';
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'DATE':
    case 'TIME':
      return type.kind;
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'CHAR':
    case 'VARCHAR':
      return 'VARCHAR';
    case 'BINARY':
    case 'VARBINARY':
    case 'BITMAP':
      return 'BLOB';
    case 'TIMESTAMP':
      return type.precision <= limits.timestampMicrosPrecisionMax ? 'TIMESTAMP' : 'TIMESTAMP_NS';
    case 'TIMESTAMP_LTZ':
      if (type.precision > limits.timestampMicrosPrecisionMax) throw notSupported(`${typeToString(type)} in DuckDB`);
      return 'TIMESTAMPTZ';
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return 'INTERVAL';
    case 'ARRAY':
      return `${duckdbTypeName(type.element)}[]`;
    case 'MAP':
      return `MAP(${duckdbTypeName(type.key)}, ${duckdbTypeName(type.value)})`;
    case 'MULTISET':
      return `MAP(${duckdbTypeName(type.element)}, INTEGER)`;
    case 'ROW':
      return `STRUCT(${type.fields.map(field => `${quoteDuckdbName(field.name)} ${duckdbTypeName(field.type)}`).join(', ')})`;
  }
}

/**
 * The type a DuckDB column has for us; all nullable. Unsigned integers get the next wider type, HUGEINT is DECIMAL(38, 0), UUID, ENUM and
 * JSON are STRING: reading them needs a cast to {@link duckdbTypeName}.
 *
 * @throws TidemillError `not-supported` for what has no counterpart (UNION, BIT, TIMETZ, …).
 */
export function sqlTypeOf(bindings: Bindings, type: LogicalType): SqlType {
  const id: number = bindings.get_type_id(type);
  switch (id) {
    case duckdbType.boolean:
      return types.boolean();
    case duckdbType.tinyint:
      return types.tinyint();
    case duckdbType.smallint:
    case duckdbType.utinyint:
      return types.smallint();
    case duckdbType.integer:
    case duckdbType.usmallint:
      return types.int();
    case duckdbType.bigint:
    case duckdbType.uinteger:
      return types.bigint();
    case duckdbType.ubigint:
      return types.decimal(20, 0);
    case duckdbType.hugeint:
      return types.decimal(38, 0);
    case duckdbType.float:
      return types.float();
    case duckdbType.double:
      return types.double();
    case duckdbType.decimal:
      return types.decimal(bindings.decimal_width(type), bindings.decimal_scale(type));
    case duckdbType.varchar:
    case duckdbType.uuid:
    case duckdbType.enum:
      return types.string();
    case duckdbType.blob:
      return types.bytes();
    case duckdbType.date:
      return types.date();
    case duckdbType.time:
      return types.time();
    case duckdbType.timestampSeconds:
      return types.timestamp(0);
    case duckdbType.timestampMilliseconds:
      return types.timestamp(3);
    case duckdbType.timestamp:
      return types.timestamp(6);
    case duckdbType.timestampNanoseconds:
      return types.timestamp(9);
    case duckdbType.timestampTz:
      return types.timestampLtz(6);
    case duckdbType.interval:
      return types.intervalDayTime();
    case duckdbType.list:
      return types.array(sqlTypeOf(bindings, bindings.list_type_child_type(type)));
    case duckdbType.array:
      return types.array(sqlTypeOf(bindings, bindings.array_type_child_type(type)));
    case duckdbType.map:
      return types.map(
        sqlTypeOf(bindings, bindings.map_type_key_type(type)),
        sqlTypeOf(bindings, bindings.map_type_value_type(type)),
      );
    case duckdbType.struct: {
      const fields: Field[] = [];
      for (let index = 0; index < bindings.struct_type_child_count(type); index++) {
        fields.push({
          name: bindings.struct_type_child_name(type, index),
          type: sqlTypeOf(bindings, bindings.struct_type_child_type(type, index)),
        });
      }
      return types.row(fields);
    }
    case duckdbType.sqlNull:
      return types.null;
    default:
      throw notSupported(`columns of DuckDB's type number ${id}`);
  }
}

/** A logical type of DuckDB for {@link duckdbTypeName}, for chunks we make. */
export function logicalTypeOf(bindings: Bindings, type: SqlType): LogicalType {
  const simple = (id: number) => bindings.create_logical_type(id);
  switch (type.kind) {
    case 'NULL':
    case 'INT':
      return simple(duckdbType.integer);
    case 'BOOLEAN':
      return simple(duckdbType.boolean);
    case 'TINYINT':
      return simple(duckdbType.tinyint);
    case 'SMALLINT':
      return simple(duckdbType.smallint);
    case 'BIGINT':
      return simple(duckdbType.bigint);
    case 'FLOAT':
      return simple(duckdbType.float);
    case 'DOUBLE':
      return simple(duckdbType.double);
    case 'DATE':
      return simple(duckdbType.date);
    case 'TIME':
      return simple(duckdbType.time);
    case 'DECIMAL':
      return bindings.create_decimal_type(type.precision, type.scale);
    case 'CHAR':
    case 'VARCHAR':
      return simple(duckdbType.varchar);
    case 'BINARY':
    case 'VARBINARY':
    case 'BITMAP':
      return simple(duckdbType.blob);
    case 'TIMESTAMP':
      return simple(
        type.precision <= limits.timestampMicrosPrecisionMax ? duckdbType.timestamp : duckdbType.timestampNanoseconds,
      );
    case 'TIMESTAMP_LTZ':
      return simple(duckdbType.timestampTz);
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return simple(duckdbType.interval);
    case 'ARRAY':
      return bindings.create_list_type(logicalTypeOf(bindings, type.element));
    case 'MAP':
      return bindings.create_map_type(logicalTypeOf(bindings, type.key), logicalTypeOf(bindings, type.value));
    case 'MULTISET':
      return bindings.create_map_type(logicalTypeOf(bindings, type.element), simple(duckdbType.integer));
    case 'ROW':
      return bindings.create_struct_type(
        type.fields.map(field => logicalTypeOf(bindings, field.type)),
        type.fields.map(field => field.name),
      );
  }
}

/** How a vector of DuckDB's becomes a column; worked out once per result. */
export type VectorPlan =
  | { readonly kind: 'null' }
  | { readonly kind: 'fixed'; readonly bytes: number }
  /** Decimals of few digits: sign-extended to 64 bits. */
  | { readonly kind: 'widen'; readonly bytes: 2 | 4 }
  /** SUM of BIGINT: the low 64 bits, as integer arithmetic wraps in Flink. */
  | { readonly kind: 'huge-to-long' }
  | { readonly kind: 'time' }
  | { readonly kind: 'interval-months' }
  | { readonly kind: 'interval-ms' }
  | { readonly kind: 'view' }
  | { readonly kind: 'list'; readonly child: VectorPlan }
  | { readonly kind: 'array'; readonly size: number; readonly child: VectorPlan }
  | { readonly kind: 'map'; readonly children: readonly VectorPlan[] }
  | { readonly kind: 'struct'; readonly children: readonly VectorPlan[] };

/** @throws TidemillError `internal` when the vector's type cannot hold the column's: the statement lacks a cast. */
export function vectorPlanOf(bindings: Bindings, logicalType: LogicalType, type: SqlType): VectorPlan {
  const id: number = bindings.get_type_id(logicalType);
  const plan = planOf(bindings, logicalType, id, type);
  if (plan === undefined) throw internalError(`a DuckDB vector of type number ${id} cannot be read as ${typeToString(type)}`);
  return plan;
}

const fixed = (bytes: number): VectorPlan => ({ kind: 'fixed', bytes });
const fixedIds: Partial<Record<SqlType['kind'], readonly [number, number]>> = {
  BOOLEAN: [duckdbType.boolean, 1],
  TINYINT: [duckdbType.tinyint, 1],
  SMALLINT: [duckdbType.smallint, 2],
  INT: [duckdbType.integer, 4],
  FLOAT: [duckdbType.float, 4],
  DOUBLE: [duckdbType.double, 8],
  DATE: [duckdbType.date, 4],
};

function planOf(bindings: Bindings, logicalType: LogicalType, id: number, type: SqlType): VectorPlan | undefined {
  switch (type.kind) {
    case 'NULL':
      return { kind: 'null' };
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'DATE': {
      const [wanted, bytes] = fixedIds[type.kind]!;
      return id === wanted ? fixed(bytes) : undefined;
    }
    case 'BIGINT':
      if (id === duckdbType.bigint) return fixed(8);
      return id === duckdbType.hugeint ? { kind: 'huge-to-long' } : undefined;
    case 'DECIMAL': {
      if (id === duckdbType.hugeint && type.scale === 0 && type.precision > limits.decimalCompactPrecisionMax) return fixed(16);
      if (id !== duckdbType.decimal || bindings.decimal_scale(logicalType) !== type.scale) return undefined;
      const width = bindings.decimal_width(logicalType);
      const compact = type.precision <= limits.decimalCompactPrecisionMax;
      if (width > limits.decimalCompactPrecisionMax) return compact ? undefined : fixed(16);
      if (!compact) return undefined;
      return width <= 4 ? { kind: 'widen', bytes: 2 } : width <= 9 ? { kind: 'widen', bytes: 4 } : fixed(8);
    }
    case 'CHAR':
    case 'VARCHAR':
      return id === duckdbType.varchar ? { kind: 'view' } : undefined;
    case 'BINARY':
    case 'VARBINARY':
    case 'BITMAP':
      return id === duckdbType.blob ? { kind: 'view' } : undefined;
    case 'TIME':
      return id === duckdbType.time ? { kind: 'time' } : undefined;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const micros = type.precision <= limits.timestampMicrosPrecisionMax;
      if (micros) return id === duckdbType.timestamp || id === duckdbType.timestampTz ? fixed(8) : undefined;
      return id === duckdbType.timestampNanoseconds ? fixed(8) : undefined;
    }
    case 'INTERVAL_YEAR_MONTH':
      return id === duckdbType.interval ? { kind: 'interval-months' } : undefined;
    case 'INTERVAL_DAY_TIME':
      return id === duckdbType.interval ? { kind: 'interval-ms' } : undefined;
    case 'ARRAY':
      if (id === duckdbType.list) {
        return { kind: 'list', child: vectorPlanOf(bindings, bindings.list_type_child_type(logicalType), type.element) };
      }
      if (id !== duckdbType.array) return undefined;
      return {
        kind: 'array',
        size: bindings.array_type_array_size(logicalType),
        child: vectorPlanOf(bindings, bindings.array_type_child_type(logicalType), type.element),
      };
    case 'MAP':
    case 'MULTISET': {
      if (id !== duckdbType.map) return undefined;
      const key = type.kind === 'MAP' ? type.key : type.element;
      const value = type.kind === 'MAP' ? type.value : types.int(false);
      return {
        kind: 'map',
        children: [
          vectorPlanOf(bindings, bindings.map_type_key_type(logicalType), key),
          vectorPlanOf(bindings, bindings.map_type_value_type(logicalType), value),
        ],
      };
    }
    case 'ROW': {
      if (id !== duckdbType.struct || bindings.struct_type_child_count(logicalType) !== type.fields.length) return undefined;
      return {
        kind: 'struct',
        children: type.fields.map((field, index) =>
          vectorPlanOf(bindings, bindings.struct_type_child_type(logicalType, index), field.type),
        ),
      };
    }
  }
}
