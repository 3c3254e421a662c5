import { type Field, type Schema, type SqlType, types } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { Options } from '../options.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Columns of JSON lines from the first of them, and how their timestamps are written (unless that is set). */
export function inferJson(text: string, options: Options, path: string): { schema: Schema; options: Options } {
  const records: { readonly [key: string]: Json }[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || records.length >= limits.inferenceRecordsMax) continue;
    let record: Json;
    try {
      record = JSON.parse(line) as Json;
    } catch (cause) {
      throw new TidemillError('bad-record', `${path}:${records.length + 1}: the line is no JSON object`, { cause });
    }
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw new TidemillError('bad-record', `${path}:${records.length + 1}: expected an object, {…}`);
    records.push(record as { readonly [key: string]: Json });
  }
  const standard = options['json.timestamp-format.standard'] ?? (hasIsoTimes(records) ? 'ISO-8601' : 'SQL');
  const type = typeOfValues(records, standard === 'ISO-8601' ? 'T' : ' ');
  if (type.kind !== 'ROW' || type.fields.length === 0)
    throw new TidemillError('no-columns', `${path} has no fields to take columns from`);
  return { schema: type.fields, options: { 'json.timestamp-format.standard': standard } };
}

const timestamp = /^\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d(?:\.(\d{1,9}))?(Z?)$/;

function hasIsoTimes(value: Json): boolean {
  if (typeof value === 'string') return timestamp.exec(value)?.[1] === 'T';
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(hasIsoTimes);
}

/** The narrowest type that holds all values; NULLs fit all. */
function typeOfValues(values: readonly Json[], separator: string): SqlType {
  const present = values.filter(value => value !== null && value !== undefined);
  if (present.length === 0) return types.string();
  if (present.every(value => typeof value === 'boolean')) return types.boolean();
  if (present.every(value => typeof value === 'number'))
    return present.every(value => Number.isSafeInteger(value)) ? types.bigint() : types.double();
  if (present.every(value => typeof value === 'string')) return typeOfTexts(present, separator);
  if (present.every(value => Array.isArray(value)))
    return types.array(typeOfValues((present as readonly (readonly Json[])[]).flat(), separator));
  if (present.every(value => typeof value === 'object' && !Array.isArray(value))) {
    const objects = present as readonly { readonly [key: string]: Json }[];
    const names = [...new Set(objects.flatMap(object => Object.keys(object)))];
    return types.row(
      names.map(
        (name): Field => ({
          name,
          type: typeOfValues(
            objects.map(object => object[name] ?? null),
            separator,
          ),
        }),
      ),
    );
  }
  return types.string();
}

function typeOfTexts(texts: readonly string[], separator: string): SqlType {
  if (texts.every(text => /^\d{4}-\d\d-\d\d$/.test(text))) return types.date();
  let digits = 0;
  const zones = new Set<string>();
  for (const text of texts) {
    const match = timestamp.exec(text);
    if (match === null || match[1] !== separator) return types.string();
    digits = Math.max(digits, match[2]?.length ?? 0);
    zones.add(match[3]!);
  }
  if (zones.size !== 1) return types.string();
  const precision = digits <= 3 ? 3 : digits <= 6 ? 6 : 9;
  return zones.has('Z') ? types.timestampLtz(precision) : types.timestamp(precision);
}
