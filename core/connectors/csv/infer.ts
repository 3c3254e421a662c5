import { type Field, type Schema, type SqlType, types } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { type Options, optionOf } from '../options.ts';
import { type CsvSettings, csvSettings } from './decoder.ts';

/** Columns of a CSV text from its first records, and whether the first is a header (unless `csv.header` says so). */
export function inferCsv(text: string, options: Options, path: string): { schema: Schema; options: Options } {
  const settings = csvSettings(options);
  const records = csvRecords(text, settings, limits.inferenceRecordsMax);
  const first = records[0];
  if (first === undefined) throw new TidemillError('no-columns', `${path} is empty: there are no columns to take from it`);
  const width = Math.max(...records.map(record => record.length));
  const columnTypes = (from: number): SqlType[] =>
    Array.from({ length: width }, (_, index) =>
      commonType(
        records.slice(from).map(record => record[index] ?? ''),
        settings.nullLiteral,
      ),
    );
  const header =
    options['csv.header'] === undefined ? looksLikeHeader(first, columnTypes(1)) : optionOf.boolean(options, 'csv.header');
  const found = columnTypes(header ? 1 : 0);
  const schema = found.map((type, index): Field => ({ name: (header && first[index]?.trim()) || `f${index}`, type }));
  const twice = schema.find((field, index) => schema.findIndex(other => other.name === field.name) !== index);
  if (twice !== undefined)
    throw new TidemillError('no-columns', `${path} names two columns '${twice.name}'`, {
      hint: 'Declare the columns with CREATE TABLE.',
    });
  return { schema, options: { 'csv.header': String(header) } };
}

/** Names, all different, and something below them that is no text, or nothing that could be told apart from text. */
function looksLikeHeader(first: readonly string[], below: readonly SqlType[]): boolean {
  if (first.some(name => name.trim() === '') || new Set(first).size !== first.length) return false;
  return first.every(name => typeOfText(name.trim())?.kind === 'VARCHAR') && first.length === below.length;
}

function commonType(texts: readonly string[], nullLiteral: string | undefined): SqlType {
  let common: SqlType | undefined;
  for (const text of texts) {
    if (text === nullLiteral) continue;
    const type = typeOfText(text.trim());
    if (type === undefined || (common !== undefined && common.kind === type.kind && samePrecision(common, type))) continue;
    common = common === undefined ? type : widest(common, type);
    if (common.kind === 'VARCHAR') break;
  }
  return common ?? types.string();
}
const samePrecision = (left: SqlType, right: SqlType): boolean =>
  !('precision' in left) || !('precision' in right) || left.precision === right.precision;

function widest(left: SqlType, right: SqlType): SqlType {
  const kinds = [left.kind, right.kind];
  if (kinds.every(kind => kind === 'BIGINT' || kind === 'DOUBLE')) return types.double();
  if (left.kind === 'TIMESTAMP' && right.kind === 'TIMESTAMP') return left.precision > right.precision ? left : right;
  return types.string();
}

/** What a text looks like; undefined for an empty one, which fits all. */
export function typeOfText(text: string): SqlType | undefined {
  if (text === '') return undefined;
  if (/^(true|false)$/i.test(text)) return types.boolean();
  if (/^[+-]?(0|[1-9]\d{0,17})$/.test(text)) return types.bigint();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && !/^[+-]?0\d/.test(text)) return types.double();
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return types.date();
  const time = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.(\d{1,9}))?$/.exec(text);
  if (time !== null) return types.timestamp((time[1]?.length ?? 0) <= 3 ? 3 : (time[1]?.length ?? 0) <= 6 ? 6 : 9);
  return types.string();
}

/** The first records of a CSV text as texts; only for looking at a few. */
export function csvRecords(text: string, settings: CsvSettings, most: number): string[][] {
  const delimiter = String.fromCharCode(settings.delimiter);
  const quote = settings.quote === 0 ? undefined : String.fromCharCode(settings.quote);
  const escapeWith = settings.escape === 0 ? undefined : String.fromCharCode(settings.escape);
  const records: string[][] = [];
  let record: string[] = [];
  let field = '';
  let quoted = false;
  const endRecord = (): void => {
    record.push(field.endsWith('\r') ? field.slice(0, -1) : field);
    field = '';
    if (!(record.length === 1 && record[0] === '') && !(settings.comments && record[0]!.startsWith('#'))) records.push(record);
    record = [];
  };
  for (let index = 0; index < text.length && records.length < most; index++) {
    const character = text[index]!;
    if (character === escapeWith && index + 1 < text.length) field += text[++index];
    else if (quoted) {
      if (character !== quote) field += character;
      else if (text[index + 1] === quote) field += text[++index];
      else quoted = false;
    } else if (character === quote && field === '') quoted = true;
    else if (character === delimiter) {
      record.push(field);
      field = '';
    } else if (character === '\n') endRecord();
    else field += character;
  }
  if ((field !== '' || record.length > 0) && records.length < most) endRecord();
  return records;
}
